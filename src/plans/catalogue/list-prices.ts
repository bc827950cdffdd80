import { SCHEDULE, type Schedule } from './plan-status.js';
import { RuleError } from './rule-error.js';
import { TIER } from './tiers.js';

/** Cents per license, by tier: `[annual, monthly]`, each for a whole cycle. Basic has no annual saving. */
const LIST: Readonly<Record<number, readonly [number, number]>> = {
  [TIER.complimentary]: [0, 0],
  [TIER.basic]: [4_200, 350],
  [TIER.business]: [8_000, 800],
};

/**
 * The list price of one license for one cycle, in cents.
 *
 * @throws RuleError `unknown-tier` for what is not sold by the license, `unknown-schedule`
 */
export function listPrice(tier: number, schedule: Schedule): number {
  const prices = LIST[tier];
  if (!prices) throw new RuleError('unknown-tier');
  if (schedule === SCHEDULE.annual) return prices[0];
  if (schedule === SCHEDULE.monthly) return prices[1];
  throw new RuleError('unknown-schedule');
}

/** Commercial terms that hold unless a customer negotiated others. */
export const TERMS = {
  /** Cents off per month for a new customer. */
  flatDiscount: 2_000,
  /** Billed months for which a new customer gets it. */
  flatDiscountedMonths: 12,
  /** Fewest licenses of Business. */
  businessMinimum: 25,
  /** Most licenses that the flat discount may demand of Basic. */
  basicMinimumCap: 10,
  /** Months that a fixed price is agreed for. */
  fixedPriceMonths: 12,
  /** Days to pay a renewal or extra licenses by invoice. */
  renewalDueDays: 15,
  /** The most cents that one invoice can ask for (docs.stripe.com/currencies: eight digits). */
  largestCharge: 99_999_999,
  /** Days to pay an upgrade by invoice; it takes effect whenever it is paid. */
  upgradeDueDays: 1,
} as const;
