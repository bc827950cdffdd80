import { TERMS } from '../catalogue/list-prices.js';
import type { Schedule } from '../catalogue/plan-status.js';
import { productName, type Tier } from '../catalogue/tiers.js';
import type { FlatDiscountLine } from '../rules/flat-discount.js';
import type { InvoiceLine } from '../rules/invoice-lines.js';
import type { LedgerRow, Period, PlanTerms } from '../rules/plan-terms.js';
import type { UpgradeInvoice } from '../rules/upgrade-invoice.js';

/** One line; amounts in cents, negative for a discount, periods in Unix seconds as Stripe has them. */
export interface ContentLine {
  /** The ledger row that the line is for; null: the invoice has one such line only. */
  readonly ledgerId: string | null;
  readonly description: string;
  /** Price of one and how many, or what it comes to. */
  readonly price: { readonly quantity: number; readonly unitAmount: number } | { readonly amount: number };
  readonly period: { readonly start: number; readonly end: number };
}

/** All that an invoice is made from, so that it can be made again exactly. Stored as JSON. */
export interface InvoiceContent {
  readonly stripeCustomerId: string;
  readonly chargeAutomatically: boolean;
  /** Stripe carries on by itself after it is finalized: charges the card, mails the invoice. */
  readonly autoAdvance: boolean;
  /** Null where a card is charged. */
  readonly daysUntilDue: number | null;
  readonly statementDescriptor: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly lines: readonly ContentLine[];
}

/** What an upgrade invoice is made from. */
export interface UpgradeTerms {
  readonly stripeCustomerId: string;
  readonly tier: Tier;
  readonly schedule: Schedule;
  readonly licenses: number;
  readonly automanageLicenses: boolean;
  readonly chargeAutomatically: boolean;
  /** The customer's plan as it is, complimentary access or the trial that the invoice is sent in. */
  readonly currentPlanId: string | null;
  /** Length of the free trial that the invoice is sent in; undefined: there is none. */
  readonly trialDays?: number;
}

/**
 * The invoice with which a plan is bought. Its metadata say, when it is paid, which plan to make; a paid one makes it whatever became of
 * the customer's terms in the meantime.
 */
export function upgradeContent(terms: UpgradeTerms, invoice: UpgradeInvoice, monthlyDiscount: number): InvoiceContent {
  const { tier, chargeAutomatically, trialDays } = terms;
  const price = { quantity: invoice.quantity, unitAmount: invoice.unitPrice };
  const line = { ledgerId: null, description: productName(tier), price, period: inSeconds(invoice.period) };
  return {
    stripeCustomerId: terms.stripeCustomerId,
    chargeAutomatically,
    autoAdvance: !chargeAutomatically,
    daysUntilDue: chargeAutomatically ? null : (trialDays ?? TERMS.upgradeDueDays),
    statementDescriptor: productName(tier),
    metadata: {
      plan_tier: String(tier),
      billing_schedule: String(terms.schedule),
      licenses: String(terms.licenses),
      license_management: terms.automanageLicenses ? 'automatic' : 'manual',
      on_free_trial: trialDays === undefined ? 'False' : 'True',
      current_plan_id: terms.currentPlanId ?? 'None',
    },
    lines: [line, ...discountLines(invoice.discount, monthlyDiscount)],
  };
}

/** The invoice of an invoicing pass: renewals and extra licenses. Stripe charges the card by itself, or mails it. */
export function passContent(
  plan: Pick<PlanTerms, 'tier' | 'chargeAutomatically'>,
  stripeCustomerId: string,
  lines: readonly InvoiceLine<LedgerRow & { readonly id: string }>[],
  discount: FlatDiscountLine | null,
  monthlyDiscount: number,
): InvoiceContent {
  const product = productName(plan.tier);
  const content = lines.map(({ kind, row, quantity, unitPrice, period }) => ({
    ledgerId: row.id,
    description: kind === 'renewal' ? `${product} - renewal` : `Additional ${product} license`,
    price: { quantity, unitAmount: unitPrice },
    period: inSeconds(period),
  }));
  return {
    stripeCustomerId,
    chargeAutomatically: plan.chargeAutomatically,
    autoAdvance: true,
    daysUntilDue: plan.chargeAutomatically ? null : TERMS.renewalDueDays,
    statementDescriptor: product,
    metadata: {},
    lines: [...content, ...discountLines(discount, monthlyDiscount)],
  };
}

/** What an invoice comes to, in cents, before a customer's balance. */
export function contentTotal({ lines }: Pick<InvoiceContent, 'lines'>): number {
  return lines.reduce(
    (sum, { price }) => sum + ('amount' in price ? price.amount : price.quantity * price.unitAmount),
    0,
  );
}

/**
 * The idempotency key of one request to Stripe about a build. The same step of the same build has the same key for ever, so a repeated
 * request is answered as the first one was.
 */
export function stepKey(buildId: string, step: 'create' | 'finalize' | 'pay' | 'void'): string {
  return `invoice_build:${buildId}:${step}`;
}

/** The idempotency key of a line. One for a ledger row is made of that row alone: it is billed once, on whatever invoice. */
export function lineKey(buildId: string, line: ContentLine, index: number): string {
  return line.ledgerId === null ? `invoice_build:${buildId}:line:${index}` : `ledger_entry:${line.ledgerId}`;
}

function discountLines(discount: FlatDiscountLine | null, monthlyDiscount: number): ContentLine[] {
  if (discount === null) return [];
  const description = `$${(monthlyDiscount / 100).toFixed(2)}/month new customer discount`;
  return [{ ledgerId: null, description, price: { amount: -discount.amount }, period: inSeconds(discount.period) }];
}

function inSeconds({ start, end }: Period): { readonly start: number; readonly end: number } {
  return { start: Math.floor(start.getTime() / 1_000), end: Math.floor(end.getTime() / 1_000) };
}
