import { describe, expect, it } from 'vitest';
import { daysAfter, isByWeek, isDay, isRange, seriesOver } from './chart-range.js';

describe('a day', () => {
  it.each([
    ['2026-11-25', true],
    ['2024-02-29', true],
    ['2026-02-29', false],
    ['2026-13-01', false],
    ['2026-1-1', false],
    ['yesterday', false],
    ['2026-11-25T00:00:00Z', false],
  ])('%s: %s', (text, expected) => {
    expect(isDay(text)).toBe(expected);
  });

  it.each([
    ['2026-02-28', 1, '2026-03-01'],
    ['2027-01-01', -1, '2026-12-31'],
    ['2026-10-24', 3, '2026-10-27'],
  ])('%s and %i days is %s', (day, days, expected) => {
    expect(daysAfter(day, days)).toBe(expected);
  });
});

describe('a range', () => {
  it.each([
    ['2026-11-25', '2026-11-25', true],
    ['2026-11-26', '2026-11-25', false],
    ['1026-11-25', '2026-11-25', false],
  ])('from %s to %s: %s', (from, to, expected) => {
    expect(isRange({ from, to })).toBe(expected);
  });

  it('is shown by days for 130 days, and by weeks beyond', () => {
    expect(isByWeek({ from: '2026-01-01', to: daysAfter('2026-01-01', 129) })).toBe(false);
    expect(isByWeek({ from: '2026-01-01', to: daysAfter('2026-01-01', 130) })).toBe(true);
  });
});

describe('a series', () => {
  const values = new Map([
    ['2026-01-01', 5],
    ['2026-01-03', 7],
  ]);

  it('has nothing happening on days of which nothing is known, and no state on them', () => {
    const range = { from: '2026-01-01', to: '2026-01-03' };
    expect(seriesOver(range, 'flow', 'a', values).points.map(({ value }) => value)).toEqual([5, 0, 7]);
    expect(seriesOver(range, 'state', 'a', values).points.map(({ value }) => value)).toEqual([5, null, 7]);
  });

  it('of weeks sums what happened, and has the last state', () => {
    const range = { from: '2026-01-01', to: '2026-12-31' };
    const flow = seriesOver(range, 'flow', 'a', values).points;
    expect([flow.length, flow[0], flow[1]]).toEqual([
      53,
      { day: '2026-01-01', value: 12 },
      { day: '2026-01-08', value: 0 },
    ]);
    const state = seriesOver(range, 'state', 'a', values).points;
    expect([state[0]?.value, state[1]?.value]).toEqual([7, null]);
  });
});
