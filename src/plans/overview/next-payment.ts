import { cycleMonths, isTrial, type Schedule, STATUS } from '../catalogue/plan-status.js';
import { isPaid, type Tier } from '../catalogue/tiers.js';
import type { Plan } from '../ledger/plan.entity.js';
import { addMonths, nextBillingCycle } from '../rules/calendar.js';
import type { FlatDiscountTerms } from '../rules/flat-discount.js';
import { type NextCharge, nextCharge, nextSchedule, renewsOn } from '../rules/next-charge.js';
import { type NegotiatedPrices, priceFor } from '../rules/prices.js';

/** What the next payment is expected to be, in cents, and what it is made of. */
export interface ExpectedCharge extends NextCharge {
  /** Per license and cycle; null: a fixed price. */
  readonly unitPrice: number | null;
  readonly licenses: number;
  readonly percentOff: string | null;
  /** Of the new-customer discount. */
  readonly discountPerMonth: number;
  readonly discountMonthsLeft: number;
}

/** What happens to a plan next, and what is paid then. */
export type NextPayment =
  /** It becomes free then. */
  | { readonly kind: 'cancelled'; readonly at: Date; readonly ofTrial: boolean }
  /** Another plan starts; the charge is that plan's. `isUpgrade`: on another tier. */
  | {
      readonly kind: 'next-plan';
      readonly at: Date;
      readonly tier: Tier;
      readonly isUpgrade: boolean;
      readonly charge: ExpectedCharge;
    }
  | { readonly kind: 'trial-invoice-unpaid'; readonly payBefore: Date }
  /** Nothing is outstanding until the end of what is paid. */
  | { readonly kind: 'trial-invoice-paid'; readonly trialEndsAt: Date; readonly renewsAt: Date }
  /** The last period of a fixed price. */
  | { readonly kind: 'fixed-price-ends'; readonly at: Date }
  | { readonly kind: 'ends'; readonly at: Date }
  /** The card is charged. */
  | { readonly kind: 'renews'; readonly at: Date; readonly charge: ExpectedCharge }
  /** An invoice is sent. */
  | { readonly kind: 'next-invoice'; readonly at: Date; readonly charge: ExpectedCharge }
  /** Nothing is ever paid. */
  | { readonly kind: 'none' };

/** What the next payment is told by. */
export interface PaymentFacts {
  readonly live: Plan;
  readonly next: Plan | null;
  readonly customer: FlatDiscountTerms & NegotiatedPrices;
  /** Licenses to renew with. */
  readonly licenses: number;
  readonly lastRenewalAt: Date;
  /** Of a trial paid by invoice. */
  readonly trialInvoicePaid: boolean;
  readonly now: Date;
}

/** What happens next. */
export function nextPayment(facts: PaymentFacts): NextPayment {
  const { live, next, lastRenewalAt, trialInvoicePaid, now } = facts;
  const cycleEnd = nextBillingCycle(live, lastRenewalAt);
  if (live.status === STATUS.downgradeAtEndOfFreeTrial) return { kind: 'cancelled', at: cycleEnd, ofTrial: true };
  if (live.status === STATUS.downgradeAtEndOfCycle) return { kind: 'cancelled', at: cycleEnd, ofTrial: false };
  if (live.status === STATUS.switchPlanAtPlanEnd && next) {
    const charge = expectedCharge(facts, next, null);
    return { kind: 'next-plan', at: cycleEnd, tier: next.tier, isUpgrade: next.tier !== live.tier, charge };
  }
  if (isTrial(live.status) && !live.chargeAutomatically) {
    if (!trialInvoicePaid) return { kind: 'trial-invoice-unpaid', payBefore: cycleEnd };
    const renewsAt = addMonths(cycleEnd, cycleMonths(live.billingSchedule));
    return { kind: 'trial-invoice-paid', trialEndsAt: cycleEnd, renewsAt };
  }
  if (live.endDate !== null && live.endDate.getTime() === cycleEnd.getTime()) {
    return { kind: live.fixedPrice === null ? 'ends' : 'fixed-price-ends', at: cycleEnd };
  }
  if (!isPaid(live.tier)) return { kind: 'none' };
  const charge = expectedCharge(facts, live, lastRenewalAt);
  return { kind: live.chargeAutomatically ? 'renews' : 'next-invoice', at: renewsOn(live, now), charge };
}

function expectedCharge(facts: PaymentFacts, plan: Plan, lastRenewalAt: Date | null): ExpectedCharge {
  const { customer, licenses } = facts;
  const unitPrice = comingPrice(plan, nextSchedule(plan), customer);
  const switched = unitPrice === null ? {} : { switchedPrice: unitPrice };
  return {
    ...nextCharge({ plan, licenses, lastRenewalAt, flatDiscount: customer, ...switched }),
    ...{ unitPrice, licenses },
    percentOff: plan.discount,
    discountPerMonth: customer.flatDiscount,
    discountMonthsLeft: customer.flatDiscountedMonths,
  };
}

/** What a license costs in the next cycle; a plan keeps its price unless its schedule changes. */
function comingPrice(plan: Plan, schedule: Schedule, customer: NegotiatedPrices): number | null {
  if (plan.pricePerLicense === null || schedule === plan.billingSchedule) return plan.pricePerLicense;
  return priceFor(customer, plan.tier, schedule);
}
