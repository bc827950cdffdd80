import type { Flight } from './flight.js';
import type { PoolOptions, PoolTls } from './pool-options.js';
import { Connection } from './wire/connection.js';
import type { Exchange, ExchangeEnd } from './wire/exchange.js';
import { UnsendableHeaders } from './wire/request-headers.js';

/** What a session tells its pool. */
export interface SessionEvents {
  /** Connected: it may take its first request. */
  ready(session: PooledSession): void;
  /** The number of free streams may have changed. */
  changed(session: PooledSession): void;
  /** The peer never processed this flight: it may be sent again without harm. */
  returned(session: PooledSession, flight: Flight): void;
  closed(session: PooledSession): void;
}

/** A session that gives back this many requests in a row without an answer between is given up. */
const MAX_RETURNS = 10;
const NONE: readonly string[] = [];
/**
 * One HTTP/2 connection of a pool. Until the peer's SETTINGS arrive it carries one stream, as Apple asks of a connection that
 * has not proved itself yet; then as many as MAX_CONCURRENT_STREAMS says, at any time (RFC 9113, 5.1.2).
 */
export class PooledSession {
  /** Streams the peer allows at once. */
  limit = 1;
  active = 0;
  /** Connected at some time. */
  ready = false;
  /** Node's code for what ended it, if that was an error. */
  failure: string | undefined;
  /** Due for replacement, usable until then. */
  old = false;
  readonly openedAt = performance.now();
  #sent = 0;
  #returns = 0;
  #busySince = this.openedAt;
  #pongTimer: NodeJS.Timeout | undefined;
  readonly #retireAt: number;
  readonly #connection: Connection;

  constructor(
    origin: string,
    tls: PoolTls,
    private readonly options: PoolOptions,
    private readonly events: SessionEvents,
  ) {
    this.#retireAt = this.openedAt + options.maxAgeMs * (0.8 + Math.random() * 0.4);
    const connectTimer = setTimeout(() => this.#connection.destroy('ETIMEDOUT'), options.connectTimeoutMs);
    this.#connection = new Connection(origin, tls, options.pongTimeoutMs, {
      connected: () => {
        clearTimeout(connectTimer);
        this.ready = true;
        events.ready(this);
      },
      settings: (maxStreams) => {
        this.limit = Math.min(maxStreams ?? options.maxStreams, options.maxStreams);
        events.changed(this);
      },
      goaway: () => events.changed(this),
      closed: (failure) => {
        clearTimeout(connectTimer);
        clearTimeout(this.#pongTimer);
        this.failure = failure;
        events.closed(this);
      },
    });
  }

  /** Takes new requests. */
  get usable(): boolean {
    return this.#connection.usable;
  }

  get connecting(): boolean {
    return !this.ready && !this.#connection.destroyed;
  }

  /** Something was heard from the peer: the connection works. */
  get proven(): boolean {
    return this.#connection.heardAt > 0;
  }

  /** Free streams. */
  get room(): number {
    return this.usable ? this.limit - this.active : 0;
  }

  /** Whether it should be replaced: by age, or because its stream ids are being used up. */
  due(now: number): boolean {
    return now >= this.#retireAt || this.#sent >= this.options.maxRequestsPerSession;
  }

  /** When something last went on here. */
  get lastUsed(): number {
    return this.#busySince;
  }

  /** Puts a flight on a stream of its own. Ends by settling it or by `returned`. */
  send(flight: Flight): void {
    const { headers, once, body } = flight.request;
    let exchange: Exchange;
    try {
      exchange = this.#connection.request(headers, once ?? NONE, body, (end) => this.#ended(flight, end));
    } catch (error) {
      if (!(error instanceof UnsendableHeaders)) throw error;
      flight.settle({ kind: 'failure', reason: 'unsendable' });
      return;
    }
    if (this.active === 0) this.#busySince = performance.now();
    this.active++;
    this.#sent++;
    flight.boarded(this, exchange);
  }

  /** Gives up what `send` began. */
  cancel(exchange: Exchange): void {
    this.#connection.cancel(exchange);
  }

  /** Takes nothing new, lets its streams end, then closes. */
  drain(): void {
    this.#connection.close();
  }

  /** Cuts the connection; its streams end unanswered. */
  destroy(): void {
    this.#connection.destroy();
  }

  /** Pings a session that has been silent for long, or for too long while it owes answers. */
  check(now: number): void {
    if (this.#connection.destroyed) return;
    const silent = now - (this.#connection.heardAt || this.openedAt);
    const owed = this.active > 0 && Math.min(silent, now - this.#busySince) > this.options.suspectMs;
    if (owed || silent > this.options.quietMs) this.ping();
  }

  /** Asks for a sign of life; without one in time the session is destroyed. */
  ping(): void {
    if (this.#pongTimer || !this.ready || this.#connection.destroyed) return;
    let answered = false;
    this.#pongTimer = setTimeout(() => {
      // Where this process was busy for long, the answer may have arrived unread: one look at the network comes first.
      setImmediate(() => {
        if (!answered) this.destroy();
      });
    }, this.options.pongTimeoutMs);
    this.#connection.ping(() => {
      answered = true;
      clearTimeout(this.#pongTimer);
      this.#pongTimer = undefined;
    });
  }

  #ended(flight: Flight, end: ExchangeEnd): void {
    this.active--;
    flight.left();
    if (end.kind === 'answer') {
      this.#returns = 0;
      flight.settle(end);
    } else if (end.kind === 'unprocessed' && !flight.settled) {
      if (++this.#returns >= MAX_RETURNS) this.drain();
      this.events.returned(this, flight);
      return;
    } else {
      flight.settle({ kind: 'failure', reason: 'connection-lost' });
    }
    this.events.changed(this);
  }
}
