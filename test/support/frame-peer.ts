import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type Frame, FrameReader } from '../../src/push/http2/wire/frame-reader.js';
import { frameHeader, uint32 } from '../../src/push/http2/wire/frame-writer.js';
import { ERROR_CODES, FLAG, FRAME, FRAME_HEADER, PREFACE } from '../../src/push/http2/wire/protocol.js';
import { closers, listenOn, until } from './scripted-http2.js';
import { WireClient } from './wire-connection.js';

/** A frame as it came, with a payload of its own. */
export interface HeardFrame extends Pick<Frame, 'type' | 'flags' | 'streamId'> {
  readonly payload: Buffer;
}

/** `:status: 200` (RFC 7541, appendix A, number 8). */
export const STATUS_200 = Buffer.from([0x88]);

/** The other side of one HTTP/2 connection, at the level of frames: says what a test tells it to, and remembers what it heard. */
export class FramePeer {
  readonly heard: HeardFrame[] = [];
  ended = false;
  #preface = '';

  constructor(readonly socket: Socket) {
    const reader = new FrameReader(({ type, flags, streamId, bytes, start, end }) => {
      this.heard.push({ type, flags, streamId, payload: Buffer.from(bytes.subarray(start, end)) });
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.ended = true;
    });
    socket.on('data', (chunk: Buffer) => {
      const rest = PREFACE.length - this.#preface.length;
      this.#preface += chunk.toString('latin1', 0, rest);
      if (chunk.length > rest) reader.read(chunk.subarray(rest));
    });
  }

  get preface(): string {
    return this.#preface;
  }

  frame(type: number, flags = 0, streamId = 0, payload: Uint8Array = Buffer.alloc(0)): void {
    this.socket.write(frameBytes(type, flags, streamId, payload));
  }

  /** SETTINGS with these values. */
  settings(values: Readonly<Record<number, number>> = {}): void {
    const payload = Object.entries(values).map(([id, value]) => {
      const bytes = Buffer.alloc(6);
      bytes.writeUInt16BE(Number(id));
      bytes.writeUInt32BE(value, 2);
      return bytes;
    });
    this.frame(FRAME.settings, 0, 0, Buffer.concat(payload));
  }

  /** Answers a stream with 200 and nothing more. */
  fine(streamId: number): void {
    this.frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, streamId, STATUS_200);
  }

  /** Frames of one type that came so far, once there are so many. */
  async wait(type: number, count = 1): Promise<HeardFrame[]> {
    await until(() => this.of(type).length >= count);
    return this.of(type);
  }

  of(type: number): HeardFrame[] {
    return this.heard.filter((frame) => frame.type === type);
  }

  /** The error that the client named when it left. */
  async goodbye(): Promise<string | undefined> {
    const [frame] = await this.wait(FRAME.goaway);
    const code = frame?.payload.readUInt32BE(4);
    return Object.entries(ERROR_CODES).find(([, value]) => value === code)?.[0];
  }
}

export function frameBytes(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER + payload.length);
  frameHeader(bytes, 0, { length: payload.length, type, flags, streamId });
  bytes.set(payload, FRAME_HEADER);
  return bytes;
}

/** Listens for connections; the first is `peer`. */
export async function aFramePeer(): Promise<{ origin: string; peer: Promise<FramePeer> }> {
  const server = createServer();
  const port = await listenOn(server);
  const peer = once(server, 'connection').then(([socket]) => {
    closers.push(() => (socket as Socket).destroy());
    return new FramePeer(socket as Socket);
  });
  closers.push(() => server.close());
  return { origin: `http://127.0.0.1:${port}`, peer };
}

/** A client and its peer, which has said SETTINGS. */
export async function clientAndPeer(
  settings: Readonly<Record<number, number>> = {},
): Promise<{ client: WireClient; peer: FramePeer }> {
  const { origin, peer: coming } = await aFramePeer();
  const client = await new WireClient(origin).ready();
  const peer = await coming;
  peer.settings(settings);
  await until(() => client.told.some((told) => told.startsWith('settings')));
  return { client, peer };
}

export { uint32 };
