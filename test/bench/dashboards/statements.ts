import pg from 'pg';

/** A statement that ended. */
export interface Statement {
  readonly text: string;
  readonly millis: number;
}

type Query = (...args: unknown[]) => unknown;

/** Sees every statement of this process, whichever pool it goes through, from its sending to its answer. */
export class StatementWatch {
  private seen: Statement[] | undefined;

  install(): void {
    const original = pg.Client.prototype.query as unknown as Query;
    const note = (args: readonly unknown[], since: number) => {
      const [first] = args;
      const text = typeof first === 'string' ? first : ((first as { text?: string } | undefined)?.text ?? '');
      this.seen?.push({ text, millis: performance.now() - since });
    };
    pg.Client.prototype.query = function watched(this: unknown, ...args: unknown[]) {
      const since = performance.now();
      const last = args.at(-1);
      if (typeof last === 'function') {
        const callback = last as Query;
        return original.apply(this, [
          ...args.slice(0, -1),
          (...results: unknown[]) => {
            note(args, since);
            return callback(...results);
          },
        ]);
      }
      const result = original.apply(this, args);
      if (result instanceof Promise) result.then(() => note(args, since)).catch(() => undefined);
      return result;
    } as unknown as typeof pg.Client.prototype.query;
  }

  /** The statements that end while `work` runs. */
  async during(work: () => Promise<unknown>): Promise<Statement[]> {
    const seen: Statement[] = [];
    this.seen = seen;
    try {
      await work();
    } finally {
      this.seen = undefined;
    }
    return seen;
  }
}
