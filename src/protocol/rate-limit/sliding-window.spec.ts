import { expect, it } from 'vitest';
import { SlidingWindow } from './sliding-window.js';

const SECOND = 1_000;

it('lets five a second through, and says when the sixth may come', () => {
  const window = new SlidingWindow();
  const answers = [0, 100, 200, 300, 400, 500].map((now) => window.hit(now, SECOND, 5));
  expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, true, true, true, false]);
  expect(answers.map(({ used }) => used)).toEqual([1, 2, 3, 4, 5, 5]);
  expect(answers[5]).toEqual({ allowed: false, used: 5, freeIn: 500, fullIn: 900 });
  expect(window.hit(999, SECOND, 5).allowed).toBe(false);
  expect(window.hit(1_000, SECOND, 5).allowed).toBe(true);
});

it('does not count what it refused', () => {
  const window = new SlidingWindow();
  for (let i = 0; i < 50; i++) window.hit(i * 10, SECOND, 2);
  expect(window.hit(1_000, SECOND, 2).allowed).toBe(true);
});

it('never lets more than the limit through in any window, however the requests fall', () => {
  const window = new SlidingWindow();
  const passed: number[] = [];
  let now = 0;
  let seed = 42;
  for (let i = 0; i < 20_000; i++) {
    seed = (seed * 16_807) % 2_147_483_647;
    now += seed % 7;
    if (window.hit(now, SECOND, 50).allowed) passed.push(now);
  }
  expect(passed.length).toBeGreaterThan(1_000);
  const crowded = passed.filter((at, i) => at - (passed[i - 50] ?? Number.NEGATIVE_INFINITY) < SECOND);
  expect(crowded).toEqual([]);
});

it('lets a client through that waits as long as it was told', () => {
  const window = new SlidingWindow();
  let now = 0;
  for (let i = 0; i < 2_000; i++) {
    const { allowed, freeIn } = window.hit(now, SECOND, 30);
    if (!allowed) {
      now += freeIn;
      expect(window.hit(now, SECOND, 30).allowed).toBe(true);
    }
    now += 3;
  }
});

it('starts afresh when the clock is set back, and bears small steps', () => {
  const window = new SlidingWindow();
  for (let i = 0; i < 3; i++) window.hit(1_000_000, SECOND, 3);
  expect(window.hit(999_900, SECOND, 3).allowed).toBe(false);
  expect(window.hit(0, SECOND, 3)).toMatchObject({ allowed: true, used: 1 });
});
