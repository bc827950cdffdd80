import { expect, it } from 'vitest';
import { Clock } from '../../common/clock.js';
import { LocalLimits } from './local-limits.js';

class StoppedClock extends Clock {
  at = 0;
  now(): Date {
    return new Date(this.at);
  }
}

it('counts each key by itself', async () => {
  const limits = new LocalLimits(new StoppedClock());
  expect(await limits.increment('a', 1_000, 1)).toMatchObject({ isBlocked: false, totalHits: 1 });
  expect(await limits.increment('b', 1_000, 1)).toMatchObject({ isBlocked: false, totalHits: 1 });
  expect(await limits.increment('a', 1_000, 1)).toMatchObject({ isBlocked: true, timeToBlockExpire: 1_000 });
});

it('keeps counting a key across generations', async () => {
  const clock = new StoppedClock();
  const limits = new LocalLimits(clock);
  const passed = [];
  for (clock.at = 0; clock.at < 10_000; clock.at += 100) {
    if (!(await limits.increment('a', 1_000, 3)).isBlocked) passed.push(clock.at);
  }
  // Three in every second: the first three tenths, and again when each of them is over.
  expect(passed).toEqual(Array.from({ length: 10 }, (_, s) => [s * 1_000, s * 1_000 + 100, s * 1_000 + 200]).flat());
});

it('forgets keys whose window is over', async () => {
  const clock = new StoppedClock();
  const limits = new LocalLimits(clock);
  for (let i = 0; i < 100; i++) await limits.increment(`key ${i}`, 1_000, 5);
  expect(limits.size).toBe(100);
  for (clock.at = 1_000; clock.at <= 2_000; clock.at += 1_000) await limits.increment('another', 1_000, 5);
  expect(limits.size).toBe(2);
});

it('never remembers more keys than it may', async () => {
  const limits = new LocalLimits(new StoppedClock(), 10);
  for (let i = 0; i < 1_000; i++) {
    await limits.increment(`key ${i}`, 1_000, 5);
    expect(limits.size).toBeLessThanOrEqual(20);
  }
  expect((await limits.increment('key 999', 1_000, 1)).isBlocked).toBe(true);
});
