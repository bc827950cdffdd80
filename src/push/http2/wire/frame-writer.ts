import type { Socket } from 'node:net';
import { FRAME_HEADER } from './protocol.js';

/** Bytes that are set aside at once; frames of a turn of the event loop lie side by side in them. */
const SLAB = 65_536;

/** Gathers the frames of one turn of the event loop, so that they become one write and, with TLS, one record. */
export class FrameWriter {
  #slab = Buffer.allocUnsafeSlow(SLAB);
  /** The slab's bytes up to here belong to the socket. */
  #sent = 0;
  #end = 0;
  #scheduled = false;

  constructor(private readonly socket: Socket) {}

  /** Bytes that the socket has not taken yet. */
  get backlog(): number {
    return this.socket.writableLength;
  }

  /** Room for so many bytes; what is written there goes out after `advance`. */
  reserve(length: number): { readonly out: Buffer; readonly at: number } {
    if (this.#slab.length - this.#end < length) {
      this.flush();
      this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB, length));
      this.#sent = 0;
      this.#end = 0;
    }
    return { out: this.#slab, at: this.#end };
  }

  /** What was reserved is filled up to here. */
  advance(end: number): void {
    this.#end = end;
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => this.flush());
  }

  /** A frame with a small payload. */
  frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): void {
    const { out, at } = this.reserve(FRAME_HEADER + payload.length);
    frameHeader(out, at, { length: payload.length, type, flags, streamId });
    out.set(payload, at + FRAME_HEADER);
    this.advance(at + FRAME_HEADER + payload.length);
  }

  /** Hands everything to the socket now. */
  flush(): void {
    this.#scheduled = false;
    if (this.#end === this.#sent) return;
    const bytes = this.#slab.subarray(this.#sent, this.#end);
    this.#sent = this.#end;
    if (this.socket.writable) this.socket.write(bytes);
  }
}

/** Writes the nine bytes before a payload (RFC 9113, 4.1). */
export function frameHeader(
  out: Buffer,
  at: number,
  { length, type, flags, streamId }: { length: number; type: number; flags: number; streamId: number },
): void {
  out.writeUIntBE(length, at, 3);
  out[at + 3] = type;
  out[at + 4] = flags;
  out.writeUInt32BE(streamId, at + 5);
}

/** A number of 32 bits as a payload. */
export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * values.length);
  values.forEach((value, i) => void bytes.writeUInt32BE(value >>> 0, 4 * i));
  return bytes;
}
