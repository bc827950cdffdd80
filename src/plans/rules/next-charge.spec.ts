import { describe, expect, it } from 'vitest';
import { aPlan, BASIC_MONTHLY, BUSINESS_MONTHLY, daysAfter, M1, T0, Y1 } from '../../../test/support/sample-plan.js';
import { SCHEDULE, STATUS } from '../catalogue/plan-status.js';
import { TIER } from '../catalogue/tiers.js';
import { displayTotal } from './money.js';
import { nextCharge, renewsOn } from './next-charge.js';
import type { PlanTerms } from './plan-terms.js';

const left = (flatDiscountedMonths: number) => ({ flatDiscount: 2_000, flatDiscountedMonths });
const END = daysAfter(T0, 30);
const TRIAL = { ...BASIC_MONTHLY, status: STATUS.freeTrial, nextInvoiceDate: END } as const;
const FIXED = { pricePerLicense: null, fixedPrice: 120_000, endDate: Y1 } as const;
const MONTHLY_FIXED = { ...FIXED, billingSchedule: SCHEDULE.monthly };

const VECTORS: readonly [string, Partial<PlanTerms>, number, number, string | null][] = [
  ['BUY-3: a renewal when the discount is used up', {}, 25, 0, '2,000.00'],
  ['ADD-3: of the licenses for it', {}, 35, 0, '2,800.00'],
  ['FT-1: after a trial', TRIAL, 18, 12, '43.00'],
  ['FT-2: after a trial, 11 users', TRIAL, 11, 12, '18.50'],
  ['FT-2: after a trial, 16 users', TRIAL, 16, 12, '36.00'],
  ['FT-2: after a trial, 28 users', TRIAL, 28, 12, '78.00'],
  ['FX-6: an instalment', MONTHLY_FIXED, 0, 12, '100.00'],
  ['a fixed price that ends with the cycle', FIXED, 0, 12, null],
  ['a plan that ends with the cycle', { endDate: Y1 }, 25, 0, null],
  ['a cancelled plan', { status: STATUS.downgradeAtEndOfCycle }, 25, 0, null],
  ['a cancelled trial', { ...TRIAL, status: STATUS.downgradeAtEndOfFreeTrial }, 18, 12, null],
  ['what is free', { tier: TIER.complimentary, pricePerLicense: 0 }, 9, 12, null],
];

describe('the next payment', () => {
  it.each(VECTORS)('%s', (_name, given, licenses, months, shown) => {
    const { due } = nextCharge({ plan: aPlan(given), licenses, lastRenewalAt: T0, flatDiscount: left(months) });
    expect(due === null ? null : displayTotal(due)).toBe(shown);
  });

  it('LEG-3: before a plan that waits is that one’s first', () => {
    const plan = aPlan({ status: STATUS.neverStarted, billingCycleAnchor: END, nextInvoiceDate: END });
    const charge = nextCharge({ plan, licenses: 25, lastRenewalAt: null, flatDiscount: left(12) });
    expect(charge).toEqual({
      due: 176_000,
      amount: 200_000,
      discount: { months: 12, amount: 24_000 },
      schedule: SCHEDULE.annual,
    });
  });

  it.each([
    ['annual', STATUS.switchToAnnualAtEndOfCycle, BUSINESS_MONTHLY, 8_000, 30, 3, 234_000],
    ['monthly', STATUS.switchToMonthlyAtEndOfCycle, {}, 800, 30, 3, 22_000],
  ] as const)(
    'before a switch to %s has that schedule’s price and discount',
    (_name, status, given, switchedPrice, licenses, months, due) => {
      const plan = aPlan({ ...given, status });
      const charge = nextCharge({ plan, licenses, lastRenewalAt: T0, flatDiscount: left(months), switchedPrice });
      expect(charge.due).toBe(due);
    },
  );

  it('is the last of a fixed price before the month it ends with', () => {
    const plan = aPlan(MONTHLY_FIXED);
    const charge = (lastRenewalAt: Date) => nextCharge({ plan, licenses: 0, lastRenewalAt, flatDiscount: left(0) }).due;
    expect(charge(new Date('2012-11-02T03:04:05Z'))).toBe(10_000);
    expect(charge(new Date('2012-12-02T03:04:05Z'))).toBeNull();
  });
});

describe('a plan renews', () => {
  it('at the end of its trial or cycle', () => {
    expect(renewsOn(aPlan(TRIAL), daysAfter(T0, 3))).toEqual(END);
    expect(renewsOn(aPlan(), daysAfter(T0, 3))).toEqual(Y1);
    expect(renewsOn(aPlan(BUSINESS_MONTHLY), daysAfter(T0, 3))).toEqual(M1);
  });
});
