/** Longest pause between connection attempts, as a multiple of the interval. */
const MAX_BACKOFF = 8;
/** After this many failed attempts in a row the host counts as down. */
const DOWN_AFTER = 3;

/**
 * Says when the next connection attempt to a host may start: the first at once, then never more than one per interval, later
 * after failures. Everything is stretched at random, so that many processes that lost one host do not return in step.
 */
export class ConnectionPace {
  #nextAt = 0;
  #failures = 0;

  constructor(private readonly intervalMs: number) {}

  /** Milliseconds until an attempt may start; 0: now. */
  waitMs(now: number): number {
    return Math.max(0, this.#nextAt - now);
  }

  /** Whether recent attempts all failed, so that waiting for the next one is not worth a request's time. */
  get down(): boolean {
    return this.#failures >= DOWN_AFTER;
  }

  started(now: number): void {
    this.#nextAt = now + this.intervalMs * (1 + Math.random() / 4);
  }

  /** The attempt failed, or its session ended before anything was heard on it. */
  failed(now: number): void {
    this.#failures++;
    const backoff = Math.min(2 ** (this.#failures - 1), MAX_BACKOFF) * this.intervalMs;
    this.#nextAt = Math.max(this.#nextAt, now + backoff * (0.75 + Math.random() / 2));
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
