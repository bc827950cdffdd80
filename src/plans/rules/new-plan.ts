import { TERMS } from '../catalogue/list-prices.js';
import { STATUS } from '../catalogue/plan-status.js';
import { addMonths, nextBillingCycle, wholeSeconds } from './calendar.js';
import type { PlanTerms } from './plan-terms.js';

/** The dates that a plan is made with. */
export type PlanDates = Pick<PlanTerms, 'billingCycleAnchor' | 'nextInvoiceDate' | 'endDate'>;

const DAY = 86_400_000;

/** Of a plan that is paid: invoicing looks at it monthly, whatever its schedule. */
export function paidPlanDates(at: Date, hasFixedPrice: boolean): PlanDates {
  const anchor = wholeSeconds(at);
  return { billingCycleAnchor: anchor, nextInvoiceDate: addMonths(anchor, 1), endDate: end(anchor, hasFixedPrice) };
}

/** Of a free trial: it is looked at when it ends. */
export function trialDates(at: Date, days: number): PlanDates {
  const anchor = wholeSeconds(at);
  return {
    billingCycleAnchor: anchor,
    nextInvoiceDate: new Date(anchor.getTime() + days * DAY),
    endDate: null,
  };
}

/** Of a plan that nothing was billed for and that starts at `start`: after another plan, on another schedule or tier. */
export function unbilledPlanDates(start: Date, hasFixedPrice: boolean): PlanDates {
  const anchor = wholeSeconds(start);
  return { billingCycleAnchor: anchor, nextInvoiceDate: anchor, endDate: end(anchor, hasFixedPrice) };
}

/** Of complimentary access until `until`. */
export function complimentaryDates(at: Date, until: Date): PlanDates {
  return { billingCycleAnchor: wholeSeconds(at), nextInvoiceDate: until, endDate: until };
}

/**
 * Whether a fixed price may be agreed for the time after a plan that is paid for: it has an end, and nothing more of it is outstanding.
 *
 * @param lastRenewalAt time of the ledger's last renewal row
 */
export function maySchedulePlanAfter(plan: PlanTerms, lastRenewalAt: Date): boolean {
  if (plan.endDate === null || plan.status === STATUS.switchPlanAtPlanEnd) return false;
  return nextBillingCycle(plan, lastRenewalAt).getTime() === plan.endDate.getTime();
}

function end(anchor: Date, hasFixedPrice: boolean): Date | null {
  return hasFixedPrice ? addMonths(anchor, TERMS.fixedPriceMonths) : null;
}
