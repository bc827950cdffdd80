import { ConnectionError, DEFAULT_FRAME_SIZE, FRAME_HEADER, MAX_STREAM_ID } from './protocol.js';

/** One frame (RFC 9113, 4.1). Its payload lies in `bytes`, which is valid during the call only. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Cuts the bytes of a connection into frames. */
export class FrameReader {
  #rest: Buffer | undefined;

  constructor(private readonly onFrame: (frame: Frame) => void) {}

  /** @throws ConnectionError FRAME_SIZE_ERROR for a frame larger than we have allowed, which is also what no HTTP/2 looks like */
  read(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER) {
      const length = bytes.readUIntBE(at, 3);
      if (length > DEFAULT_FRAME_SIZE) throw new ConnectionError('FRAME_SIZE_ERROR');
      const start = at + FRAME_HEADER;
      const end = start + length;
      if (end > bytes.length) break;
      this.onFrame({
        type: bytes[at + 3] as number,
        flags: bytes[at + 4] as number,
        streamId: bytes.readUInt32BE(at + 5) & MAX_STREAM_ID,
        bytes,
        start,
        end,
      });
      at = end;
    }
    if (at < bytes.length) this.#rest = bytes.subarray(at);
  }
}

/**
 * The payload of a frame without its padding (6.1, 6.2) and, of HEADERS, without its priority.
 *
 * @throws ConnectionError PROTOCOL_ERROR where the padding is longer than the frame
 */
export function unpadded(frame: Frame, padded: boolean, prioritized: boolean): { start: number; end: number } {
  let { start, end } = frame;
  if (padded) end -= frame.bytes[start++] ?? 0;
  if (prioritized) start += 5;
  if (start > end) throw new ConnectionError('PROTOCOL_ERROR');
  return { start, end };
}
