import type { Customer, Invoice, InvoiceItem, LineItem } from './stripe-objects.js';
import { newId } from './table.js';

/** Less than this is not charged but carried to the customer's next invoice (docs.stripe.com/currencies, usd). */
const SMALLEST_CHARGE = 50;

/** Lines shown inside the invoice; the rest is behind `/v1/invoices/:id/lines`. */
const INLINE_LINES = 10;

/** What a customer owes for a total, their balance netted (docs.stripe.com/billing/customer/balance). Cents. */
export interface Netting {
  readonly due: number;
  readonly endingBalance: number;
  readonly tooSmall: boolean;
}

/** Nets a total with a balance; a negative balance is a credit. */
export function net(total: number, balance: number): Netting {
  const owed = total + balance;
  // A negative total becomes credit as a whole: it never pays money out.
  if (total < 0 || owed <= 0) return { due: 0, endingBalance: owed, tooSmall: false };
  if (owed < SMALLEST_CHARGE) return { due: 0, endingBalance: owed, tooSmall: true };
  return { due: owed, endingBalance: 0, tooSmall: false };
}

/** Brings a draft's sums up to date with its lines and its customer's balance. */
export function updateTotals(invoice: Invoice, lines: readonly LineItem[], customer: Customer): void {
  const total = lines.reduce((sum, line) => sum + line.amount, 0);
  const due = net(total, customer.balance).due;
  Object.assign(invoice, {
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
    starting_balance: customer.balance,
    amount_due: due,
    amount_remaining: due,
  });
  invoice.lines = linesOf(invoice.id, lines);
}

/** The lines as an invoice carries them: the newest first. */
export function linesOf(id: string, oldestFirst: readonly LineItem[]): Invoice['lines'] {
  const data = oldestFirst.toReversed().slice(0, INLINE_LINES);
  return {
    object: 'list',
    data,
    has_more: oldestFirst.length > data.length,
    total_count: oldestFirst.length,
    url: `/v1/invoices/${id}/lines`,
  };
}

/** The line that an item becomes on its invoice. */
export function lineOf(item: InvoiceItem, invoice: string): LineItem {
  return {
    id: newId('il'),
    object: 'line_item',
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    discount_amounts: [],
    discountable: item.discountable,
    discounts: [],
    invoice,
    livemode: false,
    metadata: item.metadata,
    parent: {
      invoice_item_details: { invoice_item: item.id, proration: false, proration_details: null, subscription: null },
      subscription_item_details: null,
      type: 'invoice_item_details',
    },
    period: item.period,
    pretax_credit_amounts: [],
    pricing: item.pricing,
    quantity: item.quantity,
    subtotal: item.amount,
    taxes: [],
  };
}
