import type { Account } from './account.js';
import { finished } from './customers.js';
import { lineOf, updateTotals } from './invoice-totals.js';
import type { Parameters } from './parameters.js';
import { invalidParameter, refused } from './stripe-failure.js';
import type { Invoice, InvoiceItem } from './stripe-objects.js';
import { newId, page } from './table.js';

/** `POST /v1/invoiceitems` */
export function createInvoiceItem(account: Account, parameters: Parameters): InvoiceItem {
  const customer = account.customers.get(parameters.required('customer'), 'customer');
  const invoiceId = parameters.text('invoice');
  const invoice = invoiceId === undefined ? undefined : account.invoices.get(invoiceId, 'invoice');
  const { amount, quantity, unit } = price(parameters);
  const period = parameters.nested('period');
  const start = period.integer('start') ?? account.now();
  const end = period.integer('end') ?? start;
  if (end < start) throw invalidParameter('period[end]', 'The period must not end before it starts.');
  const item: InvoiceItem = {
    id: account.invoiceItems.newId(),
    object: 'invoiceitem',
    amount,
    currency: parameters.text('currency') ?? 'usd',
    customer: customer.id,
    date: account.now(),
    description: parameters.text('description') ?? null,
    discountable: parameters.flag('discountable') ?? amount >= 0,
    discounts: [],
    invoice: invoice?.id ?? null,
    livemode: false,
    metadata: parameters.metadata(),
    parent: null,
    period: { start, end },
    pricing: {
      price_details: { price: newId('price'), product: newId('prod') },
      type: 'price_details',
      unit_amount_decimal: unit,
    },
    proration: false,
    quantity,
    tax_rates: [],
    test_clock: null,
  };
  parameters.finish();
  if (invoice) addLine(account, invoice, item);
  account.invoiceItems.add(item);
  account.emit('invoiceitem.created', item);
  return item;
}

/** `GET /v1/invoiceitems` */
export function listInvoiceItems(account: Account, parameters: Parameters) {
  const customer = parameters.text('customer');
  const invoice = parameters.text('invoice');
  const pending = parameters.flag('pending');
  const matching = account.invoiceItems
    .all()
    .filter((one) => customer === undefined || one.customer === customer)
    .filter((one) => invoice === undefined || one.invoice === invoice)
    .filter((one) => pending === undefined || (one.invoice === null) === pending);
  return finished(parameters, page(matching, parameters, '/v1/invoiceitems'));
}

/** `DELETE /v1/invoiceitems/:id` */
export function deleteInvoiceItem(account: Account, parameters: Parameters, id: string) {
  const item = account.invoiceItems.get(id);
  parameters.finish();
  const invoice = account.invoices.find(item.invoice ?? '');
  if (invoice) {
    requireDraft(invoice);
    const lines = account.lines.get(invoice.id) ?? [];
    account.lines.set(
      invoice.id,
      lines.filter((line) => line.parent.invoice_item_details.invoice_item !== id),
    );
    updateTotals(invoice, account.lines.get(invoice.id) ?? [], account.customers.get(invoice.customer));
  }
  account.invoiceItems.remove(id);
  return { id, object: 'invoiceitem', deleted: true } as const;
}

/** Puts items that wait for an invoice onto this one. */
export function includePendingItems(account: Account, invoice: Invoice): void {
  for (const item of account.invoiceItems.all()) {
    if (item.customer === invoice.customer && item.invoice === null) {
      item.invoice = invoice.id;
      addLine(account, invoice, item);
    }
  }
}

/** @throws StripeFailure where the invoice has left its draft */
export function requireDraft(invoice: Invoice): void {
  if (invoice.status !== 'draft') throw refused('This invoice is no longer editable', 'invoice_not_editable');
}

function addLine(account: Account, invoice: Invoice, item: InvoiceItem): void {
  if (invoice.customer !== item.customer) {
    throw refused(`The customer ${item.customer} does not match the customer of the invoice.`);
  }
  requireDraft(invoice);
  if (invoice.currency !== item.currency) throw refused('The currency does not match that of the invoice.');
  const lines = [...(account.lines.get(invoice.id) ?? []), lineOf(item, invoice.id)];
  account.lines.set(invoice.id, lines);
  updateTotals(invoice, lines, account.customers.get(invoice.customer));
}

/** Either an amount, or a quantity times a unit price in (fractions of) cents, rounded to a whole cent. */
function price(parameters: Parameters): { amount: number; quantity: number; unit: string } {
  const amount = parameters.integer('amount');
  const quantity = parameters.integer('quantity');
  const unit = parameters.text('unit_amount_decimal');
  if (amount !== undefined && (unit !== undefined || quantity !== undefined)) {
    throw invalidParameter('amount', 'You may only specify one of these parameters: amount, unit_amount_decimal.');
  }
  if (amount !== undefined) return { amount, quantity: 1, unit: String(amount) };
  if (unit === undefined) throw invalidParameter('amount', 'Missing required param: amount.', 'parameter_missing');
  if (!/^-?\d+(\.\d{1,12})?$/.test(unit)) throw invalidParameter('unit_amount_decimal', `Invalid decimal: ${unit}`);
  const count = quantity ?? 1;
  if (count < 0) throw invalidParameter('quantity', 'This value must be greater than or equal to 0.');
  return { amount: Math.round(Number(unit) * count), quantity: count, unit };
}
