import type { Account } from './account.js';
import { finished, mergeMetadata } from './customers.js';
import { includePendingItems, requireDraft } from './invoice-items.js';
import { linesOf, updateTotals } from './invoice-totals.js';
import type { Parameters } from './parameters.js';
import { invalidParameter, refused } from './stripe-failure.js';
import type { Invoice } from './stripe-objects.js';
import { page } from './table.js';

/** A draft under automatic collection is finalized an hour after it was made. */
const DRAFT_SECONDS = 60 * 60;
const DAY_SECONDS = 86_400;
const COLLECTION = ['charge_automatically', 'send_invoice'] as const;

/** `POST /v1/invoices` */
export function createInvoice(account: Account, parameters: Parameters): Invoice {
  const customer = account.customers.get(parameters.required('customer'), 'customer');
  const now = account.now();
  const collection = parameters.choice('collection_method', COLLECTION) ?? 'charge_automatically';
  const autoAdvance = parameters.flag('auto_advance') ?? false;
  const pending = parameters.choice('pending_invoice_items_behavior', ['exclude', 'include'] as const) ?? 'exclude';
  if (collection === 'send_invoice' && customer.email === null) {
    throw refused(
      'Missing email. In order to create invoices that are sent to the customer, the customer must have a valid email.',
      'customer_email_missing',
    );
  }
  const id = account.invoices.newId();
  const invoice: Invoice = {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Sandbox account',
    amount_due: 0,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: 0,
    amount_shipping: 0,
    attempt_count: 0,
    attempted: false,
    auto_advance: autoAdvance,
    automatically_finalizes_at: autoAdvance ? now + DRAFT_SECONDS : null,
    billing_reason: 'manual',
    collection_method: collection,
    created: now,
    currency: parameters.text('currency') ?? 'usd',
    customer: customer.id,
    customer_address: customer.address,
    customer_email: customer.email,
    customer_name: customer.name,
    default_payment_method: defaultMethod(account, parameters) ?? null,
    description: parameters.text('description') ?? null,
    discounts: [],
    due_date: dueDate(parameters, collection, now, true),
    effective_at: null,
    ending_balance: null,
    footer: parameters.text('footer') ?? null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    last_finalization_error: null,
    latest_revision: null,
    lines: linesOf(id, []),
    livemode: false,
    metadata: parameters.metadata(),
    next_payment_attempt: autoAdvance && collection === 'charge_automatically' ? now + DRAFT_SECONDS : null,
    number: null,
    parent: null,
    period_end: now,
    period_start: now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    starting_balance: customer.balance,
    statement_descriptor: descriptor(parameters) ?? null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    subtotal_excluding_tax: 0,
    test_clock: null,
    total: 0,
    total_excluding_tax: 0,
    webhooks_delivered_at: null,
  };
  parameters.finish();
  account.invoices.add(invoice);
  account.lines.set(id, []);
  if (pending === 'include') includePendingItems(account, invoice);
  customer.currency ??= invoice.currency;
  account.emit('invoice.created', invoice);
  return invoice;
}

/** `POST /v1/invoices/:id` */
export function updateInvoice(account: Account, parameters: Parameters, id: string): Invoice {
  const invoice = account.invoices.get(id);
  const collection = parameters.choice('collection_method', COLLECTION);
  const method = defaultMethod(account, parameters);
  const description = parameters.text('description');
  const statement = descriptor(parameters);
  const terms = parameters.has('days_until_due') || parameters.has('due_date');
  if (collection !== undefined || description !== undefined || statement !== undefined || terms) requireDraft(invoice);
  const due =
    terms || collection
      ? dueDate(parameters, collection ?? invoice.collection_method, account.now(), false)
      : undefined;
  const autoAdvance = parameters.flag('auto_advance');
  const metadata = parameters.metadata();
  parameters.finish();
  if (collection !== undefined) invoice.collection_method = collection;
  if (method !== undefined) invoice.default_payment_method = method;
  if (description !== undefined) invoice.description = description;
  if (statement !== undefined) invoice.statement_descriptor = statement;
  if (due !== undefined) invoice.due_date = due;
  if (autoAdvance !== undefined) setAutoAdvance(account, invoice, autoAdvance);
  mergeMetadata(invoice.metadata, metadata);
  account.emit('invoice.updated', invoice);
  return invoice;
}

/** `GET /v1/invoices/:id` */
export function retrieveInvoice(account: Account, parameters: Parameters, id: string): Invoice {
  const invoice = account.invoices.get(id);
  // A draft follows its customer's balance until it is finalized.
  if (invoice.status === 'draft') {
    updateTotals(invoice, account.lines.get(id) ?? [], account.customers.get(invoice.customer));
  }
  return finished(parameters, invoice);
}

/** `GET /v1/invoices`. The filter by `total` is not documented by Stripe, but works there. */
export function listInvoices(account: Account, parameters: Parameters) {
  const wanted = (['customer', 'status', 'collection_method'] as const).map(
    (name) => [name, parameters.text(name)] as const,
  );
  const total = parameters.integer('total');
  const created = parameters.nested('created');
  const since = created.integer('gte');
  const until = created.integer('lte');
  const matching = account.invoices
    .all()
    .filter((one) => wanted.every(([name, value]) => value === undefined || one[name] === value))
    .filter((one) => total === undefined || one.total === total)
    .filter((one) => (since === undefined || one.created >= since) && (until === undefined || one.created <= until));
  return finished(parameters, page(matching, parameters, '/v1/invoices'));
}

/** `GET /v1/invoices/:id/lines`: the newest first. */
export function listLines(account: Account, parameters: Parameters, id: string) {
  account.invoices.get(id);
  return finished(parameters, page(account.lines.get(id) ?? [], parameters, `/v1/invoices/${id}/lines`));
}

/** `DELETE /v1/invoices/:id`: drafts only. */
export function deleteInvoice(account: Account, parameters: Parameters, id: string) {
  const invoice = account.invoices.get(id);
  parameters.finish();
  if (invoice.status !== 'draft') throw refused('You can only delete draft invoices. You can void this one instead.');
  account.invoices.remove(id);
  account.emit('invoice.deleted', invoice);
  return { id, object: 'invoice', deleted: true } as const;
}

function setAutoAdvance(account: Account, invoice: Invoice, on: boolean): void {
  invoice.auto_advance = on;
  const automatic = invoice.collection_method === 'charge_automatically';
  if (invoice.status === 'draft') invoice.automatically_finalizes_at = on ? account.now() + DRAFT_SECONDS : null;
  if (automatic && (invoice.status === 'draft' || invoice.status === 'open')) {
    invoice.next_payment_attempt = on ? account.now() + DRAFT_SECONDS : null;
  }
}

function defaultMethod(account: Account, parameters: Parameters): string | undefined {
  const id = parameters.text('default_payment_method');
  return id === undefined ? undefined : account.paymentMethods.get(id, 'default_payment_method').id;
}

/** At most 22 characters, none of `<>"'\*` (docs.stripe.com/get-started/account/statement-descriptors). */
function descriptor(parameters: Parameters): string | undefined {
  const value = parameters.text('statement_descriptor');
  if (value === undefined || (value.length <= 22 && !/[<>"'\\*]/.test(value))) return value;
  throw invalidParameter(
    'statement_descriptor',
    'The statement descriptor must be at most 22 characters without <>"\'\\*.',
  );
}

function dueDate(
  parameters: Parameters,
  collection: Invoice['collection_method'],
  now: number,
  needed: boolean,
): number | null {
  const days = parameters.integer('days_until_due');
  const date = parameters.integer('due_date');
  if (collection === 'charge_automatically') {
    if (days === undefined && date === undefined) return null;
    throw invalidParameter(
      'days_until_due',
      'You can only specify days_until_due or due_date if collection_method is send_invoice.',
    );
  }
  if (days === undefined && date === undefined) {
    if (!needed) return null;
    throw invalidParameter(
      'days_until_due',
      'You must specify days_until_due or due_date with send_invoice.',
      'parameter_missing',
    );
  }
  if (days !== undefined && days < 0) throw invalidParameter('days_until_due', 'This value must be at least 0.');
  if (date !== undefined && date < now) throw invalidParameter('due_date', 'The due date must be in the future.');
  return date ?? now + (days ?? 0) * DAY_SECONDS;
}
