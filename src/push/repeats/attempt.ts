import type { PushOutcome } from '../push-outcome.js';

/** What one notification has reached so far, over all requests in which its server sent it. Holds no content. */
export class Attempt {
  /** Deliveries that were taken, or that somebody is still trying. */
  readonly taken = new Set<string>();
  /** Ends, and never badly, when the request that works on it ends. */
  over: Promise<unknown> = Promise.resolve();
  private owed = 0;

  /** Notes what became of deliveries, in their order. */
  note(deliveries: readonly { readonly key: string }[], outcomes: readonly (PushOutcome | undefined)[]): void {
    for (let i = 0; i < deliveries.length; i++) {
      const delivery = deliveries[i];
      if (outcomes[i]?.kind !== 'delivered' || !delivery) continue;
      this.taken.add(delivery.key);
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
