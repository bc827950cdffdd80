import { describe, expect, it } from 'vitest';
import { clientAndPeer as both, frameBytes, STATUS_200, uint32 } from '../../../../test/support/frame-peer.js';
import { until } from '../../../../test/support/scripted-http2.js';
import { ERROR_CODES, FLAG, FRAME, PREFACE, SETTING } from './protocol.js';

const OK = { kind: 'answer', status: 200, headers: {}, body: '' };
const { endHeaders, endStream, padded, priority } = FLAG;

/** Header block `:status: 400` and one literal field. */
function status400(name: string, value: string): Buffer {
  const literal = [0x00, name.length, ...Buffer.from(name), value.length, ...Buffer.from(value)];
  return Buffer.from([0x8c, ...literal]);
}

describe('Connection', () => {
  it('opens with the preface, refuses server push, and acknowledges SETTINGS', async () => {
    const { peer } = await both();
    await until(() => peer.of(FRAME.settings).length === 2);
    expect(peer.preface).toBe(PREFACE);
    const [own, ack] = peer.of(FRAME.settings);
    expect(own?.payload).toEqual(Buffer.from([0, SETTING.enablePush, 0, 0, 0, 0]));
    expect(ack).toMatchObject({ flags: FLAG.ack, payload: Buffer.alloc(0) });
  });

  it('reads an answer in whatever pieces it comes', async () => {
    const { client, peer } = await both();
    const { end } = client.post();
    await peer.wait(FRAME.data);
    const bytes = Buffer.concat([
      frameBytes(FRAME.headers, endHeaders, 1, status400('x-reason', 'short')),
      frameBytes(FRAME.data, 0, 1, Buffer.from('{"reason":')),
      frameBytes(FRAME.data, endStream, 1, Buffer.from('"é"}')),
    ]);
    for (const byte of bytes) {
      peer.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await end).toEqual({
      kind: 'answer',
      status: 400,
      headers: { 'x-reason': 'short' },
      body: '{"reason":"é"}',
    });
  });

  it('takes padding, priorities, CONTINUATION, interim answers, trailers and unknown frames as nothing', async () => {
    const { client, peer } = await both();
    const { end } = client.post();
    await peer.wait(FRAME.data);
    const block = status400('x-long', 'value');
    peer.frame(FRAME.headers, endHeaders, 1, Buffer.from([0x08, 3, ...Buffer.from('103')]));
    peer.frame(0x2a, 0xff, 1, Buffer.from('grease'));
    peer.frame(FRAME.priority, 0, 1, Buffer.alloc(5));
    peer.frame(FRAME.headers, padded | priority, 1, Buffer.from([2, 0, 0, 0, 0, 9, ...block.subarray(0, 4), 0, 0]));
    peer.frame(FRAME.continuation, 0, 1, block.subarray(4, 5));
    peer.frame(FRAME.continuation, endHeaders, 1, block.subarray(5));
    peer.frame(FRAME.data, padded, 1, Buffer.from([3, ...Buffer.from('body'), 0, 0, 0]));
    peer.frame(FRAME.headers, endHeaders | endStream, 1, Buffer.from([0x00, 1, 0x61, 1, 0x62]));
    expect(await end).toEqual({ kind: 'answer', status: 400, headers: { 'x-long': 'value' }, body: 'body' });
  });

  it('joins headers of one name', async () => {
    const { client, peer } = await both();
    const { end } = client.post();
    await peer.wait(FRAME.data);
    const field = status400('via', 'a').subarray(1);
    peer.frame(FRAME.headers, endHeaders | endStream, 1, Buffer.concat([status400('via', 'a'), field]));
    expect(await end).toMatchObject({ headers: { via: 'a, a' } });
  });

  it('sends no more of a body than the windows of stream and connection let through', async () => {
    const { client, peer } = await both({ [SETTING.initialWindowSize]: 10 });
    const { end } = client.post('0123456789abcdefghij');
    const sent = () => Buffer.concat(peer.of(FRAME.data).map(({ payload }) => payload)).toString();
    await until(() => sent() === '0123456789');
    peer.frame(FRAME.windowUpdate, 0, 1, uint32(3));
    await until(() => sent() === '0123456789abc');
    // Streams that are open gain what the setting gains (6.9.2).
    peer.settings({ [SETTING.initialWindowSize]: 12 });
    await until(() => sent() === '0123456789abcde');
    // And lose it: the window may be below nothing for a while.
    peer.settings({ [SETTING.initialWindowSize]: 5 });
    peer.frame(FRAME.windowUpdate, 0, 1, uint32(7));
    peer.frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    await peer.wait(FRAME.ping);
    expect(sent()).toBe('0123456789abcde');
    peer.frame(FRAME.windowUpdate, 0, 1, uint32(100));
    await until(() => sent() === '0123456789abcdefghij');
    expect(peer.of(FRAME.data).map(({ flags }) => flags)).toEqual([0, 0, 0, endStream]);
    peer.fine(1);
    expect(await end).toEqual(OK);
  });

  it('lets bodies wait for the window of the connection in the order in which they came', async () => {
    const { client, peer } = await both({ [SETTING.initialWindowSize]: 2 ** 20 });
    const first = client.post('a'.repeat(60_000));
    const second = client.post('b'.repeat(10_000));
    const third = client.post('c');
    const sent = (id: number) =>
      peer.of(FRAME.data).reduce((sum, { streamId, payload }) => sum + (streamId === id ? payload.length : 0), 0);
    await until(() => sent(1) + sent(3) === 65_535);
    expect([sent(1), sent(3), sent(5)]).toEqual([60_000, 5_535, 0]);
    peer.frame(FRAME.windowUpdate, 0, 0, uint32(10_000));
    await until(() => sent(5) === 1);
    for (const id of [1, 3, 5]) peer.fine(id);
    expect(await Promise.all([first.end, second.end, third.end])).toEqual([OK, OK, OK]);
  });

  it('cuts large bodies and large headers into frames that the peer takes', async () => {
    const { client, peer } = await both();
    client.post('x'.repeat(20_000), { authorization: 'y'.repeat(40_000) });
    await until(() => peer.of(FRAME.data).length === 2);
    expect(peer.of(FRAME.data).map(({ payload }) => payload.length)).toEqual([16_384, 3_616]);
    expect([...peer.of(FRAME.headers), ...peer.of(FRAME.continuation)].map(({ flags }) => flags)).toEqual([
      0,
      0,
      endHeaders,
    ]);
  });

  it('gives the peer room again for what it has read', async () => {
    const { client, peer } = await both();
    const { end } = client.post();
    await peer.wait(FRAME.data);
    peer.frame(FRAME.headers, endHeaders, 1, STATUS_200);
    for (let i = 0; i < 40; i++) peer.frame(FRAME.data, i === 39 ? endStream : 0, 1, Buffer.alloc(16_000));
    expect(await end).toEqual(OK);
    const given = (id: number) =>
      peer.of(FRAME.windowUpdate).reduce((sum, { streamId, payload }) => {
        return sum + (streamId === id ? payload.readUInt32BE(0) : 0);
      }, 0);
    // The connection began with more than the usual.
    await until(() => given(0) > 1_048_576 - 65_535 + 500_000);
    expect(given(1)).toBeGreaterThan(500_000);
  });

  it('keeps no more of an answer than 64 KB', async () => {
    const { client, peer } = await both();
    const { end } = client.post();
    await peer.wait(FRAME.data);
    peer.frame(FRAME.headers, endHeaders, 1, status400('a', 'b'));
    for (let i = 0; i < 10; i++) peer.frame(FRAME.data, i === 9 ? endStream : 0, 1, Buffer.alloc(16_384, 'x'));
    const answer = await end;
    expect(answer.kind === 'answer' && answer.body.length).toBe(65_536);
  });

  it('answers pings, and hears the answers to its own', async () => {
    const { client, peer } = await both();
    peer.frame(FRAME.ping, 0, 0, Buffer.from('12345678'));
    expect((await peer.wait(FRAME.ping))[0]).toMatchObject({ flags: FLAG.ack, payload: Buffer.from('12345678') });
    let pongs = 0;
    client.connection.ping(() => pongs++);
    const [, ours] = await peer.wait(FRAME.ping, 2);
    peer.frame(FRAME.ping, FLAG.ack, 0, Buffer.from('a stray1'));
    peer.frame(FRAME.ping, FLAG.ack, 0, ours?.payload);
    await until(() => pongs === 1);
  });

  it('takes a reset after a complete answer, and one after a status, for the answer', async () => {
    const { client, peer } = await both();
    const [whole, half] = [client.post(), client.post()];
    await peer.wait(FRAME.data, 2);
    peer.fine(1);
    peer.frame(FRAME.rstStream, 0, 1, uint32(ERROR_CODES.NO_ERROR));
    peer.frame(FRAME.headers, endHeaders, 3, status400('a', 'b'));
    peer.frame(FRAME.data, 0, 3, Buffer.from('half'));
    peer.frame(FRAME.rstStream, 0, 3, uint32(ERROR_CODES.INTERNAL_ERROR));
    expect(await whole.end).toEqual(OK);
    expect(await half.end).toMatchObject({ kind: 'answer', status: 400, body: 'half' });
  });

  it('tells what was refused unprocessed from what was lost', async () => {
    const { client, peer } = await both();
    const [refused, broken] = [client.post(), client.post()];
    await peer.wait(FRAME.data, 2);
    peer.frame(FRAME.rstStream, 0, 1, uint32(ERROR_CODES.REFUSED_STREAM));
    peer.frame(FRAME.rstStream, 0, 3, uint32(ERROR_CODES.INTERNAL_ERROR));
    expect(await refused.end).toEqual({ kind: 'unprocessed' });
    expect(await broken.end).toEqual({ kind: 'lost' });
    expect(client.connection.usable).toBe(true);
  });

  it('hears out the streams up to a GOAWAY, gives back those beyond, and leaves', async () => {
    const { client, peer } = await both();
    const [before, beyond] = [client.post(), client.post()];
    await peer.wait(FRAME.data, 2);
    peer.frame(FRAME.goaway, 0, 0, uint32(1, ERROR_CODES.NO_ERROR));
    expect(await beyond.end).toEqual({ kind: 'unprocessed' });
    expect(client.connection.usable).toBe(false);
    peer.fine(1);
    expect(await before.end).toEqual(OK);
    expect(await peer.goodbye()).toBe('NO_ERROR');
    expect(await client.closed()).toBe('undefined');
  });

  it('cuts a connection whose peer says GOAWAY for an error and neither answers nor hangs up', async () => {
    const { client, peer } = await both();
    const { end } = client.post();
    await peer.wait(FRAME.data);
    peer.frame(FRAME.goaway, 0, 0, uint32(1, ERROR_CODES.ENHANCE_YOUR_CALM));
    expect(await end).toEqual({ kind: 'lost' });
    await client.closed();
  });

  it('tells the peer what it gives up, and takes what still comes of it for nothing', async () => {
    const { client, peer } = await both();
    const { exchange, end } = client.post();
    await peer.wait(FRAME.data);
    client.connection.cancel(exchange);
    expect(await end).toEqual({ kind: 'cancelled' });
    expect((await peer.wait(FRAME.rstStream))[0]).toMatchObject({ streamId: 1, payload: uint32(ERROR_CODES.CANCEL) });
    // The block changes the table: the next answer refers to it.
    peer.frame(FRAME.headers, endHeaders, 1, Buffer.from([0x88, 0x40, 1, 0x61, 1, 0x62]));
    peer.frame(FRAME.data, endStream, 1, Buffer.from('late'));
    const next = client.post();
    await peer.wait(FRAME.data, 2);
    peer.frame(FRAME.headers, endHeaders | endStream, 3, Buffer.from([0x88, 0x80 | 62]));
    expect(await next.end).toMatchObject({ status: 200, headers: { a: 'b' } });
  });

  it('stops sending a body whose answer is there already', async () => {
    const { client, peer } = await both({ [SETTING.initialWindowSize]: 1 });
    const { end } = client.post('too long');
    await peer.wait(FRAME.data);
    peer.fine(1);
    expect(await end).toEqual(OK);
    expect((await peer.wait(FRAME.rstStream))[0]).toMatchObject({ streamId: 1 });
    peer.frame(FRAME.windowUpdate, 0, 1, uint32(100));
    peer.frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    await peer.wait(FRAME.ping);
    expect(peer.of(FRAME.data)).toHaveLength(1);
  });
});
