import { SCHEDULE, type Schedule } from '../../plans/catalogue/plan-status.js';
import { TIER, tierName } from '../../plans/catalogue/tiers.js';
import type { BillingAction, BillingRows, FrequencyRow } from '../../plans/overview/billing-rows.js';
import type { NextPayment } from '../../plans/overview/next-payment.js';
import type { PlanOverview } from '../../plans/overview/plan-overview.js';
import { plural } from '../../sessions/pages/formats.js';
import { confirmationsOf } from './confirmations.js';

const ACTION_LABELS: Readonly<Record<BillingAction['kind'], string>> = {
  cancel: 'Cancel plan',
  'cancel-trial': 'Cancel plan',
  'undo-cancel-trial': 'Cancel downgrade',
  reactivate: 'Reactivate subscription',
  'cancel-next-plan': 'Cancel upgrade',
};

/** What was entered and refused. */
export interface BillingProblem {
  readonly text: string;
  /** The form that it is about. */
  readonly about: 'frequency' | 'licenses' | 'next-licenses' | 'email' | 'other';
  readonly entered?: string | undefined;
}

/** The billing page as its template shows it. @param freeUsers the largest organization that needs no plan */
export function billingView(overview: PlanOverview, rows: BillingRows, freeUsers: number, refused?: BillingProblem) {
  const { plan, shown, frequency, action, nextPayment, payment } = rows;
  const problem = refused && placed(refused, rows);
  const isComplimentary = plan.tier === TIER.complimentary;
  return {
    overview,
    freeUsers,
    problem,
    planName: isComplimentary ? tierName(TIER.basic) : plan.name,
    planNote: isComplimentary ? 'complimentary access' : plan.trialEndsAt ? 'free trial' : null,
    shownName: shown.name,
    frequency: frequencyView(frequency),
    licenses: licensesView(rows, problem),
    payment,
    methodIsCard: shown.chargeAutomatically,
    trialInvoiceUrl: rows.trialInvoiceUrl,
    next: paymentView(nextPayment, rows),
    action: action && { ...action, label: ACTION_LABELS[action.kind] },
    undoesNextPlan: action?.kind === 'cancel-next-plan',
    questions: confirmationsOf(rows, freeUsers),
    isUpgradeScheduled: overview.scheduledTier !== null,
  };
}

/** Where a form is not on the page, what is said of it stands at the top. */
function placed(problem: BillingProblem, { frequency, licenses }: BillingRows): BillingProblem {
  const isThere = {
    frequency: frequency.change !== null,
    licenses: licenses.isShown && licenses.mayAddNow,
    'next-licenses': licenses.isShown && licenses.mayChangeNext,
    email: true,
    other: true,
  };
  return isThere[problem.about] ? problem : { ...problem, about: 'other' };
}

function frequencyView({ current, coming, comingAt, change }: FrequencyRow) {
  return {
    name: scheduleName(current),
    comingName: scheduleName(coming),
    comingAt,
    options:
      change &&
      [SCHEDULE.monthly, SCHEDULE.annual].map((schedule) => ({
        value: schedule,
        name: scheduleName(schedule),
        isComing: schedule === coming,
      })),
  };
}

/** The forms for the number of licenses: the fewest that can be entered, and what is in them after a refusal. */
function licensesView({ licenses, nextPayment }: BillingRows, problem: BillingProblem | undefined) {
  const isUpgrade = nextPayment.kind === 'next-plan' && nextPayment.isUpgrade;
  const { inUse, isShown, isAutomatic, current, next, fewest, mayChangeNext } = licenses;
  const isManual = isShown && !isAutomatic;
  const least = fewest ?? 1;
  const entered = (about: BillingProblem['about']) => (problem?.about === about ? problem.entered : undefined);
  return {
    ...licenses,
    isManual,
    hasForms: isManual && (licenses.mayAddNow || mayChangeNext),
    // The plan that waits begins with so many; what is there now counts none.
    coming: isUpgrade ? next : null,
    isBelowUse: isManual && !isUpgrade && inUse !== null && current < inUse,
    isNextBelowUse: isManual && mayChangeNext && inUse !== null && next !== null && next < inUse,
    fewestNow: Math.max(least, current + 1),
    fewestNext: least,
    entered: entered('licenses') ?? String(current),
    enteredNext: entered('next-licenses') ?? String(next ?? current),
  };
}

/** What is paid next, with the sums laid open. */
function paymentView(payment: NextPayment, { shown }: BillingRows) {
  if (!('charge' in payment)) return payment;
  const { charge } = payment;
  const months = charge.schedule === SCHEDULE.annual ? 12 : 1;
  return {
    ...payment,
    tierName: shown.name,
    charge: { ...charge, due: charge.due ?? 0 },
    period: plural(months, 'month', 'months'),
    discountMonths: charge.discount.amount > 0 ? plural(charge.discount.months, 'month', 'months') : null,
  };
}

function scheduleName(schedule: Schedule): string {
  return schedule === SCHEDULE.annual ? 'Annual' : 'Monthly';
}
