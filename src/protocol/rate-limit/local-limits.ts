import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Clock } from '../../common/clock.js';
import { type LimitState, SlidingWindow } from './sliding-window.js';

/** What the throttler hears; we give its times in milliseconds, since clients are told fractions of seconds. */
export type LimitRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Keys counted at once, in each of the two generations. */
const CAPACITY = 25_000;

/**
 * Counts requests in this process alone. Windows live in two generations: one that is asked for moves to the young one, and those
 * that nobody has asked for while a whole generation came and went are over, and go together. So forgetting costs nothing by the
 * request. Only where there are more keys than there is room for does a window go before its time.
 */
export class LocalLimits implements ThrottlerStorage {
  private young = new Map<string, SlidingWindow>();
  private old = new Map<string, SlidingWindow>();
  private youngSince = Number.NEGATIVE_INFINITY;
  /** The longest window asked for: a generation lasts so long. */
  private longest = 0;

  constructor(
    private readonly clock: Clock,
    private readonly capacity = CAPACITY,
  ) {}

  /** One request of `key`, for at most `limit` in `ttl` milliseconds. */
  increment(key: string, ttl: number, limit: number): Promise<LimitRecord> {
    const now = this.clock.millis();
    if (ttl > this.longest) this.longest = ttl;
    const age = now - this.youngSince;
    if (age >= this.longest || age < 0 || this.young.size >= this.capacity) this.age(now);
    let window = this.young.get(key);
    if (!window) {
      window = this.old.get(key) ?? new SlidingWindow();
      this.young.set(key, window);
    }
    return Promise.resolve(toRecord(window.hit(now, ttl, limit)));
  }

  /** How many windows are remembered; one may stand in both generations. */
  get size(): number {
    return this.young.size + this.old.size;
  }

  private age(now: number): void {
    this.old = this.young;
    this.young = new Map();
    this.youngSince = now;
  }
}

/** A limit's answer in the throttler's words. */
export function toRecord({ allowed, used, freeIn, fullIn }: LimitState): LimitRecord {
  return { totalHits: used, timeToExpire: fullIn, isBlocked: !allowed, timeToBlockExpire: freeIn };
}
