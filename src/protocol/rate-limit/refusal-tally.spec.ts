import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RefusalSum, RefusalTally } from './refusal-tally.js';

let told: RefusalSum[];
let tally: RefusalTally;
beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  tally = new RefusalTally((sum) => told.push(sum));
});
afterEach(() => {
  tally.stop();
  vi.useRealTimers();
});

describe('refusals beyond a rate limit', () => {
  it('are told at once the first time, and as a sum after a minute', () => {
    expect([1, 2, 3].map(() => tally.add('server 1'))).toEqual([true, false, false]);
    expect(tally.add('server 2')).toBe(true);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual([{ who: 'server 1', refused: 2 }]);
  });

  it('go on as sums while they go on', () => {
    tally.add('server 1');
    for (let minute = 0; minute < 3; minute++) {
      expect(tally.add('server 1')).toBe(false);
      vi.advanceTimersByTime(60_000);
    }
    expect(told.map(({ refused }) => refused)).toEqual([1, 1, 1]);
  });

  it('are told by themselves again after a quiet minute', () => {
    tally.add('server 1');
    vi.advanceTimersByTime(60_000);
    expect(tally.add('server 1')).toBe(true);
    expect(told).toEqual([]);
  });

  it('leave nothing untold when the service stops', () => {
    tally.add('server 1');
    tally.add('server 1');
    tally.stop();
    expect(told).toEqual([{ who: 'server 1', refused: 1 }]);
  });

  it('of more servers than are told apart are added up together', () => {
    for (let i = 0; i < 1_000; i++) tally.add(`server ${i}`);
    expect([tally.add('server 1000'), tally.add('server 1001')]).toEqual([true, false]);
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual([{ who: 'others', refused: 1 }]);
  });
});
