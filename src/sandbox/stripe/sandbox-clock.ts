import { Clock } from '../../common/clock.js';

/** A clock that runs and can be moved, for a stand-in in a process of its own. */
export class SandboxClock extends Clock {
  private offset = 0;

  now(): Date {
    return new Date(Date.now() + this.offset);
  }

  /** Sets the current instant; time goes on from there. */
  set(instant: Date): void {
    this.offset = instant.getTime() - Date.now();
  }
}
