/** A batcher at this moment, and since it was made. */
export interface BatchSnapshot {
  /** Pieces of work that were started. */
  readonly batches: number;
  /** What they were made of. */
  readonly inputs: number;
  /** Asked for and in no piece yet. */
  readonly waiting: number;
}

/**
 * Gathers what is asked in one turn of the event loop into one piece of work. Under load, a thousand look-ups a second become
 * a few dozen statements, and an idle service waits for nothing.
 *
 * At most `concurrency` pieces run at once; what is asked meanwhile waits and is gathered too.
 */
export class TurnBatcher<In, Out> {
  private waiting: { input: In; resolve: (out: Out) => void; reject: (error: unknown) => void }[] = [];
  private running = 0;
  private scheduled = false;
  private batches = 0;
  private inputs = 0;

  /**
   * @param work does a batch; answers one result per input, in order. When it fails, all of the batch fail.
   */
  constructor(
    private readonly work: (inputs: In[]) => Promise<Out[]>,
    private readonly limits: { readonly size: number; readonly concurrency: number } = { size: 500, concurrency: 4 },
  ) {}

  /** The result for one input. */
  ask(input: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, resolve, reject });
      this.schedule();
    });
  }

  snapshot(): BatchSnapshot {
    return { batches: this.batches, inputs: this.inputs, waiting: this.waiting.length };
  }

  private schedule(): void {
    if (this.scheduled || this.running >= this.limits.concurrency) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.start();
    });
  }

  private start(): void {
    const batch = this.waiting.splice(0, this.limits.size);
    if (batch.length === 0) return;
    this.running++;
    this.batches++;
    this.inputs += batch.length;
    void this.run(batch).finally(() => {
      this.running--;
      if (this.waiting.length > 0) this.schedule();
    });
    if (this.waiting.length > 0) this.schedule();
  }

  private async run(batch: typeof this.waiting): Promise<void> {
    try {
      const results = await this.work(batch.map((item) => item.input));
      for (const [i, item] of batch.entries()) item.resolve(results[i] as Out);
    } catch (error) {
      for (const item of batch) item.reject(error);
    }
  }
}
