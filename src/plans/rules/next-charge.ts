import { isCancelled, isTrial, SCHEDULE, type Schedule, STATUS } from '../catalogue/plan-status.js';
import { nextBillingCycle, startOfNextCycle } from './calendar.js';
import { cyclePrice } from './fixed-price.js';
import { type FlatDiscount, type FlatDiscountTerms, flatDiscount } from './flat-discount.js';
import type { PlanTerms } from './plan-terms.js';

/** What somebody is shown of the next payment, in cents. */
export interface NextCharge {
  /** To be paid; null: nothing is. */
  readonly due: number | null;
  /** Before the discount. */
  readonly amount: number;
  readonly discount: FlatDiscount;
  /** Of the cycle that is paid. */
  readonly schedule: Schedule;
}

/** What the next payment is figured from. */
export interface ChargeFacts {
  /** The plan that is going to be paid: where another one waits for the current one's end, that one. */
  readonly plan: PlanTerms;
  /** Licenses to renew with. */
  readonly licenses: number;
  /** Null where the plan has not started. */
  readonly lastRenewalAt: Date | null;
  readonly flatDiscount: FlatDiscountTerms;
  /** Price per license on the other schedule; needed where the plan is about to switch to it. */
  readonly switchedPrice?: number;
}

/** The next payment: of the cycle that comes, on the schedule that it will have. */
export function nextCharge({
  plan,
  licenses,
  lastRenewalAt,
  flatDiscount: terms,
  switchedPrice,
}: ChargeFacts): NextCharge {
  const schedule = nextSchedule(plan);
  const switches = schedule !== plan.billingSchedule && switchedPrice !== undefined;
  const priced = switches ? { ...plan, billingSchedule: schedule, pricePerLicense: switchedPrice } : plan;
  const endsBefore =
    isCancelled(plan.status) ||
    (plan.endDate !== null &&
      lastRenewalAt !== null &&
      nextBillingCycle(plan, lastRenewalAt).getTime() === plan.endDate.getTime());
  const amount = endsBefore ? 0 : cyclePrice(priced, licenses);
  const isDiscounted = amount > 0 && plan.fixedPrice === null;
  const discount = isDiscounted ? flatDiscount(terms, schedule) : { months: 0, amount: 0 };
  const due = Math.max(0, amount - discount.amount);
  return { due: due === 0 ? null : due, amount, discount, schedule };
}

/** When a plan renews, as people are told: a trial's end, or the next boundary. */
export function renewsOn(plan: PlanTerms, now: Date): Date {
  return isTrial(plan.status) && plan.nextInvoiceDate ? plan.nextInvoiceDate : startOfNextCycle(plan, now);
}

/** The schedule of the next cycle. */
export function nextSchedule(plan: Pick<PlanTerms, 'status' | 'billingSchedule'>): Schedule {
  if (plan.status === STATUS.switchToAnnualAtEndOfCycle) return SCHEDULE.annual;
  if (plan.status === STATUS.switchToMonthlyAtEndOfCycle) return SCHEDULE.monthly;
  return plan.billingSchedule;
}
