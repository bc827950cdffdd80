import { SCHEDULE, type Schedule, STATUS } from '../catalogue/plan-status.js';
import { isPaid } from '../catalogue/tiers.js';
import type { PlanTerms } from './plan-terms.js';

/** A status that may be asked for; others are invalid. */
export const REQUESTABLE_STATUSES = [
  STATUS.active,
  STATUS.downgradeAtEndOfCycle,
  STATUS.freeTrial,
  STATUS.switchToAnnualAtEndOfCycle,
  STATUS.switchToMonthlyAtEndOfCycle,
  STATUS.downgradeAtEndOfFreeTrial,
  STATUS.ended,
] as const;

export type RequestableStatus = (typeof REQUESTABLE_STATUSES)[number];

/** What a request does. */
export type PlanChange =
  | { readonly kind: 'set-status'; readonly status: RequestableStatus }
  /** The plan that waits for this one's end is ended, without a next invoice date; this one is active again. */
  | { readonly kind: 'cancel-scheduled-plan' }
  /** The trial goes on as another plan, on this schedule, with the same anchor and end. */
  | { readonly kind: 'switch-trial-schedule'; readonly schedule: Schedule }
  /** The trial ends at once, without an invoice. */
  | { readonly kind: 'end-trial' }
  | { readonly kind: 'refused' };

const REFUSED: PlanChange = { kind: 'refused' };

/** From which status each request leads somewhere; whatever is not listed is refused (docs/decisions/0010-billing-hazards.md, 8, 11). */
const FROM: Readonly<Record<RequestableStatus, readonly number[]>> = {
  [STATUS.active]: [
    STATUS.downgradeAtEndOfCycle,
    STATUS.switchToAnnualAtEndOfCycle,
    STATUS.switchToMonthlyAtEndOfCycle,
    STATUS.switchPlanAtPlanEnd,
  ],
  [STATUS.downgradeAtEndOfCycle]: [
    STATUS.active,
    STATUS.switchToAnnualAtEndOfCycle,
    STATUS.switchToMonthlyAtEndOfCycle,
  ],
  [STATUS.freeTrial]: [STATUS.freeTrial, STATUS.downgradeAtEndOfFreeTrial],
  [STATUS.switchToAnnualAtEndOfCycle]: [STATUS.active],
  [STATUS.switchToMonthlyAtEndOfCycle]: [STATUS.active],
  [STATUS.downgradeAtEndOfFreeTrial]: [STATUS.freeTrial],
  [STATUS.ended]: [STATUS.freeTrial, STATUS.downgradeAtEndOfFreeTrial],
};

/**
 * What a customer's request for another status does to the live plan. A trial that is paid by invoice is not cancelled or rescheduled: not
 * paying is the way.
 *
 * @param schedule only beside the status of a free trial: pay by the month or by the year
 */
export function planChange(plan: PlanTerms, status: RequestableStatus, schedule?: Schedule): PlanChange {
  if (!FROM[status]?.includes(plan.status)) return REFUSED;
  switch (status) {
    case STATUS.active:
      if (plan.status === STATUS.switchPlanAtPlanEnd) return { kind: 'cancel-scheduled-plan' };
      return { kind: 'set-status', status };
    case STATUS.switchToAnnualAtEndOfCycle:
      return maySwitchFrom(plan, SCHEDULE.monthly) ? { kind: 'set-status', status } : REFUSED;
    case STATUS.switchToMonthlyAtEndOfCycle:
      return maySwitchFrom(plan, SCHEDULE.annual) ? { kind: 'set-status', status } : REFUSED;
    case STATUS.freeTrial:
      return trialChange(plan, schedule);
    case STATUS.downgradeAtEndOfFreeTrial:
      return plan.chargeAutomatically ? { kind: 'set-status', status } : REFUSED;
    case STATUS.ended:
      return plan.chargeAutomatically ? { kind: 'end-trial' } : REFUSED;
    default:
      return { kind: 'set-status', status };
  }
}

function trialChange(plan: PlanTerms, schedule: Schedule | undefined): PlanChange {
  if (!plan.chargeAutomatically) return REFUSED;
  const cancelled = plan.status === STATUS.downgradeAtEndOfFreeTrial;
  if (schedule === undefined) return cancelled ? { kind: 'set-status', status: STATUS.freeTrial } : REFUSED;
  if (cancelled || schedule === plan.billingSchedule) return REFUSED;
  return { kind: 'switch-trial-schedule', schedule };
}

function maySwitchFrom(plan: PlanTerms, schedule: Schedule): boolean {
  return plan.billingSchedule === schedule && plan.fixedPrice === null && isPaid(plan.tier);
}

/**
 * Whether a customer may change between automatic and manual management. Who pays by invoice chooses the number, and a fixed price counts
 * none (docs/decisions/0010-billing-hazards.md, 10).
 */
export function mayToggleManagement(plan: PlanTerms): boolean {
  if (!isPaid(plan.tier) || plan.fixedPrice !== null) return false;
  return plan.chargeAutomatically || plan.automanageLicenses;
}
