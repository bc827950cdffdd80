import type { Clock } from '../../common/clock.js';
import { canonical, type FormTree } from './form-encoding.js';
import { keyInUse, keyReused } from './stripe-failure.js';

/** An answer as it is sent: status and JSON. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

interface Kept {
  readonly fingerprint: string;
  readonly since: number;
  answer?: Answer;
}

/** Stripe may forget a key after a day. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * Idempotency keys as Stripe treats them (docs.stripe.com/api/idempotent_requests): the first answer is kept, whether it was a
 * success or not, and given again for the same request; a request that never began leaves its key unused.
 */
export class IdempotencyKeys {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly clock: Clock) {}

  /**
   * The answer that was given before, or undefined: then the key is taken and {@link end} must follow.
   *
   * @throws StripeFailure where the key came with another request, or its first one still runs
   */
  begin(key: string, endpoint: string, tree: FormTree): Answer | undefined {
    const now = this.clock.millis();
    const fingerprint = `${endpoint} ${canonical(tree)}`;
    const known = this.kept.get(key);
    if (known && now - known.since < KEPT_MS) {
      if (known.fingerprint !== fingerprint) throw keyReused(key);
      if (!known.answer) throw keyInUse(key);
      return known.answer;
    }
    this.kept.set(key, { fingerprint, since: now });
    return undefined;
  }

  /** The request is over. Without an answer it counts as never begun. */
  end(key: string, answer: Answer | undefined): void {
    const known = this.kept.get(key);
    if (!known) return;
    if (answer) known.answer = answer;
    else this.kept.delete(key);
  }

  /** Forgets every key, as Stripe does after a day. */
  clear(): void {
    this.kept.clear();
  }
}
