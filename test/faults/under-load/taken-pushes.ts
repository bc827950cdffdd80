/** One time that a phone's provider took a push. */
export interface Take {
  readonly at: number;
  /** Whether its answer may not have reached the sender, and no protocol can tell it: the connection was cut before. */
  cut: boolean;
  /** Whether the network held the answer back. */
  heldUp: boolean;
}

/** For so long the service waits for an answer; silence that lasted longer ends in another try. Milliseconds. */
const PATIENCE = 4_900;

/** What became of all pushes of one kind. */
export interface TakenSummary {
  readonly taken: number;
  /** Of the pushes that were to be taken. */
  readonly missing: number;
  /** Taken again although the sender could know that they had been taken. */
  readonly doubled: number;
  /** Taken again after a connection was cut between the provider's taking it and its answer. */
  readonly doubledByCut: number;
  /** Taken again after the network had held the answer back for as long as anybody waits. */
  readonly doubledBySilence: number;
}

/** Every push that a provider took, by the number that its content carries, and how often. */
export class TakenPushes {
  private readonly takes = new Map<number, Take[]>();
  private readonly recent: Take[] = [];
  count = 0;

  add(push: number, heldUp: boolean): Take {
    const take: Take = { at: performance.now(), cut: false, heldUp };
    const takes = this.takes.get(push);
    if (takes) takes.push(take);
    else this.takes.set(push, [take]);
    this.count++;
    this.recent.push(take);
    if (this.recent.length > 4_096) this.recent.splice(0, 2_048);
    return take;
  }

  has(push: number): boolean {
    return this.takes.has(push);
  }

  /** The answers of the last second may be on a network that begins to hold everything back. */
  holdUpRecent(): void {
    const since = performance.now() - 1_000;
    for (const take of this.recent) if (take.at >= since) take.heldUp = true;
  }

  /** Pushes that were taken more than once. */
  repeated(): number[] {
    return [...this.takes].flatMap(([push, takes]) => (takes.length > 1 ? [push] : []));
  }

  /** Judges all pushes with numbers below `total`. */
  summary(total: number): TakenSummary {
    const sums = { taken: 0, missing: 0, doubled: 0, doubledByCut: 0, doubledBySilence: 0 };
    for (let push = 0; push < total; push++) {
      const takes = this.takes.get(push) ?? [];
      if (takes.length === 0) sums.missing++;
      else sums.taken++;
      for (let i = 1; i < takes.length; i++) sums[reason(takes[i - 1]!, takes[i]!)]++;
    }
    return sums;
  }
}

function reason(before: Take, after: Take): 'doubled' | 'doubledByCut' | 'doubledBySilence' {
  if (before.cut) return 'doubledByCut';
  return before.heldUp && after.at - before.at >= PATIENCE ? 'doubledBySilence' : 'doubled';
}
