import type { Http2Request, Http2Result } from './http2-request.js';
import type { PooledSession } from './pooled-session.js';
import type { Exchange } from './wire/exchange.js';

/** One request on its way through the pool: waiting, on a stream, or settled. Settles exactly once. */
export class Flight {
  readonly startedAt = performance.now();
  settled = false;
  /** Since when it stands in the waiting line. */
  waitingSince = 0;
  /** How often a peer gave it back unprocessed. */
  returns = 0;
  /** The session that gave it back last. */
  avoid: PooledSession | undefined;
  #carrier: { readonly session: PooledSession; readonly exchange: Exchange; readonly since: number } | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort: (() => void) | undefined;

  /** `done` runs exactly once, before anything else can happen to the flight. */
  constructor(
    readonly request: Http2Request,
    private readonly done: (flight: Flight, result: Http2Result) => void,
  ) {
    this.#timer = setTimeout(() => this.#expire(), Math.max(0, request.timeoutMs));
    if (request.signal) {
      this.#onAbort = () => {
        this.settle({ kind: 'failure', reason: 'aborted' });
        this.#cancelStream();
      };
      request.signal.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  /** Whether a stream carries it now. */
  get flying(): boolean {
    return this.#carrier !== undefined;
  }

  boarded(session: PooledSession, exchange: Exchange): void {
    this.#carrier = { session, exchange, since: performance.now() };
  }

  left(): void {
    this.#carrier = undefined;
  }

  settle(result: Http2Result): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.#timer);
    if (this.#onAbort) this.request.signal?.removeEventListener('abort', this.#onAbort);
    this.done(this, result);
  }

  #expire(): void {
    const carrier = this.#carrier;
    // What stands in line waited for room, not for an answer.
    if (!carrier) this.settle({ kind: 'failure', reason: 'overloaded' });
    else this.settle({ kind: 'failure', reason: 'timeout', silentMs: performance.now() - carrier.since });
    this.#cancelStream();
    // Silence may be the peer's or the connection's: a ping tells them apart.
    carrier?.session.ping();
  }

  #cancelStream(): void {
    this.#carrier?.session.cancel(this.#carrier.exchange);
  }
}
