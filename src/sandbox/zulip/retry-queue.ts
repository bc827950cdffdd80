import { setTimeout as sleep } from 'node:timers/promises';
import { BouncerError } from './bouncer-client.js';

const RETRIES = 3;
const PAUSE_MS = 200;

/**
 * Does work from one of Zulip's queues: what failed for a passing reason is put back, three times at most. `passing` says which refusals
 * count as such, besides network faults and 5xx answers.
 *
 * @throws BouncerError the last one
 */
export async function fromQueue<T>(
  work: () => Promise<T>,
  passing: (error: BouncerError) => boolean = () => false,
): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await work();
    } catch (error) {
      const again = error instanceof BouncerError && (error.kind === 'retry-later' || passing(error));
      if (!again || retries === RETRIES) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
