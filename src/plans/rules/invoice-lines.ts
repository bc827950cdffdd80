import { RuleError } from '../catalogue/rule-error.js';
import { isPaid } from '../catalogue/tiers.js';
import { renewalOrEnd } from './calendar.js';
import { cyclePrice } from './fixed-price.js';
import { type FlatDiscountLine, type FlatDiscountTerms, flatDiscount } from './flat-discount.js';
import type { LedgerRow, Period, PlanTerms } from './plan-terms.js';
import { extraLicensePrice } from './proration.js';

/** One line of an invoice, in cents; a fixed price is one unit of its instalment. */
export interface InvoiceLine<R extends LedgerRow = LedgerRow> {
  readonly kind: 'renewal' | 'extra';
  /** The row that the line is for, the first one where several were merged: the line's identity. */
  readonly row: R;
  readonly quantity: number;
  readonly unitPrice: number;
  /** `quantity` × `unitPrice`. */
  readonly amount: number;
  readonly period: Period;
}

/** Where invoicing of a plan stopped before. */
export interface BilledSoFar {
  /** Licenses of the row through which all is billed; null: nothing is, and the first row is a renewal. */
  readonly base: number | null;
  /** Time of the last renewal up to that row. */
  readonly lastRenewalAt: Date | null;
}

/** What a pass bills. */
export interface BilledRows<R extends LedgerRow> {
  /** In the ledger's order. */
  readonly lines: readonly InvoiceLine<R>[];
  /** The last row looked at: through here all is billed; null: there was none. */
  readonly through: R | null;
}

/**
 * The lines that an invoicing pass at `at` has to bill: each renewal in full, and licenses added since, for the rest of their cycle. Added
 * ones of one day (UTC) share a line at the price of that day's first. A renewal closes the line before it, since from then on a license
 * costs a whole cycle again (docs/decisions/0010-billing-hazards.md, 15).
 *
 * @param rows the ledger after the row that `before` speaks of, in its order
 */
export function invoiceLines<R extends LedgerRow>(
  plan: PlanTerms,
  rows: readonly R[],
  before: BilledSoFar,
  at: Date,
): BilledRows<R> {
  if (!isPaid(plan.tier)) return { lines: [], through: null };
  const lines: InvoiceLine<R>[] = [];
  let { base, lastRenewalAt } = before;
  let through: R | null = null;
  for (const row of rows) {
    if (row.eventTime > at) continue;
    if (row.isRenewal) {
      lines.push(renewalLine(plan, row));
      lastRenewalAt = row.eventTime;
    } else if (plan.fixedPrice === null && base !== null && row.licenses > base) {
      if (lastRenewalAt === null) throw new RuleError('unbilled-renewal');
      addExtra(lines, plan, row, row.licenses - base, lastRenewalAt);
    }
    base = row.licenses;
    through = row;
  }
  return { lines, through };
}

/** The line of one renewal: a whole cycle, however short an early end makes it. */
export function renewalLine<R extends LedgerRow>(plan: PlanTerms, row: R): InvoiceLine<R> {
  const quantity = plan.fixedPrice === null ? row.licenses : 1;
  const amount = cyclePrice(plan, row.licenses);
  const unitPrice = plan.fixedPrice === null ? (plan.pricePerLicense ?? 0) : amount;
  const period = { start: row.eventTime, end: renewalOrEnd(plan, row.eventTime) };
  return { kind: 'renewal', row, quantity, unitPrice, amount, period };
}

/**
 * The line of the new-customer discount for an invoice with these lines; null where there is none: nothing renews, the price is fixed, or
 * no months are left.
 */
export function flatDiscountLine(
  plan: PlanTerms,
  lines: readonly InvoiceLine[],
  terms: FlatDiscountTerms,
): FlatDiscountLine | null {
  const renewal = lines.findLast(({ kind }) => kind === 'renewal');
  if (!renewal || plan.fixedPrice !== null) return null;
  const discount = flatDiscount(terms, plan.billingSchedule);
  return discount.months > 0 ? { ...discount, period: renewal.period } : null;
}

function addExtra<R extends LedgerRow>(
  lines: InvoiceLine<R>[],
  plan: PlanTerms,
  row: R,
  added: number,
  lastRenewalAt: Date,
): void {
  const last = lines.at(-1);
  if (last?.kind === 'extra' && day(last.row.eventTime) === day(row.eventTime)) {
    const quantity = last.quantity + added;
    lines[lines.length - 1] = { ...last, quantity, amount: quantity * last.unitPrice };
    return;
  }
  const unitPrice = extraLicensePrice(plan, row.eventTime, lastRenewalAt);
  const period = { start: row.eventTime, end: renewalOrEnd(plan, row.eventTime) };
  lines.push({ kind: 'extra', row, quantity: added, unitPrice, amount: added * unitPrice, period });
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
