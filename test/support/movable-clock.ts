import { Clock } from '../../src/common/clock.js';

/** A clock that runs, and can be set: the whole service then lives on that day. */
export class MovableClock extends Clock {
  private offset = 0;

  now(): Date {
    return new Date(Date.now() + this.offset);
  }

  /** Sets the current instant; time goes on from there. */
  set(instant: Date | string): void {
    this.offset = new Date(instant).getTime() - Date.now();
  }

  /** Moves on by so many seconds. */
  advance(seconds: number): void {
    this.offset += seconds * 1_000;
  }
}
