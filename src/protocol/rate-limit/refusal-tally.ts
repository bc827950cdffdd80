/** How long refusals are added up before they are told; milliseconds. */
const SUM_MS = 60_000;

/** Whose refusals are told apart at once; what is beyond is added up under one name. */
const CAPACITY = 1_000;
const OTHERS = 'others';

/** Refusals that were not told one by one. */
export interface RefusalSum {
  /** A Zulip server's id, or the route where it is not known who asks. */
  readonly who: string;
  readonly refused: number;
}

/**
 * Tells of requests beyond a rate limit without a line for each: who sends fifty times as much as it may would otherwise fill the disk
 * and take the time of all others. The first refusal is told at once; those of the minute after it as one sum.
 */
export class RefusalTally {
  private readonly sums = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly tell: (sum: RefusalSum) => void) {}

  /** One refusal. Answers whether it is the first for a while, and is to be told by itself. */
  add(who: string): boolean {
    this.timer ??= setInterval(() => this.flush(), SUM_MS).unref();
    const known = this.sums.get(who);
    if (known !== undefined) {
      this.sums.set(who, known + 1);
      return false;
    }
    if (this.sums.size >= CAPACITY && who !== OTHERS) return this.add(OTHERS);
    this.sums.set(who, 0);
    return true;
  }

  /** Tells what was added up; whoever was quiet since the last time is forgotten. */
  flush(): void {
    for (const [who, refused] of this.sums) {
      if (refused > 0) {
        this.tell({ who, refused });
        this.sums.set(who, 0);
      } else this.sums.delete(who);
    }
  }

  /** Tells what is left, and ends. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.flush();
    this.sums.clear();
  }
}
