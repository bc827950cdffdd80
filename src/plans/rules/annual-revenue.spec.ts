import { expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../catalogue/plan-status.js';
import { TIER } from '../catalogue/tiers.js';
import { annualRevenue } from './annual-revenue.js';
import type { PlanTerms } from './plan-terms.js';

const BUSINESS: Pick<PlanTerms, 'tier' | 'status' | 'billingSchedule' | 'fixedPrice' | 'pricePerLicense'> = {
  tier: TIER.business,
  status: STATUS.active,
  billingSchedule: SCHEDULE.annual,
  fixedPrice: null,
  pricePerLicense: 8_000,
};

it.each([
  ['an annual plan brings its price once', {}, 30, 240_000],
  [
    'a monthly plan brings its price twelve times',
    { billingSchedule: SCHEDULE.monthly, pricePerLicense: 800 },
    30,
    288_000,
  ],
  ['a trial counts as if it were paid', { status: STATUS.freeTrial }, 30, 240_000],
  [
    'a fixed price is that of a year, also paid by the month',
    { fixedPrice: 500_000, pricePerLicense: null, billingSchedule: SCHEDULE.monthly },
    30,
    500_000,
  ],
  ['a cancelled plan brings nothing', { status: STATUS.downgradeAtEndOfCycle }, 30, 0],
  ['a cancelled trial brings nothing', { status: STATUS.downgradeAtEndOfFreeTrial }, 30, 0],
  ['complimentary access brings nothing', { tier: TIER.complimentary, pricePerLicense: 0 }, 30, 0],
  ['Community brings nothing', { tier: TIER.community, pricePerLicense: 0 }, 30, 0],
  [
    'a plan that is about to change its schedule brings what it does now',
    { status: STATUS.switchToMonthlyAtEndOfCycle },
    30,
    240_000,
  ],
  ['a plan without a ledger brings nothing', {}, null, 0],
] as const)('%s', (_what, plan, licenses, cents) => {
  expect(annualRevenue({ ...BUSINESS, ...plan }, licenses)).toBe(cents);
});
