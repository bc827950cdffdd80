import { cycleMonths, isCancelled } from '../catalogue/plan-status.js';
import { TIER } from '../catalogue/tiers.js';
import type { PlanTerms } from './plan-terms.js';

/**
 * What a live plan brings in a year, in cents, if all stays as it is: a trial as if it were paid, a new customer's discount
 * left out. Nothing where nothing is paid (complimentary, Community) and where the plan is cancelled.
 *
 * @param licensesAtNextRenewal null: the plan's ledger has no row
 */
export function annualRevenue(
  plan: Pick<PlanTerms, 'tier' | 'status' | 'billingSchedule' | 'fixedPrice' | 'pricePerLicense'>,
  licensesAtNextRenewal: number | null,
): number {
  if (plan.tier === TIER.complimentary || plan.tier === TIER.community || isCancelled(plan.status)) return 0;
  if (plan.fixedPrice !== null) return plan.fixedPrice;
  const cyclesPerYear = 12 / cycleMonths(plan.billingSchedule);
  return (plan.pricePerLicense ?? 0) * (licensesAtNextRenewal ?? 0) * cyclesPerYear;
}
