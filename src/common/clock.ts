/**
 * The one source of the current time. Whatever depends on the date asks it, never the database's `now()`, so that a test can
 * run the whole service on another day (docs/architecture.md, Time).
 */
export abstract class Clock {
  /** The current instant, UTC. */
  abstract now(): Date;

  /** Milliseconds since the Unix epoch. */
  millis(): number {
    return this.now().getTime();
  }

  /** Whole seconds since the Unix epoch, rounded down. */
  seconds(): number {
    return Math.floor(this.millis() / 1000);
  }
}

/** The process's clock: reads `Date`. */
export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  override millis(): number {
    return Date.now();
  }
}
