import { cycleMonths, isTrial, STATUS } from '../catalogue/plan-status.js';
import { RuleError } from '../catalogue/rule-error.js';
import type { PlanTerms } from './plan-terms.js';

/** Last days of months. February has 28 in leap years too, so that an anchor on its 29th gives the same day every year. */
const LAST_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

type Cycle = Pick<PlanTerms, 'billingSchedule' | 'billingCycleAnchor'>;

/**
 * The same time of day some months later, in UTC; where the month is shorter, on its last day. Count from a plan's anchor, never from a
 * result of this function: 31 January, 28 February, 31 March.
 *
 * @throws RuleError for a negative or broken number of months
 */
export function addMonths(from: Date, months: number): Date {
  if (!Number.isInteger(months) || months < 0) throw new RuleError('negative-months');
  const count = from.getUTCMonth() + months;
  const month = count % 12;
  const to = new Date(from);
  to.setUTCFullYear(
    from.getUTCFullYear() + Math.floor(count / 12),
    month,
    Math.min(from.getUTCDate(), LAST_DAYS[month] ?? 28),
  );
  return to;
}

/** The instant without its fraction of a second; so are anchors, and whatever Stripe is told. */
export function wholeSeconds(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1_000) * 1_000);
}

/** Where the cycle that runs at `at` ends and the next one starts: the first boundary after `at`. */
export function startOfNextCycle(plan: Cycle, at: Date): Date {
  return firstOnGrid(plan.billingCycleAnchor, cycleMonths(plan.billingSchedule), at);
}

/** Where what is charged at `at` ends: with the cycle, or with the plan if that is earlier. */
export function renewalOrEnd(plan: Cycle & Pick<PlanTerms, 'endDate'>, at: Date): Date {
  return earlier(startOfNextCycle(plan, at), plan.endDate);
}

/**
 * When invoicing has to look again after a pass at `passTime`: on a monthly grid, also for annual plans, whose extra licenses are billed
 * monthly. A pass ahead of its date, right after a purchase, leaves the date as it is.
 */
export function nextInvoiceDate(
  plan: Pick<PlanTerms, 'status' | 'nextInvoiceDate' | 'billingCycleAnchor'>,
  passTime: Date,
): Date | null {
  if (plan.status === STATUS.ended || plan.nextInvoiceDate === null) return null;
  if (plan.nextInvoiceDate > passTime) return plan.nextInvoiceDate;
  return firstOnGrid(plan.billingCycleAnchor, 1, plan.nextInvoiceDate);
}

/**
 * When something happens to the plan next: it renews, ends, changes or starts.
 *
 * @param lastRenewalAt time of the ledger's last renewal row
 */
export function nextBillingCycle(plan: PlanTerms, lastRenewalAt: Date): Date {
  return earlier(boundary(plan, lastRenewalAt), plan.endDate);
}

function boundary(plan: PlanTerms, lastRenewalAt: Date): Date {
  if (plan.status === STATUS.switchPlanAtPlanEnd && plan.endDate) return plan.endDate;
  if (!isTrial(plan.status) && plan.status !== STATUS.neverStarted) return startOfNextCycle(plan, lastRenewalAt);
  if (plan.nextInvoiceDate === null) throw new RuleError('trial-without-end');
  return plan.nextInvoiceDate;
}

/** The first of `anchor`, `anchor` + `months`, `anchor` + 2 × `months` … that is later than `after`. */
function firstOnGrid(anchor: Date, months: number, after: Date): Date {
  const elapsed = (after.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + after.getUTCMonth() - anchor.getUTCMonth();
  if (Number.isNaN(elapsed)) throw new RuleError('invalid-date');
  let k = Math.max(0, Math.floor(elapsed / months) - 1);
  while (addMonths(anchor, months * k) <= after) k++;
  return addMonths(anchor, months * k);
}

function earlier(a: Date, b: Date | null): Date {
  return b !== null && b < a ? b : a;
}
