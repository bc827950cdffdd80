import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Flight } from './flight.js';
import type { PoolOptions, PoolTls } from './pool-options.js';

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

/** Answers of push services are tiny; more than this is not kept. */
const MAX_ANSWER_LENGTH = 65_536;
/** Megabytes a session may hold for its streams; the default of 10 would refuse streams below the peer's own limit. */
const SESSION_MEMORY = 128;
/** A session that gives back this many requests in a row without an answer between is given up. */
const MAX_RETURNS = 10;
/** Errors of `request()` which mean that this session takes no more, not that the request is wrong. */
const SESSION_ENDED = new Set(['ERR_HTTP2_GOAWAY_SESSION', 'ERR_HTTP2_INVALID_SESSION', 'ERR_HTTP2_OUT_OF_STREAMS']);

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
  /** Something was heard from the peer: the connection works. */
  proven = false;
  /** Node's code for what ended it, if that was an error. */
  failure: string | undefined;
  /** Due for replacement, usable until then. */
  old = false;
  readonly openedAt = performance.now();
  #draining = false;
  #sent = 0;
  #returns = 0;
  #lastHeard = this.openedAt;
  #busySince = this.openedAt;
  #lastAccepted: number | undefined;
  #pongTimer: NodeJS.Timeout | undefined;
  #socket: Socket | undefined;
  #leftAt: number | undefined;
  readonly #retireAt: number;
  readonly #http: ClientHttp2Session;

  constructor(
    origin: string,
    tls: PoolTls,
    private readonly options: PoolOptions,
    private readonly events: SessionEvents,
  ) {
    this.#retireAt = this.openedAt + options.maxAgeMs * (0.8 + Math.random() * 0.4);
    this.#http = connect(origin, {
      ...tls,
      rejectUnauthorized: true,
      maxSessionMemory: SESSION_MEMORY,
      settings: { enablePush: false },
    });
    const connectTimer = setTimeout(() => {
      this.failure = 'ETIMEDOUT';
      this.#http.destroy();
    }, options.connectTimeoutMs);
    this.#http.once('connect', (_session, socket) => {
      clearTimeout(connectTimer);
      this.#socket = socket;
      this.ready = true;
      events.ready(this);
    });
    this.#http.on('remoteSettings', (settings) => {
      this.#heard();
      this.limit = Math.min(settings.maxConcurrentStreams ?? options.maxStreams, options.maxStreams);
      events.changed(this);
    });
    this.#http.on('goaway', (_code, lastStreamId) => {
      this.#lastAccepted = lastStreamId;
      this.#draining = true;
      events.changed(this);
    });
    this.#http.on('error', (error: NodeJS.ErrnoException) => {
      this.failure = error.code ?? 'ERROR';
    });
    this.#http.once('close', () => {
      clearTimeout(connectTimer);
      clearTimeout(this.#pongTimer);
      this.#draining = true;
      events.closed(this);
    });
  }

  /** Takes new requests. */
  get usable(): boolean {
    return this.ready && !this.#draining && !this.#http.closed && !this.#http.destroyed;
  }

  get connecting(): boolean {
    return !this.ready && !this.#http.destroyed;
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
    let stream: ClientHttp2Stream;
    try {
      stream = this.#http.request(flight.request.headers);
    } catch (error) {
      if (!SESSION_ENDED.has((error as NodeJS.ErrnoException).code ?? '')) {
        flight.settle({ kind: 'failure', reason: 'unsendable' });
        return;
      }
      this.drain();
      this.events.returned(this, flight);
      return;
    }
    if (this.active === 0) this.#busySince = performance.now();
    this.active++;
    this.#sent++;
    flight.boarded(this, stream);
    this.#listen(stream, flight);
    stream.end(flight.request.body);
  }

  /** Takes nothing new, lets its streams end, then closes. */
  drain(): void {
    this.#draining = true;
    if (!this.#http.closed && !this.#http.destroyed) this.#http.close();
  }

  /** Cuts the connection; its streams end unanswered. */
  destroy(): void {
    this.#draining = true;
    this.#http.destroy();
  }

  /**
   * Pings a session that has been silent for long, or for too long while it owes answers. Lets go of one that has ended and whose
   * peer does not hang up.
   */
  check(now: number): void {
    if (this.#http.destroyed) {
      this.#leftAt ??= now;
      if (now - this.#leftAt > this.options.pongTimeoutMs) this.#socket?.destroy();
      return;
    }
    const silent = now - this.#lastHeard;
    const owed = this.active > 0 && Math.min(silent, now - this.#busySince) > this.options.suspectMs;
    if (owed || silent > this.options.quietMs) this.ping();
  }

  /** Asks for a sign of life; without one in time the session is destroyed. */
  ping(): void {
    if (this.#pongTimer || !this.ready || this.#http.destroyed) return;
    let answered = false;
    this.#pongTimer = setTimeout(() => {
      // Where this process was busy for long, the answer may have arrived unread: one look at the network comes first.
      setImmediate(() => {
        if (!answered) this.destroy();
      });
    }, this.options.pongTimeoutMs);
    this.#http.ping((error) => {
      if (error) return;
      answered = true;
      clearTimeout(this.#pongTimer);
      this.#pongTimer = undefined;
      this.#heard();
    });
  }

  #heard(): void {
    this.#lastHeard = performance.now();
    this.proven = true;
  }

  #listen(stream: ClientHttp2Stream, flight: Flight): void {
    let headers: (IncomingHttpHeaders & IncomingHttpStatusHeader) | undefined;
    let body = '';
    const id = stream.id;
    stream.on('response', (received) => {
      headers = received;
      this.#heard();
      // The body of a success says nothing that anybody needs.
      if (received[':status'] === 200) stream.resume();
      else {
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          if (body.length < MAX_ANSWER_LENGTH) body += chunk;
        });
      }
    });
    stream.on('error', ignore);
    stream.on('close', () => {
      stream.removeAllListeners();
      this.active--;
      flight.left();
      if (headers) {
        this.#returns = 0;
        flight.settle({ kind: 'answer', status: headers[':status'] ?? 0, headers, body });
        this.events.changed(this);
      } else {
        // A GOAWAY that explains this end is announced within the same turn, but after it.
        setImmediate(() => this.#unanswered(stream, id, flight));
      }
    });
  }

  #unanswered(stream: ClientHttp2Stream, id: number | undefined, flight: Flight): void {
    const beyond = this.#lastAccepted !== undefined && (id ?? Number.MAX_SAFE_INTEGER) > this.#lastAccepted;
    const unprocessed = beyond || id === undefined || stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
    if (flight.settled) {
      this.events.changed(this);
    } else if (unprocessed) {
      if (++this.#returns >= MAX_RETURNS) this.drain();
      this.events.returned(this, flight);
    } else {
      flight.settle({ kind: 'failure', reason: 'connection-lost' });
      this.events.changed(this);
    }
  }
}

/** What went wrong with a stream shows in how it closes. */
function ignore(): void {}
