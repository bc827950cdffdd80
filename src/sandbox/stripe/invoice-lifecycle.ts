import type { Account } from './account.js';
import { moveBalance } from './customers.js';
import { net, updateTotals } from './invoice-totals.js';
import type { Parameters } from './parameters.js';
import { charge, settle } from './payments.js';
import { refused } from './stripe-failure.js';
import type { Invoice } from './stripe-objects.js';

/** How long after finalizing by hand Stripe tries to collect by itself. */
const COLLECTION_SECONDS = 60 * 60;

/** `POST /v1/invoices/:id/finalize` */
export function finalizeInvoice(account: Account, parameters: Parameters, id: string): Invoice {
  const invoice = account.invoices.get(id);
  const autoAdvance = parameters.flag('auto_advance');
  parameters.finish();
  if (invoice.status !== 'draft') {
    throw refused(
      "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
      'invoice_already_finalized',
    );
  }
  if (autoAdvance !== undefined) invoice.auto_advance = autoAdvance;
  return finalize(account, invoice, COLLECTION_SECONDS);
}

/** Makes a draft binding: a number, the balance netted, a page where it can be paid. */
export function finalize(account: Account, invoice: Invoice, collectAfterSeconds: number): Invoice {
  const customer = account.customers.get(invoice.customer);
  updateTotals(invoice, account.lines.get(invoice.id) ?? [], customer);
  const { due, endingBalance, tooSmall } = net(invoice.total, customer.balance);
  const now = account.now();
  if (endingBalance !== customer.balance) {
    moveBalance(account, customer, {
      amount: endingBalance - customer.balance,
      currency: invoice.currency,
      description: null,
      metadata: {},
      type: tooSmall ? 'invoice_too_small' : 'applied_to_invoice',
      invoice: invoice.id,
    });
  }
  invoice.number = `${customer.invoice_prefix}-${String(customer.next_invoice_sequence++).padStart(4, '0')}`;
  invoice.ending_balance = endingBalance;
  invoice.amount_due = due;
  invoice.amount_remaining = due;
  // The term runs from the day on which the customer gets the invoice.
  if (invoice.due_date !== null) invoice.due_date += now - invoice.created;
  invoice.status = 'open';
  invoice.status_transitions.finalized_at = now;
  invoice.effective_at = now;
  invoice.automatically_finalizes_at = null;
  invoice.hosted_invoice_url = `${account.origin()}/i/${invoice.id}`;
  invoice.invoice_pdf = `${account.origin()}/i/${invoice.id}/pdf`;
  const automatic = invoice.auto_advance && invoice.collection_method === 'charge_automatically';
  invoice.next_payment_attempt = automatic ? now + collectAfterSeconds : null;
  account.emit('invoice.finalized', invoice);
  if (due === 0) return settle(account, invoice, 0);
  if (invoice.auto_advance && invoice.collection_method === 'send_invoice') account.emit('invoice.sent', invoice);
  return invoice;
}

/** `POST /v1/invoices/:id/pay`: a draft is finalized first. Without parameters the usual payment method is charged. */
export function payInvoice(account: Account, parameters: Parameters, id: string): Invoice {
  const invoice = account.invoices.get(id);
  const methodId = parameters.text('payment_method');
  const method = methodId === undefined ? undefined : account.paymentMethods.get(methodId, 'payment_method');
  const outside = parameters.flag('paid_out_of_band') ?? false;
  parameters.ignore('off_session', 'forgive', 'mandate');
  parameters.finish();
  if (invoice.status === 'draft') {
    const finalized = finalize(account, invoice, COLLECTION_SECONDS);
    // What nothing is due for is settled by finalizing it.
    if (finalized.status === 'paid') return finalized;
  }
  if (invoice.status === 'paid') throw refused('Invoice is already paid');
  if (invoice.status === 'void') throw refused('Invoice is void and can no longer be paid.');
  if (outside) {
    account.charges.push({
      id: account.newRequestId(),
      customer: invoice.customer,
      invoice: invoice.id,
      amount: invoice.amount_due,
      outcome: 'succeeded',
      by: 'outside',
      at: account.clock.now(),
    });
    return settle(account, invoice, invoice.amount_due);
  }
  return charge(account, invoice, { by: 'api', ...(method ? { method } : {}) });
}

/** `POST /v1/invoices/:id/void`: the credit that it had used goes back to the customer. */
export function voidInvoice(account: Account, parameters: Parameters, id: string): Invoice {
  const invoice = account.invoices.get(id);
  parameters.finish();
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw refused("You can only pass in open invoices. This invoice isn't open.");
  }
  const used = (invoice.ending_balance ?? invoice.starting_balance) - invoice.starting_balance;
  if (used !== 0) {
    moveBalance(account, account.customers.get(invoice.customer), {
      amount: -used,
      currency: invoice.currency,
      description: null,
      metadata: {},
      type: 'unapplied_from_invoice',
      invoice: invoice.id,
    });
  }
  close(invoice);
  invoice.status = 'void';
  invoice.status_transitions.voided_at = account.now();
  account.emit('invoice.voided', invoice);
  return invoice;
}

/** `POST /v1/invoices/:id/mark_uncollectible` */
export function markUncollectible(account: Account, parameters: Parameters, id: string): Invoice {
  const invoice = account.invoices.get(id);
  parameters.finish();
  if (invoice.status !== 'open') throw refused("You can only pass in open invoices. This invoice isn't open.");
  close(invoice);
  invoice.status = 'uncollectible';
  invoice.status_transitions.marked_uncollectible_at = account.now();
  account.emit('invoice.marked_uncollectible', invoice);
  return invoice;
}

/** `POST /v1/invoices/:id/send`: Stripe mails it to the customer. */
export function sendInvoice(account: Account, parameters: Parameters, id: string): Invoice {
  const invoice = account.invoices.get(id);
  parameters.finish();
  if (invoice.collection_method !== 'send_invoice') throw refused('Only invoices of send_invoice can be sent by hand.');
  if (invoice.status === 'draft') finalize(account, invoice, COLLECTION_SECONDS);
  if (invoice.status !== 'open') throw refused(`This invoice can't be sent: it is ${invoice.status}.`);
  account.emit('invoice.sent', invoice);
  return invoice;
}

function close(invoice: Invoice): void {
  invoice.auto_advance = false;
  invoice.next_payment_attempt = null;
}
