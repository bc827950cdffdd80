import { SCHEDULE, type Schedule } from '../catalogue/plan-status.js';
import { RuleError } from '../catalogue/rule-error.js';
import type { PlanTerms } from './plan-terms.js';

/** One payment of a yearly fixed price, in cents: all of it, or a twelfth rounded up to a whole cent. */
export function instalment(fixedPrice: number, schedule: Schedule): number {
  return schedule === SCHEDULE.annual ? fixedPrice : Math.ceil(fixedPrice / 12);
}

/** What one cycle of a plan costs, in cents, for that many licenses; they do not matter to a fixed price. */
export function cyclePrice(
  plan: Pick<PlanTerms, 'fixedPrice' | 'pricePerLicense' | 'billingSchedule'>,
  licenses: number,
): number {
  if (plan.fixedPrice !== null) return instalment(plan.fixedPrice, plan.billingSchedule);
  if (plan.pricePerLicense === null) throw new RuleError('no-price');
  return plan.pricePerLicense * licenses;
}

/** What decides whether a negotiated fixed price holds for a purchase. */
export interface Offer {
  readonly tier: number;
  /** Cents a year. */
  readonly fixedPrice: number | null;
  readonly status: number;
}

/** Whether an offer is still to be taken. */
export const OFFER_STATUS = { configured: 1, processed: 2 } as const;

/** Whether somebody who buys `tier` buys it at the offer's price. */
export function isApplicable(offer: Offer | null, requiredPlanTier: number | null, tier: number): boolean {
  return (
    offer !== null &&
    offer.status === OFFER_STATUS.configured &&
    offer.fixedPrice !== null &&
    offer.tier === tier &&
    requiredPlanTier === tier
  );
}
