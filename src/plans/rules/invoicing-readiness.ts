import { STATUS } from '../catalogue/plan-status.js';
import { TIER } from '../catalogue/tiers.js';
import type { PlanTerms } from './plan-terms.js';

const DAY = 86_400_000;

/** Fixed prices are reviewed when their end is at most this near. */
const REVIEW_DAYS = 62;

/** What invoicing does with a plan that is due, as far as its customer's data are concerned. */
export interface Readiness {
  /** Otherwise the plan is left as it is until data arrive. */
  readonly proceed: boolean;
  /** Tell the people who sell that data are stale. */
  readonly notify: boolean;
  /** Remember that they were told, until a pass succeeds. */
  readonly setFlag: boolean;
}

const READY: Readiness = { proceed: true, notify: false, setFlag: false };

/** A plan that is due, with whether its customer's stale data were told of already. */
export type DuePlan = PlanTerms & { readonly staleDataNoticeSent: boolean };

/**
 * Whether a plan that is due may be invoiced: not before its server uploaded what happened until then, since licenses follow from that.
 * Complimentary access that ends, a fixed price, and a trial whose invoice is not paid need no count.
 *
 * @param uploadedAt when the server last uploaded its audit log
 * @param trialInvoicePaid of a trial paid by invoice, its latest invoice; undefined: there is none
 */
export function invoicingReadiness(plan: DuePlan, uploadedAt: Date | null, trialInvoicePaid?: boolean): Readiness {
  const due = plan.nextInvoiceDate;
  if (due === null) return { proceed: false, notify: false, setFlag: false };
  if (plan.tier === TIER.complimentary && plan.status === STATUS.active) return READY;
  if (uploadedAt !== null && uploadedAt >= due) return READY;
  if (plan.fixedPrice !== null) return { proceed: true, notify: true, setFlag: false };
  const isSlight = uploadedAt !== null && due.getTime() - uploadedAt.getTime() < DAY;
  const notify = !plan.staleDataNoticeSent && !isSlight;
  const isUnpaidTrial = plan.status === STATUS.freeTrial && !plan.chargeAutomatically && trialInvoicePaid !== true;
  return { proceed: isUnpaidTrial, notify, setFlag: notify };
}

/**
 * Whether invoicing may touch the plan at all. One that waits for another's end is started by that one's end only
 * (docs/decisions/0010-billing-hazards.md, 9).
 */
export function isInvoiced(plan: Pick<PlanTerms, 'status'>): boolean {
  return plan.status !== STATUS.neverStarted;
}

/** Whether the people who sell are to be told that a fixed price is about to end. */
export function isReviewDue(
  plan: Pick<PlanTerms, 'fixedPrice' | 'endDate' | 'nextInvoiceDate'> & { readonly reviewReminderSent: boolean },
): boolean {
  const { fixedPrice, endDate, nextInvoiceDate } = plan;
  if (fixedPrice === null || endDate === null || nextInvoiceDate === null || plan.reviewReminderSent) return false;
  return endDate.getTime() - nextInvoiceDate.getTime() <= REVIEW_DAYS * DAY;
}
