import type { Clock } from '../../common/clock.js';
import type { LimitAnswer } from './limit-answer.js';

/** Whose refusals are remembered at once; beyond that all are forgotten, which costs a look at the limit for each. */
const CAPACITY = 1_000;

/** An answer with which a request is refused. */
export type LimitRefusal = LimitAnswer & { readonly freeAt: number };

interface Standing {
  readonly refusal: LimitRefusal;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
  readonly until: number;
}

/**
 * Refusals that are still true. A full window is made free by nothing but time, and requests that are refused do not count: until the
 * time that the first one was told, every other gets the same answer, and neither the window nor Redis has to be asked for it.
 */
export class StandingRefusals {
  private readonly standing = new Map<string, Standing>();
  /** When the last of them is over. */
  private lastUntil = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly capacity = CAPACITY,
  ) {}

  /** Whether anybody is refused now; costs next to nothing where nobody is. */
  get any(): boolean {
    if (this.standing.size === 0) return false;
    if (this.clock.millis() < this.lastUntil) return true;
    this.forgetAll();
    return false;
  }

  /** With what `who` is refused now. */
  find(who: string): LimitRefusal | undefined {
    const found = this.standing.get(who);
    if (!found) return undefined;
    const now = this.clock.millis();
    // A clock that was set back says nothing of how much is left.
    if (now >= found.since && now < found.until) return found.refusal;
    this.standing.delete(who);
    return undefined;
  }

  /**
   * @param since when the limit was asked, milliseconds since the Unix epoch
   * @param until when the refusal stops to be certain: not after the window becomes free, or a client that waits as it was told by another
   *   node would be refused
   */
  add(who: string, refusal: LimitRefusal, since: number, until: number): void {
    if (this.standing.size >= this.capacity) this.forgetAll();
    this.standing.set(who, { refusal, since, until });
    this.lastUntil = Math.max(this.lastUntil, until);
  }

  /** How many are remembered. */
  get size(): number {
    return this.standing.size;
  }

  private forgetAll(): void {
    this.standing.clear();
    this.lastUntil = Number.NEGATIVE_INFINITY;
  }
}
