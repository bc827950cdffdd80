/**
 * Numbers of the audit events that billing writes, for servers and realms alike. Changes of plan types are noted where they are made, by
 * `PlanTypes`.
 */
export const BILLING_EVENT = {
  stripeCustomerCreated: 401,
  cardChanged: 402,
  /** A plan or an offer; with all that it was made from. */
  planCreated: 502,
  switchedToAnnual: 503,
  switchedToMonthly: 504,
  /** `property`, `old_value`, `new_value`. */
  customerPropertyChanged: 505,
  /** `plan_id`, `property`, `old_value`, `new_value`. */
  planPropertyChanged: 506,
  discountChanged: 10_209,
  sponsorshipApproved: 10_210,
  modalityChanged: 10_211,
  sponsorshipPendingChanged: 10_213,
} as const;

export type BillingEvent = (typeof BILLING_EVENT)[keyof typeof BILLING_EVENT];
