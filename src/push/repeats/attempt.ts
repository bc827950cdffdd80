import type { PushOutcome } from '../push-outcome.js';

/** What one notification has reached so far, over all requests in which its server sent it. Holds no content. */
export class Attempt {
  /** Deliveries that were taken, or that somebody is still trying. */
  readonly taken = new Set<string>();
  /** Ends, and never badly, when the request that works on it ends. */
  over: Promise<unknown> = Promise.resolve();
  private owed = 0;

  /** Notes what became of deliveries, in order of their keys. */
  note(keys: readonly string[], outcomes: readonly (PushOutcome | undefined)[]): void {
    for (const [i, key] of keys.entries()) {
      if (outcomes[i]?.kind !== 'delivered') continue;
      this.taken.add(key);
      this.owed++;
    }
  }

  /** Runs what commits the deliveries that are not counted yet; where it fails they stay so. */
  async count<T>(commit: (deliveries: number) => Promise<T>): Promise<T> {
    const { owed } = this;
    this.owed = 0;
    try {
      return await commit(owed);
    } catch (error) {
      this.owed += owed;
      throw error;
    }
  }
}
