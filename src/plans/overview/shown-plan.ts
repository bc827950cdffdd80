import { isCancelled, isTrial } from '../catalogue/plan-status.js';
import { tierName } from '../catalogue/tiers.js';
import type { Plan } from '../ledger/plan.entity.js';
import type { ShownPlan } from './plan-overview.js';

/** A plan as pages show it. */
export function shownPlan(plan: Plan): ShownPlan {
  const { id, tier, status, pricePerLicense, fixedPrice, automanageLicenses, chargeAutomatically } = plan;
  return {
    ...{ id, tier, status, pricePerLicense, fixedPrice, automanageLicenses, chargeAutomatically },
    name: tierName(tier),
    schedule: plan.billingSchedule,
    percentOff: plan.discount,
    startsAt: plan.billingCycleAnchor,
    endsAt: plan.endDate,
    trialEndsAt: isTrial(status) ? plan.nextInvoiceDate : null,
    isCancelled: isCancelled(status),
  };
}
