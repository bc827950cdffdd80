import { TERMS } from '../catalogue/list-prices.js';
import { cycleMonths, type Schedule } from '../catalogue/plan-status.js';
import { RuleError } from '../catalogue/rule-error.js';
import { addMonths, wholeSeconds } from './calendar.js';
import { instalment } from './fixed-price.js';
import { type FlatDiscountLine, type FlatDiscountTerms, flatDiscount } from './flat-discount.js';
import type { Period } from './plan-terms.js';

/** What is bought. Exactly one of the prices is set, in cents: per license and cycle, or per year. */
export interface Purchase {
  readonly schedule: Schedule;
  readonly licenses: number;
  readonly pricePerLicense: number | null;
  readonly fixedPrice: number | null;
  /** Null: nobody's yet, so the terms of a new customer. */
  readonly flatDiscount: FlatDiscountTerms | null;
}

/** The invoice that a plan begins with, in cents. */
export interface UpgradeInvoice {
  readonly quantity: number;
  readonly unitPrice: number;
  readonly amount: number;
  readonly period: Period;
  readonly discount: FlatDiscountLine | null;
  /** What is to be paid, before whatever credit the customer has. */
  readonly due: number;
}

/**
 * The invoice of a purchase. A fixed price is agreed for 12 months, however it is paid.
 *
 * @param start when what is paid begins: now, or the end of the trial that the invoice is sent in
 */
export function upgradeInvoice(purchase: Purchase, start: Date): UpgradeInvoice {
  const { schedule, licenses, pricePerLicense, fixedPrice } = purchase;
  const from = wholeSeconds(start);
  if (fixedPrice !== null) {
    const amount = instalment(fixedPrice, schedule);
    const period = { start: from, end: addMonths(from, TERMS.fixedPriceMonths) };
    return { quantity: 1, unitPrice: amount, amount, period, discount: null, due: amount };
  }
  if (pricePerLicense === null) throw new RuleError('no-price');
  const amount = licenses * pricePerLicense;
  const period = { start: from, end: addMonths(from, cycleMonths(schedule)) };
  const { months, amount: off } = flatDiscount(purchase.flatDiscount, schedule);
  const discount = months > 0 ? { months, amount: off, period } : null;
  return { quantity: licenses, unitPrice: pricePerLicense, amount, period, discount, due: amount - off };
}
