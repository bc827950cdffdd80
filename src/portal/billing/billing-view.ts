import { SCHEDULE, type Schedule } from '../../plans/catalogue/plan-status.js';
import { TIER, tierName } from '../../plans/catalogue/tiers.js';
import type { BillingAction, BillingRows } from '../../plans/overview/billing-rows.js';
import type { NextPayment } from '../../plans/overview/next-payment.js';
import type { PlanOverview } from '../../plans/overview/plan-overview.js';

/** A button of the page: what it is called, and what is said before it acts. */
interface ActionView extends BillingAction {
  readonly label: string;
  readonly confirmLabel: string | null;
  readonly warning: string | null;
}

const LABELS: Readonly<Record<BillingAction['kind'], Omit<ActionView, keyof BillingAction>>> = {
  cancel: {
    label: 'Cancel plan',
    confirmLabel: 'Downgrade',
    warning:
      'The plan stays until the end of the current billing period. After that, organizations of more than 10 users get no push notifications.',
  },
  'cancel-trial': {
    label: 'Cancel plan',
    confirmLabel: 'Downgrade',
    warning:
      'The plan ends with the free trial, and nothing is charged. After that, organizations of more than 10 users get no push notifications.',
  },
  'undo-cancel-trial': { label: 'Cancel downgrade', confirmLabel: null, warning: null },
  reactivate: { label: 'Reactivate subscription', confirmLabel: null, warning: null },
  'cancel-next-plan': {
    label: 'Cancel upgrade',
    confirmLabel: 'Cancel upgrade',
    warning: 'The plan that is scheduled will not start. What you have now stays until its end.',
  },
};

/** The billing page as its template shows it. */
export function billingView(overview: PlanOverview, rows: BillingRows) {
  const { plan, shown, frequency, licenses, action, nextPayment } = rows;
  return {
    overview,
    rows,
    planName: plan.tier === TIER.complimentary ? tierName(TIER.basic) : plan.name,
    planNote: plan.tier === TIER.complimentary ? 'complimentary access' : plan.trialEndsAt ? 'free trial' : null,
    frequencyName: scheduleName(shown.schedule),
    frequencyChange: frequency.change && {
      ...frequency.change,
      options: [SCHEDULE.monthly, SCHEDULE.annual].map((schedule) => ({
        name: scheduleName(schedule),
        isComing: schedule === frequency.coming,
      })),
      label: `Pay ${scheduleName(frequency.change.to).toLowerCase()}`,
    },
    comingName: scheduleName(frequency.coming),
    isBelowUse:
      licenses.inUse !== null && licenses.isShown && !licenses.isAutomatic && licenses.current < licenses.inUse,
    isNextBelowUse:
      licenses.inUse !== null && licenses.next !== null && licenses.mayChangeNext && licenses.next < licenses.inUse,
    fewestNext: licenses.fewest ?? 1,
    fewestNow: Math.max(licenses.fewest ?? 1, licenses.current + 1),
    payment: paymentView(nextPayment, rows),
    action: action && { ...action, ...LABELS[action.kind] },
    methodIsCard: shown.chargeAutomatically,
    isPending: overview.sponsorship.isPending,
    isUpgradeScheduled: overview.scheduledTier !== null,
  };
}

/** What is paid next, with the sums laid open. */
function paymentView(payment: NextPayment, { shown }: BillingRows) {
  if (!('charge' in payment)) return payment;
  const months = shown.schedule === SCHEDULE.annual ? 12 : 1;
  return { ...payment, months, tierName: 'tier' in payment ? tierName(payment.tier) : shown.name };
}

function scheduleName(schedule: Schedule): string {
  return schedule === SCHEDULE.annual ? 'Annual' : 'Monthly';
}
