import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TurnBatcher } from './turn-batcher.js';

/** A batcher whose batches wait until the test lets them go, in order. */
function aBatcher(limits?: { size: number; concurrency: number }) {
  const batches: number[][] = [];
  const gates: { open: () => void; fail: (error: Error) => void }[] = [];
  const batcher = new TurnBatcher<number, string>(async (inputs) => {
    batches.push(inputs);
    await new Promise<void>((open, fail) => gates.push({ open, fail }));
    return inputs.map((input) => `out ${input}`);
  }, limits);
  const ask = (...inputs: number[]) => Promise.all(inputs.map((input) => batcher.ask(input)));
  return { batcher, batches, gates, ask };
}

describe('a batcher of turns', () => {
  it('does what is asked in one turn in one piece, and gives each its own result', async () => {
    const { batches, gates, ask } = aBatcher();
    const answers = ask(1, 2, 3);
    expect(batches).toEqual([]);
    await turn();
    expect(batches).toEqual([[1, 2, 3]]);
    gates[0]?.open();
    expect(await answers).toEqual(['out 1', 'out 2', 'out 3']);
  });

  it('starts another piece for what is asked in a later turn', async () => {
    const { batches, gates, ask } = aBatcher();
    const first = ask(1);
    await turn();
    const second = ask(2);
    await turn();
    expect(batches).toEqual([[1], [2]]);
    gates[1]?.open();
    expect(await second).toEqual(['out 2']);
    gates[0]?.open();
    expect(await first).toEqual(['out 1']);
  });

  it('gathers what is asked while as many pieces run as may', async () => {
    const { batches, gates, ask } = aBatcher({ size: 10, concurrency: 1 });
    const first = ask(1);
    await turn();
    const waiting = [ask(2), ask(3)];
    await turn();
    await turn();
    expect(batches).toEqual([[1]]);
    gates[0]?.open();
    await first;
    await turn();
    expect(batches).toEqual([[1], [2, 3]]);
    gates[1]?.open();
    expect(await Promise.all(waiting)).toEqual([['out 2'], ['out 3']]);
  });

  it('cuts pieces at their size and does them side by side', async () => {
    const { batches, gates, ask } = aBatcher({ size: 2, concurrency: 2 });
    const answers = ask(1, 2, 3, 4, 5);
    await turn();
    await turn();
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
    gates[0]?.open();
    gates[1]?.open();
    await turn();
    await turn();
    expect(batches[2]).toEqual([5]);
    gates[2]?.open();
    expect(await answers).toEqual(['out 1', 'out 2', 'out 3', 'out 4', 'out 5']);
  });

  it('tells all of a piece that it failed, and goes on', async () => {
    const { gates, ask, batcher } = aBatcher({ size: 10, concurrency: 1 });
    const failed = Promise.allSettled([batcher.ask(1), batcher.ask(2)]);
    await turn();
    const next = ask(3);
    gates[0]?.fail(new Error('broken'));
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await turn();
    gates[1]?.open();
    expect(await next).toEqual(['out 3']);
  });
});
