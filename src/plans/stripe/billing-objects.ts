/**
 * What the rest of billing knows of the payment provider, in our own words: money in integer cents of US dollars, instants as
 * dates, ids as the provider gave them.
 */

/** The idempotency key of one write, made from our own row's id and step: the same write sent again has the same key. */
export type IdempotencyKey = string;

export interface BillingAddress {
  readonly line1?: string;
  readonly line2?: string;
  readonly city?: string;
  readonly state?: string;
  readonly postalCode?: string;
  readonly country?: string;
}

/** The means by which a customer's invoices are paid unless they say otherwise. */
export interface DefaultPayment {
  readonly id: string;
  readonly kind: 'card' | 'other';
  /** Lower case, as `visa`; of cards only. */
  readonly brand?: string;
  readonly last4?: string;
}

export interface BillingCustomer {
  readonly id: string;
  readonly createdAt: Date;
  readonly email?: string;
  readonly name?: string;
  readonly description?: string;
  readonly address?: BillingAddress;
  /** Cents; negative: credit that the next invoices use up. */
  readonly balance: number;
  readonly defaultPayment?: DefaultPayment;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface NewBillingCustomer {
  readonly description: string;
  readonly email: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** How an invoice is paid: by the card on file, or by the customer who gets it. */
export type Collection = 'card' | 'invoice';

export type BillingInvoiceStatus = 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';

export interface BillingInvoice {
  readonly id: string;
  readonly customerId: string;
  readonly status: BillingInvoiceStatus;
  readonly collection: Collection;
  readonly number?: string;
  /** Cents, before the customer's balance. */
  readonly total: number;
  /** Cents, after the customer's balance. */
  readonly amountDue: number;
  readonly amountPaid: number;
  readonly createdAt: Date;
  readonly dueAt?: Date;
  readonly paidAt?: Date;
  readonly statementDescriptor?: string;
  /** Where the customer sees and pays it, once it is final. */
  readonly hostedUrl?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface NewBillingInvoice {
  readonly customerId: string;
  readonly collection: Collection;
  /** The provider finalizes, sends and collects by itself. */
  readonly autoAdvance: boolean;
  /** Of invoices that the customer pays; from the day on which they are final. */
  readonly daysUntilDue?: number;
  /** At most 22 characters. */
  readonly statementDescriptor: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface BillingPeriod {
  readonly start: Date;
  readonly end: Date;
}

/** A line: so many at a price each, or a plain amount, which may be negative. Cents. */
export type LinePrice = { readonly quantity: number; readonly unitPrice: number } | { readonly amount: number };

export interface NewInvoiceLine {
  readonly customerId: string;
  readonly invoiceId: string;
  readonly description: string;
  readonly price: LinePrice;
  readonly period: BillingPeriod;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface BillingInvoiceLine {
  readonly id: string;
  readonly description: string;
  readonly amount: number;
  readonly quantity: number;
  /** Cents; undefined where the line is a plain amount without one. */
  readonly unitPrice?: number;
  readonly period: BillingPeriod;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface InvoiceFilter {
  readonly customerId: string;
  readonly status?: BillingInvoiceStatus;
  readonly collection?: Collection;
}

/** A visit to the provider's page where a card is saved. */
export interface CardSetup {
  readonly id: string;
  readonly status: 'open' | 'complete' | 'expired';
  readonly customerId?: string;
  /** Where to send the browser; gone once it is complete or expired. */
  readonly url?: string;
  /** The saved card, once it is complete. */
  readonly paymentMethodId?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface NewCardSetup {
  readonly customerId: string;
  /** `{CHECKOUT_SESSION_ID}` in it becomes the id of the visit. */
  readonly successUrl: string;
  readonly cancelUrl: string;
  /** The name and address typed there become the customer's. */
  readonly updatesCustomer: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A visit to the provider's portal. */
export interface NewPortalVisit {
  readonly customerId: string;
  readonly purpose: 'invoice-history' | 'contact-details';
  readonly returnUrl: string;
  /** Heading of the portal. */
  readonly headline: string;
}

/** Something that happened at the provider. It names the object; what that looks like now is asked again. */
export interface BillingEvent {
  readonly id: string;
  readonly type: string;
  readonly createdAt: Date;
  readonly objectId: string;
  readonly customerId?: string;
}

/** What became of charging an invoice. */
export type PaymentOutcome =
  /** Paid now, or it was already. */
  | { readonly kind: 'paid'; readonly invoice: BillingInvoice }
  /** The card was refused: for the customer to read. */
  | { readonly kind: 'declined'; readonly message: string; readonly reason: string }
  /** The bank wants to hear from the card's holder, who is not there. */
  | { readonly kind: 'needs-authentication'; readonly message: string }
  /** There is nothing to charge. */
  | { readonly kind: 'no-payment-method'; readonly message: string }
  /** It is void or written off. */
  | { readonly kind: 'not-payable'; readonly invoice: BillingInvoice };
