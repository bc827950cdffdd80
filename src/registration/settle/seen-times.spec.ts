import { describe, expect, it } from 'vitest';
import { SeenTimes } from './seen-times.js';

describe('SeenTimes', () => {
  it('wants a time written at first, and again after ten seconds', () => {
    const seen = new SeenTimes();
    expect([0, 1, 9_999, 10_000, 10_001, 20_000].map((now) => seen.due('7', now))).toEqual([
      true,
      false,
      false,
      true,
      false,
      true,
    ]);
    expect(seen.due('8', 1)).toBe(true);
  });

  it('wants what could not be written the next time', () => {
    const seen = new SeenTimes();
    seen.due('7', 0);
    seen.forget(['7', '9']);
    expect(seen.due('7', 1)).toBe(true);
  });

  it('does not wait for a clock that was set back', () => {
    const seen = new SeenTimes();
    seen.due('7', 1_000_000);
    expect(seen.due('7', 900_000)).toBe(true);
  });

  it('remembers no more than a hundred thousand', () => {
    const seen = new SeenTimes();
    for (let id = 0; id <= 100_000; id++) seen.due(String(id), 0);
    expect(seen.due('0', 1)).toBe(true);
    expect(seen.due('100000', 1)).toBe(false);
  });
});
