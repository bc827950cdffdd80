/** Things to stop at the end, the last started first; also when the benchmark fails or is interrupted. */
export class Cleanup {
  private readonly steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.steps.push(step);
  }

  /** Runs `work`, then every step, whatever happened. Ctrl-C ends the work the same way. */
  async after(work: () => Promise<void>): Promise<void> {
    let interrupt = () => undefined as undefined;
    const interrupted = new Promise<never>((_, reject) => {
      interrupt = () => void reject(new Error('interrupted'));
      process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    });
    try {
      await Promise.race([work(), interrupted]);
    } finally {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      for (const step of this.steps.reverse()) {
        try {
          await step();
        } catch (error) {
          process.stderr.write(`cleaning up: ${String(error)}\n`);
        }
      }
    }
  }
}
