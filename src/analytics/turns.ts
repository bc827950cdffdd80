import { setImmediate } from 'node:timers/promises';

/** Milliseconds after which long work lets others have their turn: a notification must not wait for somebody's statistics. */
const TURN_MILLIS = 8;

/** Cuts long work into turns of the event loop. Call `pause` wherever the work can be left. */
export class Turns {
  private until = performance.now() + TURN_MILLIS;

  /** Goes on at once while the turn lasts, else in the next one. */
  async pause(): Promise<void> {
    if (performance.now() < this.until) return;
    await setImmediate();
    this.until = performance.now() + TURN_MILLIS;
  }
}
