import { expect, test } from 'vitest';
import { TurnSum } from './turn-sum.js';

/** Adds numbers; each piece of work ends when it is let go. */
function adder() {
  const written: number[] = [];
  const ends: { resolve(): void; reject(error: Error): void }[] = [];
  const sum = new TurnSum<number, { total: number }>({
    start: () => ({ total: 0 }),
    add: (piece, value) => {
      piece.total += value;
    },
    write: ({ total }) => {
      written.push(total);
      return new Promise<void>((resolve, reject) => ends.push({ resolve, reject }));
    },
  });
  return { sum, written, ends };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what is asked in one turn is one piece of work, and all hear of its end', async () => {
  const { sum, written, ends } = adder();
  const asked = Promise.all([sum.add(1), sum.add(2), sum.add(3)]);
  expect(sum.snapshot()).toEqual({ batches: 0, inputs: 0, waiting: 3 });
  await turn();
  expect(written).toEqual([6]);
  ends[0]?.resolve();
  await asked;
  expect(sum.snapshot()).toEqual({ batches: 1, inputs: 3, waiting: 0 });
});

test('what comes while work is done makes the next piece, and nothing is done beside it', async () => {
  const { sum, written, ends } = adder();
  const first = sum.add(1);
  await turn();
  const later = [sum.add(10), sum.add(20)];
  await turn();
  expect(written).toEqual([1]);
  ends[0]?.resolve();
  await first;
  await turn();
  expect(written).toEqual([1, 30]);
  ends[1]?.resolve();
  await Promise.all(later);
});

test('a failure reaches those whose inputs were in it, and the next piece is done all the same', async () => {
  const { sum, written, ends } = adder();
  const unlucky = [sum.add(1), sum.add(2)].map((asked) => asked.catch((error: Error) => error.message));
  await turn();
  const lucky = sum.add(5);
  ends[0]?.reject(new Error('gone'));
  expect(await Promise.all(unlucky)).toEqual(['gone', 'gone']);
  await turn();
  expect(written).toEqual([3, 5]);
  ends[1]?.resolve();
  await lucky;
});
