import type { Exchange } from './exchange.js';
import { type FrameWriter, frameHeader } from './frame-writer.js';
import { HeaderEncoder } from './header-encoder.js';
import type { HeaderField } from './header-table.js';
import { ConnectionError, DEFAULT_WINDOW, FLAG, FRAME, FRAME_HEADER, MAX_WINDOW } from './protocol.js';
import type { PeerSettings } from './settings.js';

/** Puts requests into frames, as far as the peer's windows allow (RFC 9113, 5.2); what they do not let through waits. */
export class Outbound {
  readonly #encoder = new HeaderEncoder();
  /** Exchanges with something unsent, the oldest first. */
  readonly #blocked = new Set<Exchange>();
  #window = DEFAULT_WINDOW;

  constructor(
    private readonly writer: FrameWriter,
    private readonly peer: PeerSettings,
  ) {}

  /** @param once see `HeaderEncoder.encode` */
  request(exchange: Exchange, fields: readonly HeaderField[], once: readonly string[], body: string): void {
    const length = Buffer.byteLength(body);
    this.#headers(exchange.id, fields, once, length === 0);
    if (length === 0) return;
    const most = Math.min(this.peer.maxFrameSize, this.#window, exchange.sendWindow);
    if (length > most || this.#blocked.size > 0) {
      exchange.unsent = Buffer.from(body);
      this.#blocked.add(exchange);
      this.pump();
      return;
    }
    const { out, at } = this.writer.reserve(FRAME_HEADER + length);
    frameHeader(out, at, { length, type: FRAME.data, flags: FLAG.endStream, streamId: exchange.id });
    out.write(body, at + FRAME_HEADER, 'utf8');
    this.writer.advance(at + FRAME_HEADER + length);
    this.#window -= length;
    exchange.sendWindow -= length;
  }

  /** Nothing more of it is sent. */
  forget(exchange: Exchange): void {
    if (exchange.unsent) this.#blocked.delete(exchange);
  }

  /** The peer changed its settings. */
  settingsChanged(windowBefore: number, open: Iterable<Exchange>): void {
    this.#encoder.limit(this.peer.headerTableSize);
    const change = this.peer.initialWindowSize - windowBefore;
    if (change === 0) return;
    for (const exchange of open) exchange.sendWindow = widened(exchange.sendWindow, change);
    this.pump();
  }

  /** @param exchange absent: room for the whole connection */
  widen(increment: number, exchange?: Exchange): void {
    if (exchange) exchange.sendWindow = widened(exchange.sendWindow, increment);
    else this.#window = widened(this.#window, increment);
    if (this.#blocked.size > 0) this.pump();
  }

  /** Sends what has room now. */
  pump(): void {
    for (const exchange of this.#blocked) {
      while (exchange.unsent && this.#window > 0 && exchange.sendWindow > 0) this.#part(exchange, exchange.unsent);
      if (!exchange.unsent) this.#blocked.delete(exchange);
      if (this.#window <= 0) return;
    }
  }

  #part(exchange: Exchange, unsent: Buffer): void {
    const length = Math.min(unsent.length, this.peer.maxFrameSize, this.#window, exchange.sendWindow);
    const last = length === unsent.length;
    this.writer.frame(FRAME.data, last ? FLAG.endStream : 0, exchange.id, unsent.subarray(0, length));
    exchange.unsent = last ? undefined : unsent.subarray(length);
    this.#window -= length;
    exchange.sendWindow -= length;
  }

  #headers(streamId: number, fields: readonly HeaderField[], once: readonly string[], last: boolean): void {
    const { out, at } = this.writer.reserve(FRAME_HEADER + HeaderEncoder.room(fields));
    const start = at + FRAME_HEADER;
    const end = this.#encoder.encode(fields, once, out, start);
    const length = end - start;
    const most = this.peer.maxFrameSize;
    const flags = last ? FLAG.endStream : 0;
    if (length <= most) {
      frameHeader(out, at, { length, type: FRAME.headers, flags: flags | FLAG.endHeaders, streamId });
      this.writer.advance(end);
      return;
    }
    const block = Buffer.from(out.subarray(start, end));
    this.writer.frame(FRAME.headers, flags, streamId, block.subarray(0, most));
    for (let from = most; from < length; from += most) {
      const ends = from + most >= length ? FLAG.endHeaders : 0;
      this.writer.frame(FRAME.continuation, ends, streamId, block.subarray(from, from + most));
    }
  }
}

function widened(window: number, change: number): number {
  if (window + change > MAX_WINDOW) throw new ConnectionError('FLOW_CONTROL_ERROR');
  return window + change;
}
