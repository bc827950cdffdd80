import type { Account } from './account.js';
import { expireSession } from './checkout.js';
import { finalize } from './invoice-lifecycle.js';
import { charge } from './payments.js';
import { StripeFailure } from './stripe-failure.js';
import type { Invoice } from './stripe-objects.js';

/**
 * What Stripe does by itself as time passes: finalizes drafts under automatic collection, charges what is due, announces what is
 * overdue, closes Checkout sessions. Harmless to call at any time and any number of times.
 */
export function advance(account: Account): void {
  const now = account.now();
  for (const id of account.touched) {
    const invoice = account.invoices.find(id);
    if (invoice) account.dueAt = Math.min(account.dueAt, dueTime(account, invoice));
  }
  account.touched.clear();
  // Most calls find nothing to do, however many invoices there are.
  if (account.dueAt <= now) advanceInvoices(account, now);
  for (const session of account.checkoutSessions.all()) {
    if (session.status === 'open' && session.expires_at <= now) expireSession(account, session);
  }
}

function advanceInvoices(account: Account, now: number): void {
  account.dueAt = Number.POSITIVE_INFINITY;
  for (const invoice of account.invoices.all()) {
    const { automatically_finalizes_at: at } = invoice;
    if (invoice.status === 'draft' && invoice.auto_advance && at !== null && at <= now) finalize(account, invoice, 0);
    collect(account, invoice, now);
    if (isOverdue(invoice, now) && !account.overdue.has(invoice.id)) {
      account.overdue.add(invoice.id);
      account.emit('invoice.overdue', invoice);
    }
    account.dueAt = Math.min(account.dueAt, dueTime(account, invoice));
  }
}

/** When there is something to do for an invoice. */
function dueTime({ overdue }: Account, invoice: Invoice): number {
  const { id, status, auto_advance: automatic, automatically_finalizes_at, next_payment_attempt, due_date } = invoice;
  const times = [
    status === 'draft' && automatic ? automatically_finalizes_at : null,
    status === 'open' && automatic ? next_payment_attempt : null,
    status === 'open' && !overdue.has(id) ? due_date : null,
  ];
  return Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY));
}

function collect(account: Account, invoice: Invoice, now: number): void {
  const { next_payment_attempt: at, status } = invoice;
  if (status !== 'open' || !invoice.auto_advance || at === null || at > now) return;
  try {
    charge(account, invoice, { by: 'automatic' });
  } catch (error) {
    // A refused charge is noted in the invoice; Stripe tells nobody but by its event.
    if (!(error instanceof StripeFailure)) throw error;
  }
}

function isOverdue(invoice: Invoice, now: number): boolean {
  return invoice.status === 'open' && invoice.due_date !== null && invoice.due_date <= now;
}
