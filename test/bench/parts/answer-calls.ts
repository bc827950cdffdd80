/** Calls that a part of a benchmark answers, by name. Argument and result travel as JSON. */
export type Calls = Readonly<Record<string, (argument: never) => unknown>>;

/** A call on its way to a part, and its answer. */
export interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

/** Makes this process a part of a benchmark: answers calls until the benchmark lets go of it. See `part.ts`. */
export function answerCalls(calls: Calls): void {
  process.on('message', (call: Call) => {
    void answer(calls, call).then((message) => process.send?.(message));
  });
  // The benchmark may have been killed: nothing shall be left behind.
  process.once('disconnect', () => process.exit());
}

async function answer(calls: Calls, { id, name, argument }: Call): Promise<Answer> {
  try {
    const call = calls[name];
    if (!call) throw new Error(`there is no call ${name}`);
    return { id, result: (await call(argument as never)) ?? null };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
