import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aFramePeer,
  clientAndPeer as both,
  type FramePeer,
  frameBytes,
  STATUS_200,
  uint32,
} from '../../../../test/support/frame-peer.js';
import { until } from '../../../../test/support/scripted-http2.js';
import { WireClient } from '../../../../test/support/wire-connection.js';
import { ERROR_CODES, FLAG, FRAME, SETTING } from './protocol.js';

const { endHeaders, endStream, padded } = FLAG;

describe('Connection beside a peer that breaks the protocol', () => {
  it('loses only the exchange when an answer is none', async () => {
    const { client, peer } = await both();
    const posts = [client.post(), client.post(), client.post()];
    await peer.wait(FRAME.data, 3);
    peer.frame(FRAME.headers, endHeaders | endStream, 1, Buffer.from([0x00, 1, 0x61, 1, 0x62]));
    peer.frame(FRAME.data, 0, 3, Buffer.from('no status'));
    peer.frame(FRAME.headers, endHeaders | endStream, 5, Buffer.from([0x08, 3, ...Buffer.from('2x0')]));
    const ends = await Promise.all(posts.map(({ end }) => end));
    expect(ends).toEqual([{ kind: 'lost' }, { kind: 'lost' }, { kind: 'lost' }]);
    expect((await peer.wait(FRAME.rstStream, 3)).map(({ payload }) => payload)).toEqual(
      Array.from({ length: 3 }, () => uint32(ERROR_CODES.PROTOCOL_ERROR)),
    );
    expect(client.connection.usable).toBe(true);
  });

  it.each<[string, string, (peer: FramePeer) => void]>([
    ['a frame larger than agreed', 'FRAME_SIZE_ERROR', (peer) => peer.frame(FRAME.data, 0, 1, Buffer.alloc(16_385))],
    ['an answer in HTTP/1.1', 'FRAME_SIZE_ERROR', (peer) => peer.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['server push', 'PROTOCOL_ERROR', (peer) => peer.frame(FRAME.pushPromise, endHeaders, 1, uint32(2))],
    ['a stream that was never opened', 'PROTOCOL_ERROR', (peer) => peer.fine(7)],
    ['a stream of its own', 'PROTOCOL_ERROR', (peer) => peer.fine(2)],
    ['DATA for no stream', 'PROTOCOL_ERROR', (peer) => peer.frame(FRAME.data, 0, 0, Buffer.from('x'))],
    [
      'padding longer than the frame',
      'PROTOCOL_ERROR',
      (peer) => peer.frame(FRAME.headers, padded | endHeaders, 1, Buffer.from([9, 0x88])),
    ],
    ['CONTINUATION of nothing', 'PROTOCOL_ERROR', (peer) => peer.frame(FRAME.continuation, endHeaders, 1, STATUS_200)],
    ['SETTINGS for a stream', 'PROTOCOL_ERROR', (peer) => peer.frame(FRAME.settings, 0, 1)],
    ['SETTINGS of half a setting', 'FRAME_SIZE_ERROR', (peer) => peer.frame(FRAME.settings, 0, 0, Buffer.alloc(5))],
    [
      'a window beyond all bounds',
      'FLOW_CONTROL_ERROR',
      (peer) => peer.settings({ [SETTING.initialWindowSize]: 2 ** 31 }),
    ],
    ['frames smaller than all take', 'PROTOCOL_ERROR', (peer) => peer.settings({ [SETTING.maxFrameSize]: 100 })],
    ['a server that would push', 'PROTOCOL_ERROR', (peer) => peer.settings({ [SETTING.enablePush]: 1 })],
    [
      'a window that overflows',
      'FLOW_CONTROL_ERROR',
      (peer) => peer.frame(FRAME.windowUpdate, 0, 0, uint32(0x7fffffff)),
    ],
    [
      'a stream window that overflows',
      'FLOW_CONTROL_ERROR',
      (peer) => peer.frame(FRAME.windowUpdate, 0, 1, uint32(0x7fffffff)),
    ],
    ['room for nothing', 'PROTOCOL_ERROR', (peer) => peer.frame(FRAME.windowUpdate, 0, 0, uint32(0))],
    ['a short WINDOW_UPDATE', 'FRAME_SIZE_ERROR', (peer) => peer.frame(FRAME.windowUpdate, 0, 0, Buffer.alloc(3))],
    ['a short ping', 'FRAME_SIZE_ERROR', (peer) => peer.frame(FRAME.ping, 0, 0, Buffer.alloc(7))],
    ['a ping for a stream', 'PROTOCOL_ERROR', (peer) => peer.frame(FRAME.ping, 0, 1, Buffer.alloc(8))],
    ['a short GOAWAY', 'FRAME_SIZE_ERROR', (peer) => peer.frame(FRAME.goaway, 0, 0, Buffer.alloc(4))],
    ['a short RST_STREAM', 'FRAME_SIZE_ERROR', (peer) => peer.frame(FRAME.rstStream, 0, 1, Buffer.alloc(3))],
    [
      'headers that cannot be unpacked',
      'COMPRESSION_ERROR',
      (peer) => peer.frame(FRAME.headers, endHeaders, 1, Buffer.from([0xff, 0x80])),
    ],
    [
      'another frame within a block of headers',
      'PROTOCOL_ERROR',
      (peer) => {
        peer.frame(FRAME.headers, 0, 1, STATUS_200);
        peer.frame(FRAME.ping, 0, 0, Buffer.alloc(8));
      },
    ],
    [
      'CONTINUATION without end',
      'ENHANCE_YOUR_CALM',
      (peer) => {
        peer.frame(FRAME.headers, 0, 1, STATUS_200);
        for (let i = 0; i < 5; i++) peer.frame(FRAME.continuation, 0, 1, Buffer.alloc(16_384));
      },
    ],
  ])('leaves a peer for %s', async (_what, code, say) => {
    const { client, peer } = await both();
    const { end } = client.post();
    await peer.wait(FRAME.data);
    say(peer);
    expect(await end).toEqual({ kind: 'lost' });
    expect(await client.closed()).toBe(`ERR_HTTP2_${code}`);
    expect(await peer.goodbye()).toBe(code);
    await until(() => peer.ended);
  });

  it('leaves a peer whose first frame is not SETTINGS', async () => {
    const { origin, peer: coming } = await aFramePeer();
    const client = await new WireClient(origin).ready();
    const peer = await coming;
    peer.frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    expect(await client.closed()).toBe('ERR_HTTP2_PROTOCOL_ERROR');
    expect(client.connection.heardAt).toBe(0);
  });

  it('leaves a peer that asks for acknowledgements and reads none', async () => {
    const { client, peer } = await both();
    peer.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 10_000 }, () => frameBytes(FRAME.ping, 0, 0, Buffer.alloc(8))));
    const go = () => {
      while (!peer.ended && peer.socket.write(pings));
    };
    peer.socket.on('drain', go);
    go();
    expect(await client.closed()).toBe('ERR_HTTP2_ENHANCE_YOUR_CALM');
  });

  it('ends every exchange whatever a peer says', async () => {
    const frame = fc.record({
      type: fc.integer({ min: 0, max: 10 }),
      flags: fc.integer({ min: 0, max: 255 }),
      streamId: fc.constantFrom(0, 1, 3, 5, 7, 2),
      payload: fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.constant(STATUS_200), fc.constant(uint32(1, 0))),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 20 }), async (frames) => {
        const { client, peer } = await both();
        const posts = [client.post(), client.post(), client.post('')];
        await peer.wait(FRAME.data, 2);
        for (const { type, flags, streamId, payload } of frames) peer.frame(type, flags, streamId, payload);
        peer.socket.end();
        const ends = await Promise.all(posts.map(({ end }) => end));
        for (const { kind } of ends) expect(['answer', 'lost', 'unprocessed']).toContain(kind);
        await client.closed();
      }),
      { numRuns: 60 },
    );
  });
});
