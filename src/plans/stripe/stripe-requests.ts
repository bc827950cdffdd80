import type { LinePrice, NewBillingInvoice, NewCardSetup, NewInvoiceLine, NewPortalVisit } from './billing-objects.js';

/** Cards only. The library's types no longer know it, the pinned version asks for it. */
const CARD_ONLY: object = { payment_method_types: ['card'] };

/** A visit to Checkout that saves a card and charges nothing. */
export function cardSetupRequest(setup: NewCardSetup) {
  const update = { customer_update: { address: 'auto', name: 'auto' } } as const;
  return {
    mode: 'setup',
    ...CARD_ONLY,
    customer: setup.customerId,
    metadata: setup.metadata,
    success_url: setup.successUrl,
    cancel_url: setup.cancelUrl,
    billing_address_collection: 'required',
    ...(setup.updatesCustomer ? update : {}),
  } as const;
}

export function invoiceRequest(invoice: NewBillingInvoice) {
  return {
    customer: invoice.customerId,
    currency: 'usd',
    auto_advance: invoice.autoAdvance,
    collection_method: invoice.collection === 'invoice' ? 'send_invoice' : 'charge_automatically',
    statement_descriptor: invoice.statementDescriptor,
    // Only the lines that are added by name: nothing that lies about from elsewhere.
    pending_invoice_items_behavior: 'exclude',
    ...(invoice.metadata ? { metadata: invoice.metadata } : {}),
    ...(invoice.daysUntilDue === undefined ? {} : { days_until_due: invoice.daysUntilDue }),
  } as const;
}

/** A line without its price, whose numbers are of the library's own kind. */
export function lineRequest(line: NewInvoiceLine) {
  return {
    customer: line.customerId,
    invoice: line.invoiceId,
    currency: 'usd',
    description: line.description,
    discountable: false,
    period: { start: seconds(line.period.start), end: seconds(line.period.end) },
    ...(line.metadata ? { metadata: line.metadata } : {}),
  } as const;
}

/** What the portal lets a customer do. */
export function portalFeatures(purpose: NewPortalVisit['purpose']) {
  if (purpose === 'invoice-history') return { invoice_history: { enabled: true } };
  const allowed_updates: ('address' | 'name' | 'email')[] = ['address', 'name', 'email'];
  return { customer_update: { enabled: true, allowed_updates } };
}

/** @throws RangeError where a price is not in whole cents */
export function checkedPrice(price: LinePrice): LinePrice {
  if (!Object.values(price).every(Number.isSafeInteger)) throw new RangeError('a price is a number of whole cents');
  return price;
}

/** Whole seconds since the epoch, as Stripe counts. */
export function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
