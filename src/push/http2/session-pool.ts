import { ConnectionPace } from './connection-pace.js';
import { Flight } from './flight.js';
import type { Http2FailureReason, Http2Request, Http2Result } from './http2-request.js';
import { POOL_DEFAULTS, type PoolObserver, type PoolOptions, type PoolSnapshot, type PoolTls } from './pool-options.js';
import { PooledSession, type SessionEvents } from './pooled-session.js';
import { WaitingLine } from './waiting-line.js';

/** How often ages, silences and waits are looked at. */
const TICK_MS = 250;
/** An old session that was idle this long is closed instead of replaced. */
const IDLE_MS = 300_000;
/** First pause before a request goes again to a peer that returned it twice. */
const RETURN_PAUSE_MS = 25;

/**
 * HTTP/2 sessions to one origin, shared by all requests to it. Opens sessions as they are needed and never in a hurry, picks the
 * least loaded, notices dead ones, follows GOAWAY and REFUSED_STREAM (RFC 9113, 6.8 and 8.7) by sending again what was never
 * processed, and replaces sessions before they wear out. An `http:` origin is spoken to in HTTP/2 without TLS.
 */
export class SessionPool {
  readonly #sessions = new Set<PooledSession>();
  readonly #line = new WaitingLine();
  readonly #pace: ConnectionPace;
  readonly #options: PoolOptions;
  readonly #events: SessionEvents;
  #open = 0;
  #ticker: NodeJS.Timeout | undefined;
  #growTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(
    private readonly origin: string,
    options: Partial<PoolOptions> = {},
    private readonly tls: PoolTls = {},
    private readonly observers: readonly PoolObserver[] = [],
  ) {
    this.#options = { ...POOL_DEFAULTS, ...options };
    this.#pace = new ConnectionPace(this.#options.connectIntervalMs);
    this.#events = {
      ready: (session) => this.#ready(session),
      changed: (session) => this.#changed(session),
      returned: (session, flight) => this.#returned(session, flight),
      closed: (session) => this.#closed(session),
    };
  }

  /** Sends one request; resolves with its answer or with the reason why there is none, at the latest after `timeoutMs`. */
  request(request: Http2Request): Promise<Http2Result> {
    const refusal = this.#refusal(request);
    if (refusal) {
      for (const observer of this.observers) observer.failed?.(refusal, 0);
      return Promise.resolve({ kind: 'failure', reason: refusal });
    }
    this.#ticker ??= setInterval(() => this.#tick(), TICK_MS).unref();
    return new Promise((resolve) => {
      this.#open++;
      const flight = new Flight(request, (settled, result) => {
        this.#settled(settled, result);
        resolve(result);
      });
      const session = this.#line.size === 0 ? this.#leastLoaded(undefined) : undefined;
      if (session) {
        session.send(flight);
        return;
      }
      this.#line.push(flight, flight.startedAt);
      this.#pump();
    });
  }

  snapshot(): PoolSnapshot {
    const all = [...this.#sessions];
    const usable = all.filter((session) => session.usable);
    return {
      sessions: usable.length,
      connecting: all.filter((session) => session.connecting).length,
      streams: all.reduce((sum, session) => sum + session.active, 0),
      capacity: usable.reduce((sum, session) => sum + session.limit, 0),
      waiting: this.#line.size,
    };
  }

  /** Lets every session end as soon as its streams are done; what comes from now on goes over new ones. */
  renew(): void {
    for (const session of this.#sessions) if (session.usable) session.drain();
    this.#pump();
  }

  /** Takes nothing new, lets what is under way end (for `closeGraceMs` at most), then closes every session. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  #refusal(request: Http2Request): Http2FailureReason | undefined {
    if (this.#closing) return 'closed';
    if (request.signal?.aborted) return 'aborted';
    if (this.#line.size >= this.#options.maxWaiting) return 'overloaded';
    // While the host is known to be down only the request that comes when an attempt is due may wait for it.
    const hopeless = this.#pace.down && this.#pace.waitMs(performance.now()) > 0;
    return hopeless && !this.#some((session) => session.usable || session.connecting) ? 'unreachable' : undefined;
  }

  #settled(flight: Flight, result: Http2Result): void {
    this.#open--;
    const millis = performance.now() - flight.startedAt;
    for (const observer of this.observers) {
      if (result.kind === 'answer') observer.answered?.(result.status, millis, result.headers.date);
      else observer.failed?.(result.reason, millis);
    }
    if (flight.waitingSince > 0) {
      flight.waitingSince = 0;
      this.#line.dropped();
    }
    if (this.#open === 0) this.#onEmpty?.();
  }

  /** Hands waiting requests to sessions with room; asks for another session if some are left. */
  #pump(): void {
    for (let flight = this.#line.peek(); flight; flight = this.#line.peek()) {
      const session = this.#leastLoaded(flight.avoid);
      if (!session) break;
      this.#line.shift();
      flight.waitingSince = 0;
      session.send(flight);
    }
    if (this.#line.size > 0) this.#grow();
  }

  #leastLoaded(avoid: PooledSession | undefined): PooledSession | undefined {
    let best: PooledSession | undefined;
    for (const session of this.#sessions) {
      if (session !== avoid && session.room > 0 && (!best || session.active < best.active)) best = session;
    }
    return best ?? (avoid && avoid.room > 0 ? avoid : undefined);
  }

  #grow(): void {
    if (this.#growTimer || !this.#wanted()) return;
    const wait = this.#pace.waitMs(performance.now());
    if (wait > 0) {
      this.#growTimer = setTimeout(() => {
        this.#growTimer = undefined;
        this.#grow();
      }, wait);
      return;
    }
    this.#pace.started(performance.now());
    this.#sessions.add(new PooledSession(this.origin, this.tls, this.#options, this.#events));
  }

  /** Whether a new session would serve: requests wait, or an old session awaits its replacement. */
  #wanted(): boolean {
    if (this.#some((session) => session.connecting)) return false;
    let fresh = 0;
    let old = 0;
    for (const session of this.#sessions) {
      if (session.usable) session.old ? old++ : fresh++;
    }
    return (this.#line.size > 0 && fresh < this.#options.maxSessions) || (old > 0 && fresh === 0);
  }

  #ready(session: PooledSession): void {
    for (const observer of this.observers) observer.sessionOpened?.();
    for (const other of this.#sessions) if (other.old && other !== session) other.drain();
    this.#pump();
  }

  #changed(session: PooledSession): void {
    if (session.proven) this.#pace.succeeded();
    if (!session.old && session.usable && session.due(performance.now())) this.#replace(session);
    this.#pump();
  }

  #replace(session: PooledSession): void {
    session.old = true;
    this.#grow();
  }

  #returned(session: PooledSession, flight: Flight): void {
    flight.left();
    flight.avoid = session;
    flight.returns++;
    for (const observer of this.observers) observer.resent?.();
    const again = () => {
      if (flight.settled) return;
      this.#line.unshift(flight, performance.now());
      this.#pump();
    };
    // A peer that goes on refusing gets a growing pause, not a loop.
    if (flight.returns === 1) again();
    else setTimeout(again, Math.min(1000, RETURN_PAUSE_MS * 2 ** flight.returns) * (0.5 + Math.random()));
  }

  #closed(session: PooledSession): void {
    this.#sessions.delete(session);
    if (session.ready) for (const observer of this.observers) observer.sessionClosed?.();
    if (!session.proven) {
      this.#pace.failed(performance.now());
      for (const observer of this.observers) observer.connectionFailed?.(session.failure ?? 'CLOSED');
      // Their callers decide whether another attempt is worth the wait.
      if (!this.#some((other) => other.usable || other.connecting)) this.#fail(Number.POSITIVE_INFINITY, 'unreachable');
    }
    this.#pump();
  }

  #fail(waitingBefore: number, reason: Http2FailureReason): void {
    for (const flight of this.#line.since(waitingBefore)) flight.settle({ kind: 'failure', reason });
  }

  #tick(): void {
    const now = performance.now();
    for (const session of this.#sessions) {
      session.check(now);
      if (!session.usable || session.old || !session.due(now)) continue;
      if (session.active === 0 && now - session.lastUsed > IDLE_MS) session.drain();
      else this.#replace(session);
    }
    this.#fail(now - this.#options.maxWaitMs, 'overloaded');
    if (this.#some((session) => session.old)) this.#grow();
  }

  #some(test: (session: PooledSession) => boolean): boolean {
    for (const session of this.#sessions) if (test(session)) return true;
    return false;
  }

  async #end(): Promise<void> {
    if (this.#open > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#options.closeGraceMs);
        this.#onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    clearInterval(this.#ticker);
    clearTimeout(this.#growTimer);
    this.#fail(Number.POSITIVE_INFINITY, 'closed');
    for (const session of this.#sessions) {
      if (session.usable && session.active === 0) session.drain();
      else session.destroy();
    }
  }
}
