import type {
  BillingCustomer,
  BillingEvent,
  BillingInvoice,
  BillingInvoiceLine,
  CardSetup,
  IdempotencyKey,
  InvoiceFilter,
  NewBillingCustomer,
  NewBillingInvoice,
  NewCardSetup,
  NewInvoiceLine,
  NewPortalVisit,
  PaymentOutcome,
} from './billing-objects.js';

/**
 * The payment provider. It keeps the customers' cards, writes the invoices and takes the money; nothing here decides what is owed.
 * The abstract class is the injection token.
 *
 * Every write takes an idempotency key: sent again with the same key it is done once (docs.stripe.com/api/idempotent_requests).
 * Stripe remembers keys for a day, failures with them; whoever finishes older work, or gets `temporary` again and again for one
 * key, looks first for what was done, by the metadata. A charge that was refused needs a new key before it is tried again. Reads answer undefined for what does not exist. Never call this inside a
 * database transaction.
 *
 * Unless said otherwise every method throws {@link BillingProblem}.
 */
export abstract class BillingGateway {
  /** Whether there is a provider; without one every call throws `not-configured`. */
  abstract readonly configured: boolean;

  abstract createCustomer(customer: NewBillingCustomer, key: IdempotencyKey): Promise<BillingCustomer>;
  abstract customer(id: string): Promise<BillingCustomer | undefined>;
  /** All there are, page by page, newest first. */
  abstract customers(): AsyncIterable<BillingCustomer>;
  abstract updateCustomer(
    id: string,
    changes: Partial<NewBillingCustomer>,
    key: IdempotencyKey,
  ): Promise<BillingCustomer>;
  /** Invoices are paid by this from now on. */
  abstract setDefaultPayment(
    customerId: string,
    paymentMethodId: string,
    key: IdempotencyKey,
  ): Promise<BillingCustomer>;
  /** Credits cents (more than 0), which the next final invoices use up; answers the credit's own id. */
  abstract creditCustomer(customerId: string, cents: number, description: string, key: IdempotencyKey): Promise<string>;
  /** The id of the credit that was given under this key, however long ago. */
  abstract findCredit(customerId: string, key: IdempotencyKey): Promise<string | undefined>;

  /** Opens a page where the customer saves a card. */
  abstract startCardSetup(setup: NewCardSetup, key: IdempotencyKey): Promise<CardSetup>;
  abstract cardSetup(id: string): Promise<CardSetup | undefined>;

  /** Makes a draft without lines. */
  abstract createInvoice(invoice: NewBillingInvoice, key: IdempotencyKey): Promise<BillingInvoice>;
  /** Adds a line to a draft; answers the line's own id. */
  abstract addInvoiceLine(line: NewInvoiceLine, key: IdempotencyKey): Promise<string>;
  abstract invoice(id: string): Promise<BillingInvoice | undefined>;
  /** All lines, in the order in which they were added. */
  abstract invoiceLines(invoiceId: string): Promise<BillingInvoiceLine[]>;
  /** All that match, newest first. */
  abstract invoices(filter: InvoiceFilter): Promise<BillingInvoice[]>;
  /** All that wait for their payment, whoever's, page by page, newest first. */
  abstract openInvoices(): AsyncIterable<BillingInvoice>;
  /** Makes a draft binding. One that is final already is answered as it is. */
  abstract finalizeInvoice(id: string, key: IdempotencyKey): Promise<BillingInvoice>;
  /** Charges the default payment method now. A refusal is an outcome, not an error. */
  abstract payInvoice(id: string, key: IdempotencyKey): Promise<PaymentOutcome>;
  /** Cancels an open invoice. One that is paid, void or written off is answered as it is: look at its status. */
  abstract voidInvoice(id: string, key: IdempotencyKey): Promise<BillingInvoice>;
  /** Deletes a draft; false where it is gone or final. Needs no key: a second deletion finds nothing. */
  abstract deleteDraft(id: string): Promise<boolean>;

  /** Opens the provider's portal; answers where to send the browser. */
  abstract startPortalVisit(visit: NewPortalVisit, key: IdempotencyKey): Promise<string>;

  /** Events of these types since an instant, oldest first: what webhooks should have told. Kept by Stripe for 30 days. */
  abstract events(types: readonly string[], since: Date): Promise<BillingEvent[]>;
  /**
   * Checks that a webhook comes from the provider, is not older than five minutes and speaks the pinned version.
   *
   * @param rawBody the bytes as they came
   * @param signature the header field `Stripe-Signature`
   * @throws WebhookRefused
   */
  abstract verifyWebhook(rawBody: Buffer, signature: string | undefined): BillingEvent;
}
