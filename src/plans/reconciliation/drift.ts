/** What should not be between Stripe and here, in words for operators. */
export const DRIFT = {
  'customer-missing': 'customers that Stripe does not know any more',
  'card-missing': 'plans that are charged automatically, without a payment method at Stripe',
  'invoice-unknown': 'open invoices at Stripe of customers here, which nothing here made',
  'invoice-not-voided': 'open invoices at Stripe that were given up here',
  'invoice-missing': 'open invoices here that Stripe does not have',
  'amount-differs': 'open invoices that ask for another amount than was meant',
  'payment-not-noted': 'paid invoices of which Stripe never told; their plans were made now',
  'void-not-noted': 'voided invoices of which Stripe never told; that was noted now',
} as const;

export type DriftKind = keyof typeof DRIFT;

/** All kinds. */
export const DRIFT_KINDS = Object.keys(DRIFT) as DriftKind[];

/** One thing that should not be. */
export interface Drift {
  readonly kind: DriftKind;
  /** Our id. */
  readonly customerId: string;
  readonly stripeInvoiceId?: string;
}
