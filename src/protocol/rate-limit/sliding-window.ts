/** What a limit says to one request. Times are milliseconds from now. */
export interface LimitState {
  readonly allowed: boolean;
  /** Requests within the window, this one included where it is allowed. */
  readonly used: number;
  /** Until another request is allowed; 0 where one is now. */
  readonly freeIn: number;
  /** Until the whole limit is there again. */
  readonly fullIn: number;
}

/** A window is cut into so many slots at most, which bounds its memory whatever the limit is. */
const SLOTS = 128;

/** Clocks that are set back by more than this, milliseconds, start the window afresh. */
const CLOCK_TOLERANCE = 1_000;

/**
 * Counts requests in the time just passed. Exact while requests come slower than the slots are long (1/128 of the window); faster
 * ones share a slot that leaves the window with its last request, so the limit is never exceeded. Each request costs amortised
 * constant time. Requests that were refused do not count.
 */
export class SlidingWindow {
  /** Time of the last request of each slot, oldest first, and how many there were; those before `head` are over. */
  private readonly ends: number[] = [];
  private readonly counts: number[] = [];
  private head = 0;
  private newestBegan = 0;
  private sum = 0;

  /** One request at `now`, for at most `limit` requests in `length` milliseconds. */
  hit(now: number, length: number, limit: number): LimitState {
    const at = this.settleClock(now);
    this.expire(at - length);
    const allowed = this.sum < limit;
    if (allowed) this.add(at, length / SLOTS);
    const oldest = this.ends[this.head] ?? at;
    return {
      allowed,
      used: this.sum,
      freeIn: this.sum < limit ? 0 : oldest + length - at,
      fullIn: this.newest(at) + length - at,
    };
  }

  private newest(otherwise: number): number {
    return this.ends.at(-1) ?? otherwise;
  }

  private settleClock(now: number): number {
    const newest = this.newest(now);
    if (now >= newest) return now;
    if (newest - now <= CLOCK_TOLERANCE) return newest;
    this.expire(newest);
    return now;
  }

  private expire(until: number): void {
    while (this.head < this.ends.length && (this.ends[this.head] as number) <= until) {
      this.sum -= this.counts[this.head] as number;
      this.head++;
    }
    if (this.head < this.ends.length && this.head < SLOTS) return;
    this.ends.splice(0, this.head);
    this.counts.splice(0, this.head);
    this.head = 0;
  }

  private add(at: number, slotLength: number): void {
    this.sum++;
    const last = this.ends.length - 1;
    if (last >= 0 && at - this.newestBegan < slotLength) {
      this.ends[last] = at;
      this.counts[last] = (this.counts[last] as number) + 1;
      return;
    }
    this.newestBegan = at;
    this.ends.push(at);
    this.counts.push(1);
  }
}
