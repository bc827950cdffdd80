import { isCancelled, isTrial, SCHEDULE, type Schedule, STATUS } from '../catalogue/plan-status.js';
import { isPaid, TIER } from '../catalogue/tiers.js';
import type { Plan } from '../ledger/plan.entity.js';
import { nextSchedule } from '../rules/next-charge.js';
import { mayToggleManagement, planChange, type RequestableStatus } from '../rules/plan-changes.js';
import type { NextPayment } from './next-payment.js';
import type { PaymentDetails } from './payment-details.js';
import type { ShownPlan } from './plan-overview.js';

/** How often a plan is paid. */
export interface FrequencyRow {
  readonly current: Schedule;
  /** Another one where a switch is queued. */
  readonly coming: Schedule;
  /** When the queued switch takes effect; null: none is queued. */
  readonly comingAt: Date | null;
  /** What to send as an update for the other schedule than `coming`; null: it is shown as text. */
  readonly change: { readonly to: Schedule; readonly status: RequestableStatus; readonly schedule?: Schedule } | null;
}

/** How many licenses there are. */
export interface LicensesRow {
  /** Complimentary access and fixed prices count none. */
  readonly isShown: boolean;
  readonly isAutomatic: boolean;
  readonly current: number;
  /** To renew with; null: nothing renews. */
  readonly next: number | null;
  /** People who are billed; null: nobody knows. */
  readonly inUse: number | null;
  /** The fewest that may be chosen; null: nobody knows. */
  readonly fewest: number | null;
  readonly mayAddNow: boolean;
  readonly mayChangeNext: boolean;
  readonly mayToggle: boolean;
  readonly isExempt: boolean;
}

/** The one thing that the page's button does, and the status to send for it. */
export interface BillingAction {
  readonly kind: 'cancel' | 'cancel-trial' | 'undo-cancel-trial' | 'reactivate' | 'cancel-next-plan';
  readonly status: RequestableStatus;
}

/** The rows of the billing page. */
export interface BillingRows {
  readonly plan: ShownPlan;
  /** The plan whose price, method and frequency are shown: where another one waits, that one. */
  readonly shown: ShownPlan;
  readonly frequency: FrequencyRow;
  readonly licenses: LicensesRow;
  readonly payment: PaymentDetails;
  readonly nextPayment: NextPayment;
  /** The open invoice of a trial that is not paid; null elsewhere, and where Stripe does not answer. */
  readonly trialInvoiceUrl: string | null;
  readonly action: BillingAction | null;
}

/** How often it is paid, and whether that can be changed. @param cycleEnd when a queued switch takes effect */
export function frequencyRow(live: Plan, shown: Plan, cycleEnd: Date): FrequencyRow {
  const coming = nextSchedule(shown);
  const isQueued = coming !== shown.billingSchedule;
  const base = { current: shown.billingSchedule, coming, comingAt: isQueued ? cycleEnd : null };
  const to = coming === SCHEDULE.annual ? SCHEDULE.monthly : SCHEDULE.annual;
  if (shown !== live || live.fixedPrice !== null || !isPaid(live.tier)) return { ...base, change: null };
  const request = isTrial(live.status)
    ? ({ to, status: STATUS.freeTrial, schedule: to } as const)
    : { to, status: isQueued ? STATUS.active : SWITCH[to] };
  const isPossible = planChange(live, request.status, 'schedule' in request ? to : undefined).kind !== 'refused';
  return { ...base, change: isPossible ? request : null };
}

const SWITCH: Readonly<Record<Schedule, RequestableStatus>> = {
  [SCHEDULE.annual]: STATUS.switchToAnnualAtEndOfCycle,
  [SCHEDULE.monthly]: STATUS.switchToMonthlyAtEndOfCycle,
};

/** What may be done with the number of licenses, beside the numbers themselves. */
export function licenseRights(live: Plan, shown: Plan) {
  const isManual = !live.automanageLicenses;
  return {
    isShown: shown.fixedPrice === null && shown.tier !== TIER.complimentary,
    isAutomatic: shown.automanageLicenses,
    mayAddNow: isManual && !isTrial(live.status),
    mayChangeNext: isManual && !isCancelled(live.status),
    mayToggle: mayToggleManagement(live),
  };
}

/** What the button does; null: there is none. */
export function billingAction(live: Plan): BillingAction | null {
  switch (live.status) {
    case STATUS.downgradeAtEndOfFreeTrial:
      return { kind: 'undo-cancel-trial', status: STATUS.freeTrial };
    case STATUS.freeTrial:
      return live.chargeAutomatically ? { kind: 'cancel-trial', status: STATUS.downgradeAtEndOfFreeTrial } : null;
    case STATUS.downgradeAtEndOfCycle:
      return { kind: 'reactivate', status: STATUS.active };
    case STATUS.switchPlanAtPlanEnd:
      return { kind: 'cancel-next-plan', status: STATUS.active };
    default:
      return isPaid(live.tier) ? { kind: 'cancel', status: STATUS.downgradeAtEndOfCycle } : null;
  }
}
