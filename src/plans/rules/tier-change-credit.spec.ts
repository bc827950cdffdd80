import { describe, expect, it } from 'vitest';
import { daysAfter, M1, T0, Y1 } from '../../../test/support/sample-plan.js';
import { tierChangeCredit } from './tier-change-credit.js';

const month = (amount: number) => ({ amount, period: { start: T0, end: M1 } });
const year = (amount: number) => ({ amount, period: { start: T0, end: Y1 } });

describe('the credit for a change of tier', () => {
  it.each([
    ['TC-1', month(9 * 800), T0, 7_200],
    ['TC-2', month(18 * 350), daysAfter(T0, 15), 3_252],
    ['TC-4', month(18 * 350), daysAfter(T0, 1), 6_097],
    ['TC-4', month(18 * 350), daysAfter(T0, 10), 4_268],
    ['TC-4', month(18 * 350), daysAfter(T0, 20), 2_236],
    ['TC-5', year(30 * 4_200), daysAfter(T0, 100), 91_574],
  ])('%s: is what is left of what was invoiced', (_name, charge, at, credit) => {
    expect(tierChangeCredit([charge], at)).toBe(credit);
  });

  it('TC-3: is not more than the customer paid: 4300 where the original service credits 6300', () => {
    expect(tierChangeCredit([month(18 * 350 - 2_000)], T0)).toBe(4_300);
    expect(tierChangeCredit([month(18 * 350 - 2_000)], daysAfter(T0, 15.5))).toBe(2_150);
  });

  it('counts licenses that were added and billed since, each for the time it was billed for', () => {
    // 18 × 350 × 16/31, and 5 × 327 × 16/29.
    const added = { amount: 1_635, period: { start: daysAfter(T0, 2), end: M1 } };
    const credit = Math.ceil((6_300 * 16) / 31 + (1_635 * 16) / 29);
    expect(tierChangeCredit([month(6_300), added], daysAfter(T0, 15))).toBe(credit);
  });

  it('is nothing at the end of the cycle, and never a charge', () => {
    expect(tierChangeCredit([month(6_300)], M1)).toBe(0);
    expect(tierChangeCredit([month(350 - 2_000)], T0)).toBe(0);
    expect(tierChangeCredit([], T0)).toBe(0);
  });
});
