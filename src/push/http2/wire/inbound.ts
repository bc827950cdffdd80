import type { Exchange, ExchangeEnd } from './exchange.js';
import { type Frame, FrameReader, unpadded } from './frame-reader.js';
import { type FrameWriter, uint32 } from './frame-writer.js';
import { HeaderBlock } from './header-block.js';
import { HeaderDecoder } from './header-decoder.js';
import type { Outbound } from './outbound.js';
import {
  ConnectionError,
  DEFAULT_WINDOW,
  ERROR_CODES,
  type ErrorName,
  FLAG,
  FRAME,
  MAX_STREAM_ID,
  MAX_WINDOW,
} from './protocol.js';
import { type PeerSettings, readSettings } from './settings.js';

/** Bytes of all answers together that may be on their way. */
export const RECEIVE_WINDOW = 1_048_576;
/** After so many bytes the peer is given room again. */
const REPORT_WINDOW = RECEIVE_WINDOW / 2;
const REPORT_STREAM = DEFAULT_WINDOW / 2;
/** A peer that lets so many bytes pile up here and yet goes on asking for acknowledgements is let go. */
const MAX_BACKLOG = 16_777_216;

/** What frames act upon. */
export interface InboundHost {
  readonly writer: FrameWriter;
  readonly outbound: Outbound;
  readonly peer: PeerSettings;
  /** Exchanges that have not ended, by the ids of their streams. */
  readonly open: ReadonlyMap<number, Exchange>;
  /** The lowest id of ours that no stream had yet. */
  nextId(): number;
  /** Nothing is read any more. */
  destroyed(): boolean;
  finish(exchange: Exchange, end: ExchangeEnd): void;
  reset(streamId: number, code: ErrorName): void;
  pong(number: number): void;
  settled(): void;
  /** GOAWAY: what lies beyond that stream was never processed. */
  left(lastStreamId: number, code: number): void;
}

/** Reads what the peer says (RFC 9113, section 6) and does what it asks for. */
export class Inbound {
  /** When something of HTTP/2 was last heard, on `performance.now()`'s scale; 0: never. */
  heardAt = 0;
  readonly #reader = new FrameReader((frame) => this.#frame(frame));
  readonly #decoder = new HeaderDecoder();
  #unreported = 0;
  #block: HeaderBlock | undefined;
  #settled = false;

  constructor(private readonly host: InboundHost) {}

  /** @throws ConnectionError where the peer breaks the protocol */
  read(chunk: Buffer): void {
    this.#reader.read(chunk);
  }

  #frame(frame: Frame): void {
    if (this.host.destroyed()) return;
    if (this.#block && (frame.type !== FRAME.continuation || frame.streamId !== this.#block.streamId)) {
      throw new ConnectionError('PROTOCOL_ERROR');
    }
    // The first thing a server says is its SETTINGS (3.4).
    if (!this.#settled && (frame.type !== FRAME.settings || frame.flags & FLAG.ack)) {
      throw new ConnectionError('PROTOCOL_ERROR');
    }
    this.heardAt = performance.now();
    this.#handle(frame);
  }

  #handle(frame: Frame): void {
    switch (frame.type) {
      case FRAME.data:
        this.#data(frame);
        break;
      case FRAME.headers:
        this.#exchange(frame);
        this.#headers(new HeaderBlock(frame));
        break;
      case FRAME.continuation:
        if (!this.#block) throw new ConnectionError('PROTOCOL_ERROR');
        this.#block.continue(frame);
        this.#headers(this.#block);
        break;
      case FRAME.rstStream:
        this.#wasReset(frame);
        break;
      case FRAME.settings:
        this.#settings(frame);
        break;
      case FRAME.ping:
        this.#ping(frame);
        break;
      case FRAME.goaway:
        this.#goaway(frame);
        break;
      case FRAME.windowUpdate:
        this.#windowUpdate(frame);
        break;
      case FRAME.pushPromise:
        throw new ConnectionError('PROTOCOL_ERROR');
    }
  }

  /**
   * The exchange that a frame belongs to; none where it has ended, which the peer may not know yet.
   *
   * @throws ConnectionError for a stream that we never opened
   */
  #exchange({ streamId }: Frame): Exchange | undefined {
    if (streamId % 2 === 0 || streamId >= this.host.nextId()) throw new ConnectionError('PROTOCOL_ERROR');
    return this.host.open.get(streamId);
  }

  #data(frame: Frame): void {
    const exchange = this.#exchange(frame);
    const length = frame.end - frame.start;
    this.#unreported += length;
    if (this.#unreported >= REPORT_WINDOW) {
      this.host.writer.frame(FRAME.windowUpdate, 0, 0, uint32(this.#unreported));
      this.#unreported = 0;
    }
    if (!exchange) return;
    if (!exchange.answered) {
      this.#malformed(exchange);
      return;
    }
    const { start, end } = unpadded(frame, (frame.flags & FLAG.padded) !== 0, false);
    if (end > start) exchange.body(frame.bytes.subarray(start, end));
    if (frame.flags & FLAG.endStream) {
      this.#complete(exchange);
      return;
    }
    exchange.unreported += length;
    if (exchange.unreported < REPORT_STREAM) return;
    this.host.writer.frame(FRAME.windowUpdate, 0, exchange.id, uint32(exchange.unreported));
    exchange.unreported = 0;
  }

  #headers(block: HeaderBlock): void {
    const { whole } = block;
    this.#block = whole ? undefined : block;
    if (!whole) return;
    // Also what nobody waits for any more must be unpacked: it may change the table.
    const fields = this.#decoder.decode(whole.bytes, whole.start, whole.end);
    const exchange = this.host.open.get(block.streamId);
    if (!exchange) return;
    if (!exchange.head(fields, block.last)) this.#malformed(exchange);
    else if (block.last) this.#complete(exchange);
  }

  #complete(exchange: Exchange): void {
    // Answered before it had all of the request: it does not want the rest (8.1).
    if (exchange.unsent) this.host.reset(exchange.id, 'CANCEL');
    this.host.finish(exchange, exchange.outcome());
  }

  /** An answer that is none, on a connection that is otherwise in order (8.1.1). */
  #malformed(exchange: Exchange): void {
    this.host.reset(exchange.id, 'PROTOCOL_ERROR');
    this.host.finish(exchange, exchange.outcome());
  }

  #wasReset(frame: Frame): void {
    const exchange = this.#exchange(frame);
    const [code] = words(frame, 4, 4);
    if (!exchange) return;
    const refused = code === ERROR_CODES.REFUSED_STREAM;
    this.host.finish(exchange, exchange.outcome(refused ? 'unprocessed' : 'lost'));
  }

  #settings(frame: Frame): void {
    ofConnection(frame);
    if (frame.flags & FLAG.ack) return;
    this.#settled = true;
    const before = this.host.peer.initialWindowSize;
    readSettings(this.host.peer, frame.bytes, frame.start, frame.end);
    this.#acknowledge(FRAME.settings);
    this.host.outbound.settingsChanged(before, this.host.open.values());
    this.host.settled();
  }

  #ping(frame: Frame): void {
    ofConnection(frame);
    const [, number] = words(frame, 8, 8);
    if ((frame.flags & FLAG.ack) === 0) {
      this.#acknowledge(FRAME.ping, Buffer.from(frame.bytes.subarray(frame.start, frame.end)));
      return;
    }
    this.host.pong(number as number);
  }

  #acknowledge(type: number, payload?: Buffer): void {
    if (this.host.writer.backlog > MAX_BACKLOG) throw new ConnectionError('ENHANCE_YOUR_CALM');
    this.host.writer.frame(type, FLAG.ack, 0, payload);
  }

  #goaway(frame: Frame): void {
    ofConnection(frame);
    const [last = 0, code = 0] = words(frame, 8);
    this.host.left(last & MAX_STREAM_ID, code);
  }

  #windowUpdate(frame: Frame): void {
    const [word = 0] = words(frame, 4, 4);
    const increment = word & MAX_WINDOW;
    const exchange = frame.streamId === 0 ? undefined : this.#exchange(frame);
    if (increment === 0) throw new ConnectionError('PROTOCOL_ERROR');
    if (frame.streamId === 0 || exchange) this.host.outbound.widen(increment, exchange);
  }
}

/** @throws ConnectionError where a frame names a stream although it is about the whole connection */
function ofConnection({ streamId }: Frame): void {
  if (streamId !== 0) throw new ConnectionError('PROTOCOL_ERROR');
}

/**
 * The first words of 32 bits of a payload.
 *
 * @throws ConnectionError FRAME_SIZE_ERROR where it is shorter than `least` bytes or longer than `most`
 */
function words({ bytes, start, end }: Frame, least: number, most = Number.POSITIVE_INFINITY): number[] {
  if (end - start < least || end - start > most) throw new ConnectionError('FRAME_SIZE_ERROR');
  const found: number[] = [];
  for (let at = start; at < start + least; at += 4) found.push(bytes.readUInt32BE(at));
  return found;
}
