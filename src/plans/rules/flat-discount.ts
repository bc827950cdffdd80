import { TERMS } from '../catalogue/list-prices.js';
import { cycleMonths, type Schedule } from '../catalogue/plan-status.js';
import type { Period } from './plan-terms.js';

/** The new-customer discount as a customer's row holds it. */
export interface FlatDiscountTerms {
  /** Cents per month. */
  readonly flatDiscount: number;
  /** Months for which it is still granted. */
  readonly flatDiscountedMonths: number;
}

/** What somebody without a customer row is shown, and what a new customer without negotiated prices gets. */
export const NEW_CUSTOMER: FlatDiscountTerms = {
  flatDiscount: TERMS.flatDiscount,
  flatDiscountedMonths: TERMS.flatDiscountedMonths,
};

/** What the discount is on one invoice. */
export interface FlatDiscount {
  /** Months used up. */
  readonly months: number;
  /** Cents off; not negative. */
  readonly amount: number;
}

/** The discount's own line of an invoice. */
export interface FlatDiscountLine extends FlatDiscount {
  readonly period: Period;
}

/**
 * The discount on an invoice that starts or renews a plan paid by the license. Fixed prices have none, and invoices with nothing but
 * extra licenses neither: do not ask for those.
 *
 * @param terms null: nobody's yet, so those of a new customer
 */
export function flatDiscount(terms: FlatDiscountTerms | null, schedule: Schedule): FlatDiscount {
  const { flatDiscount: perMonth, flatDiscountedMonths: left } = terms ?? NEW_CUSTOMER;
  const months = Math.min(left, cycleMonths(schedule));
  return { months, amount: perMonth * months };
}

/**
 * Months that are left after an invoice was voided that had used up some (docs/decisions/0010-billing-hazards.md, 1). Who negotiated
 * prices in the meantime has given up the discount.
 */
export function monthsAfterVoid(left: number, used: number, hasNegotiatedPrices: boolean): number {
  return hasNegotiatedPrices ? 0 : Math.min(TERMS.flatDiscountedMonths, left + used);
}
