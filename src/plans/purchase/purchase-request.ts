import type { Schedule } from '../catalogue/plan-status.js';
import type { BillableTier } from '../catalogue/tiers.js';

/** What somebody who buys asks for. */
export interface PurchaseRequest {
  readonly tier: BillableTier;
  readonly schedule: Schedule;
  /** By card; otherwise by invoice. */
  readonly chargeAutomatically: boolean;
  readonly management: 'automatic' | 'manual' | undefined;
  readonly licenses: number | undefined;
  /** The number of users that the page showed, as it was signed for it. */
  readonly signedUsers: string;
  readonly salt: string;
  /** The plan starts when complimentary access ends; otherwise at once. */
  readonly startsAtPlanEnd: boolean;
  /** Where Stripe sends invoices, for a new customer. */
  readonly email: string;
}

/** What became of a purchase. */
export type PurchaseResult =
  /** An invoice: charged to the card, or sent. Its payment makes the plan, when Stripe tells of it. */
  | { readonly kind: 'invoice'; readonly stripeInvoiceId: string }
  /** A trial has begun. */
  | { readonly kind: 'trial' }
  /** The plan starts when the current one ends. */
  | { readonly kind: 'scheduled' };
