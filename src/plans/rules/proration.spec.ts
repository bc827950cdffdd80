import { describe, expect, it } from 'vitest';
import {
  aPlan,
  BASIC_ANNUAL,
  BASIC_MONTHLY,
  BUSINESS_MONTHLY,
  daysAfter,
  M1,
  M2,
  T0,
} from '../../../test/support/sample-plan.js';
import { STATUS } from '../catalogue/plan-status.js';
import type { PlanTerms } from './plan-terms.js';
import { extraLicensePrice } from './proration.js';

const MARCH = new Date('2012-03-02T03:04:05Z');
const MID_FEBRUARY = new Date('2012-02-17T00:00:00Z');

const VECTORS: readonly [string, Partial<PlanTerms>, Date, Date, number][] = [
  ['ADD-1: Basic monthly, day 2', BASIC_MONTHLY, daysAfter(T0, 2), T0, 327],
  ['ADD-3: Business annual, day 2', {}, daysAfter(T0, 2), T0, 7_956],
  ['ADD-4: Business annual, day 100', {}, daysAfter(T0, 100), T0, 5_814],
  ['ADD-5: Business annual, day 400', {}, daysAfter(T0, 400), new Date('2013-01-02T03:04:05Z'), 7_255],
  ['ADD-6: Business annual, day 10', {}, daysAfter(T0, 10), T0, 7_781],
  ['ADD-6: Business annual, day 15', {}, daysAfter(T0, 15), T0, 7_672],
  ['ADD-6: Business annual, day 20', {}, daysAfter(T0, 20), T0, 7_563],
  ['ADD-6: Business annual, day 25', {}, daysAfter(T0, 25), T0, 7_454],
  ['ADD-7: Business annual, a month in', {}, M1, T0, 7_322],
  ['ADD-8: Business annual from the next month, a month in', { billingCycleAnchor: M1 }, M2, M1, 7_366],
  [
    'ADD-9: Business annual, ten months in',
    { billingCycleAnchor: MARCH },
    new Date('2013-01-02T03:04:05Z'),
    MARCH,
    1_293,
  ],
  ['ADD-10: Basic monthly, day 16', BASIC_MONTHLY, daysAfter(T0, 16), T0, 169],
  ['ADD-10: Basic monthly, day 30', BASIC_MONTHLY, daysAfter(T0, 30), T0, 11],
  ['ADD-11: Basic annual, day 100', BASIC_ANNUAL, daysAfter(T0, 100), T0, 3_052],
  ['ADD-11: Basic annual, a month in', BASIC_ANNUAL, M1, T0, 3_844],
  ['ADD-12: Business monthly, half-way', BUSINESS_MONTHLY, daysAfter(T0, 15.5), T0, 400],
  ['ADD-13: Business annual with an end, day 10', { endDate: M2 }, daysAfter(T0, 10), T0, 1_093],
  [
    'ADD-14: Basic monthly, renewed, with an end',
    { ...BASIC_MONTHLY, endDate: MID_FEBRUARY },
    new Date('2012-02-05T03:04:05Z'),
    M1,
    143,
  ],
  ['a whole cycle ahead', {}, T0, T0, 8_000],
  ['a trial', { ...BASIC_MONTHLY, status: STATUS.freeTrial }, daysAfter(T0, 20), T0, 350],
];

describe('what one more license costs', () => {
  it.each(VECTORS)('%s', (_name, given, at, lastRenewalAt, price) => {
    expect(extraLicensePrice(aPlan(given), at, lastRenewalAt)).toBe(price);
  });

  it('is no question of a fixed price', () => {
    const plan = aPlan({ pricePerLicense: null, fixedPrice: 120_000 });
    expect(() => extraLicensePrice(plan, M1, T0)).toThrow('no-price');
  });
});
