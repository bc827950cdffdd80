import { type Frame, unpadded } from './frame-reader.js';
import { ConnectionError, FLAG } from './protocol.js';

/** Octets that the frames of one header block may have together; without a limit, CONTINUATION frames could go on for ever. */
const MAX_BLOCK = 65_536;

/** A block of headers that may come in several frames, which nothing may interrupt (RFC 9113, 4.3). */
export class HeaderBlock {
  readonly streamId: number;
  /** The stream's last block, and nothing follows it. */
  readonly last: boolean;
  #parts: Buffer[] = [];
  #length = 0;
  #whole: { bytes: Buffer; start: number; end: number } | undefined;

  /** @param frame HEADERS */
  constructor(frame: Frame) {
    this.streamId = frame.streamId;
    this.last = (frame.flags & FLAG.endStream) !== 0;
    const { start, end } = unpadded(frame, (frame.flags & FLAG.padded) !== 0, (frame.flags & FLAG.priority) !== 0);
    if (frame.flags & FLAG.endHeaders) this.#whole = { bytes: frame.bytes, start, end };
    else this.#add(frame.bytes.subarray(start, end));
  }

  /** @throws ConnectionError where it grows too long */
  continue(frame: Frame): void {
    this.#add(frame.bytes.subarray(frame.start, frame.end));
    if ((frame.flags & FLAG.endHeaders) === 0) return;
    const bytes = Buffer.concat(this.#parts);
    this.#whole = { bytes, start: 0, end: bytes.length };
  }

  /** All of it, once its last frame has come. */
  get whole(): { readonly bytes: Buffer; readonly start: number; readonly end: number } | undefined {
    return this.#whole;
  }

  #add(bytes: Buffer): void {
    this.#length += bytes.length;
    if (this.#length > MAX_BLOCK) throw new ConnectionError('ENHANCE_YOUR_CALM');
    this.#parts.push(Buffer.from(bytes));
  }
}
