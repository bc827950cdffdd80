import type { BatchSnapshot } from './turn-batcher.js';

/** One piece of work that is being gathered, or done. */
interface Piece<Sum> {
  readonly sum: Sum;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  inputs: number;
}

/** How what is asked becomes one sum, and what is done with it. */
export interface SumWork<In, Sum> {
  start(): Sum;
  add(sum: Sum, input: In): void;
  /** When it fails, all whose inputs it holds fail. */
  write(sum: Sum): Promise<unknown>;
}

/**
 * As `TurnBatcher`, for work that answers nothing to anybody in particular: each input is added to a sum as it comes and need not be
 * kept, and all wait for the same promise. One piece runs at a time; what comes meanwhile makes the next one, however much that is.
 */
export class TurnSum<In, Sum> {
  private gathering: Piece<Sum> | undefined;
  private busy = false;
  private batches = 0;
  private inputs = 0;

  constructor(private readonly work: SumWork<In, Sum>) {}

  /** Resolves when the work that holds this input is done. */
  add(input: In): Promise<void> {
    const piece = this.gathering ?? this.begin();
    this.work.add(piece.sum, input);
    piece.inputs++;
    return piece.done;
  }

  snapshot(): BatchSnapshot {
    return { batches: this.batches, inputs: this.inputs, waiting: this.gathering?.inputs ?? 0 };
  }

  private begin(): Piece<Sum> {
    let resolve: () => void = () => undefined;
    let reject: (error: unknown) => void = () => undefined;
    const done = new Promise<void>((fulfil, refuse) => {
      resolve = fulfil;
      reject = refuse;
    });
    const piece = { sum: this.work.start(), done, resolve, reject, inputs: 0 };
    this.gathering = piece;
    if (!this.busy) this.schedule();
    return piece;
  }

  private schedule(): void {
    this.busy = true;
    setImmediate(() => void this.run());
  }

  private async run(): Promise<void> {
    const piece = this.gathering;
    if (piece) {
      this.gathering = undefined;
      this.batches++;
      this.inputs += piece.inputs;
      try {
        await this.work.write(piece.sum);
        piece.resolve();
      } catch (error) {
        piece.reject(error);
      }
    }
    this.busy = false;
    if (this.gathering) this.schedule();
  }
}
