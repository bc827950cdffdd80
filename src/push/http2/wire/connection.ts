import type { Socket } from 'node:net';
import type { PoolTls } from '../pool-options.js';
import { connectSocket } from './connect-socket.js';
import { Exchange, type ExchangeEnd } from './exchange.js';
import { FrameWriter, uint32 } from './frame-writer.js';
import type { HeaderField } from './header-table.js';
import { Inbound, type InboundHost, RECEIVE_WINDOW } from './inbound.js';
import { Outbound } from './outbound.js';
import {
  ConnectionError,
  DEFAULT_WINDOW,
  ERROR_CODES,
  type ErrorName,
  FRAME,
  MAX_STREAM_ID,
  PREFACE,
  SETTING,
} from './protocol.js';
import { type RequestHeaders, requestFields } from './request-headers.js';
import { initialSettings } from './settings.js';

/** What a connection tells its owner. */
export interface ConnectionEvents {
  /** It may be written to. */
  connected(): void;
  /** The peer's SETTINGS came; `maxStreams` is absent where the peer sets no limit. */
  settings(maxStreams: number | undefined): void;
  /** The peer takes nothing new. What it never processed ends as `unprocessed` right after. */
  goaway(): void;
  /** The socket is gone and every exchange has ended. `failure`: the code of the error that did it. */
  closed(failure: string | undefined): void;
}

/**
 * A client's side of one HTTP/2 connection (RFC 9113), reduced to what sending notifications takes: requests with small bodies,
 * answers with small bodies, no server push, no priorities. Where `node:http2` makes three streams of its own and a dozen objects
 * for each request, there is one object here, and the requests of a turn of the event loop share one write.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  readonly #outbound: Outbound;
  readonly #inbound: Inbound;
  readonly #peer = initialSettings();
  readonly #open = new Map<number, Exchange>();
  readonly #pings: { readonly number: number; readonly onPong: () => void }[] = [];
  readonly #own: readonly HeaderField[];
  #nextId = 1;
  #pinged = 0;
  #connected = false;
  #closing = false;
  #ended = false;
  /** The peer broke the protocol: nothing it says counts any more. */
  #broken = false;
  #failure: string | undefined;
  #lingering: NodeJS.Timeout | undefined;

  /** @param lingerMs how long a peer that is to hang up may take, milliseconds */
  constructor(
    origin: string,
    tls: PoolTls,
    private readonly lingerMs: number,
    private readonly events: ConnectionEvents,
  ) {
    const url = new URL(origin);
    this.#own = [
      [':scheme', url.protocol.slice(0, -1)],
      [':authority', url.host],
    ];
    this.#socket = connectSocket(url, tls, () => this.#start());
    this.#writer = new FrameWriter(this.#socket);
    this.#outbound = new Outbound(this.#writer, this.#peer);
    this.#inbound = new Inbound(this.#host());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??= error.code ?? 'ERROR';
    });
    this.#socket.on('end', () => this.#socket.destroy());
    this.#socket.once('close', () => this.#closed());
  }

  /** Takes requests. */
  get usable(): boolean {
    return this.#connected && !this.#closing && !this.#socket.destroyed && this.#nextId <= MAX_STREAM_ID;
  }

  /** When something of HTTP/2 was last heard, on `performance.now()`'s scale; 0: never. */
  get heardAt(): number {
    return this.#inbound.heardAt;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  /**
   * Sends a request on a stream of its own, where `usable` says so. How many streams the peer allows is the caller's business.
   *
   * @param once names of headers whose values do not come again
   * @param onEnd runs once, later
   * @throws UnsendableHeaders
   */
  request(headers: RequestHeaders, once: readonly string[], body: string, onEnd: (end: ExchangeEnd) => void): Exchange {
    const fields = requestFields(this.#own, headers);
    const exchange = new Exchange(this.#nextId, this.#peer.initialWindowSize, onEnd);
    this.#nextId += 2;
    this.#open.set(exchange.id, exchange);
    this.#outbound.request(exchange, fields, once, body);
    return exchange;
  }

  /** Gives an exchange up; the peer is told, and may have acted already. */
  cancel(exchange: Exchange): void {
    if (this.#open.get(exchange.id) !== exchange) return;
    this.#reset(exchange.id, 'CANCEL');
    this.#finish(exchange, { kind: 'cancelled' });
  }

  /** Asks for a sign of life. */
  ping(onPong: () => void): void {
    const number = ++this.#pinged;
    this.#pings.push({ number, onPong });
    this.#writer.frame(FRAME.ping, 0, 0, uint32(0, number));
  }

  /** Takes nothing new, lets its exchanges end, then closes. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (!this.#connected) this.destroy();
    else if (this.#open.size === 0) this.#end('NO_ERROR');
  }

  /** Cuts the connection; its exchanges end as `lost`. `failure`: why, where nothing else is known. */
  destroy(failure?: string): void {
    this.#closing = true;
    this.#failure ??= failure;
    this.#socket.destroy();
  }

  #start(): void {
    this.#connected = true;
    const { out, at } = this.#writer.reserve(PREFACE.length);
    this.#writer.advance(at + out.write(PREFACE, at, 'latin1'));
    const settings = Buffer.alloc(6);
    settings.writeUInt16BE(SETTING.enablePush);
    this.#writer.frame(FRAME.settings, 0, 0, settings);
    this.#writer.frame(FRAME.windowUpdate, 0, 0, uint32(RECEIVE_WINDOW - DEFAULT_WINDOW));
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.events.connected();
  }

  #read(chunk: Buffer): void {
    if (this.#broken) return;
    try {
      this.#inbound.read(chunk);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#broken = true;
      this.#failure ??= `ERR_HTTP2_${error.code}`;
      this.#end(error.code);
      this.#socket.destroySoon();
    }
  }

  /** Says that this was all, and lets the peer hang up. */
  #end(code: ErrorName): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closing = true;
    this.#writer.frame(FRAME.goaway, 0, 0, uint32(0, ERROR_CODES[code]));
    this.#writer.flush();
    this.#socket.end();
    this.#linger();
  }

  #linger(): void {
    this.#lingering ??= setTimeout(() => this.#socket.destroy(), this.lingerMs);
  }

  #closed(): void {
    clearTimeout(this.#lingering);
    this.#ended = true;
    this.#closing = true;
    for (const exchange of [...this.#open.values()]) this.#finish(exchange, exchange.outcome());
    this.events.closed(this.#failure);
  }

  #finish(exchange: Exchange, end: ExchangeEnd): void {
    this.#open.delete(exchange.id);
    this.#outbound.forget(exchange);
    exchange.onEnd(end);
    if (this.#closing && this.#open.size === 0 && !this.#socket.destroyed) this.#end('NO_ERROR');
  }

  #reset(streamId: number, code: ErrorName): void {
    this.#writer.frame(FRAME.rstStream, 0, streamId, uint32(ERROR_CODES[code]));
  }

  #pong(number: number): void {
    const at = this.#pings.findIndex((ping) => ping.number === number);
    if (at >= 0) this.#pings.splice(at, 1)[0]?.onPong();
  }

  #left(lastStreamId: number, code: number): void {
    this.#closing = true;
    this.events.goaway();
    for (const exchange of [...this.#open.values()]) {
      if (exchange.id > lastStreamId) this.#finish(exchange, { kind: 'unprocessed' });
    }
    if (this.#open.size === 0) this.#end('NO_ERROR');
    // After an error the peer hangs up; what it has finished by then still counts.
    else if (code !== ERROR_CODES.NO_ERROR) this.#linger();
  }

  #host(): InboundHost {
    return {
      writer: this.#writer,
      outbound: this.#outbound,
      peer: this.#peer,
      open: this.#open,
      nextId: () => this.#nextId,
      destroyed: () => this.#socket.destroyed,
      finish: (exchange, end) => this.#finish(exchange, end),
      reset: (streamId, code) => this.#reset(streamId, code),
      pong: (number) => this.#pong(number),
      settled: () => this.events.settings(this.#peer.maxConcurrentStreams),
      left: (lastStreamId, code) => this.#left(lastStreamId, code),
    };
  }
}
