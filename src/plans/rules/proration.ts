import { isTrial } from '../catalogue/plan-status.js';
import { RuleError } from '../catalogue/rule-error.js';
import { renewalOrEnd, startOfNextCycle } from './calendar.js';
import type { PlanTerms } from './plan-terms.js';

/**
 * What one license added at `at` costs for the rest of the cycle, in whole cents: the price by the share of time that is left, half a cent
 * rounded up. In a trial it is the full price, since no cycle has begun. Rounded per license, then multiplied by their number; the order
 * of these operations is part of the rule, for the last cent depends on it.
 *
 * @param lastRenewalAt the last renewal at or before `at`
 */
export function extraLicensePrice(plan: PlanTerms, at: Date, lastRenewalAt: Date): number {
  if (plan.pricePerLicense === null) throw new RuleError('no-price');
  if (isTrial(plan.status)) return plan.pricePerLicense;
  const left = renewalOrEnd(plan, at).getTime() - at.getTime();
  const cycle = startOfNextCycle(plan, at).getTime() - lastRenewalAt.getTime();
  return Math.floor(plan.pricePerLicense * (left / cycle) + 0.5);
}
