import type { Schedule } from '../catalogue/plan-status.js';
import type { BillableTier } from '../catalogue/tiers.js';
import type { PageTarget } from './page-targets.js';
import type { PaymentDetails } from './payment-details.js';
import type { PlanOverview } from './plan-overview.js';

/** What somebody wants to buy, and how, as the page was opened. */
export interface UpgradeView {
  readonly tier: number;
  /** They choose the number of licenses. */
  readonly manual: boolean;
  /** By invoice, for which the number is always chosen. */
  readonly byInvoice: boolean;
}

/** Why no fewer licenses can be had. */
export type MinimumReason =
  /** So many people are there. */
  | 'users'
  /** Agreed with this customer. */
  | 'customer'
  /** Of the tier. */
  | 'tier'
  /** Fewer would cost less than the new-customer discount. */
  | 'discount'
  /** They may hold as few as they like. */
  | 'exempt';

/** What one payment on a schedule comes to, for `seatCount` licenses; cents. */
export interface SchedulePrice {
  readonly schedule: Schedule;
  /** Per license and cycle; null: a fixed price. */
  readonly unitPrice: number | null;
  /** Percent off the list price, as text; null: none. */
  readonly percentOff: string | null;
  /** Before the discount. */
  readonly amount: number;
  /** Of the new-customer discount: months that this payment uses, and what they take off. */
  readonly discountMonths: number;
  readonly discount: number;
  /** To be paid; never negative. */
  readonly due: number;
}

/** All that the purchase form shows and sends. */
export interface UpgradeOffer {
  readonly tier: BillableTier;
  readonly tierName: string;
  readonly byInvoice: boolean;
  readonly management: 'automatic' | 'manual';
  /** People who are billed, guests too. */
  readonly users: number;
  /** Users, or the minimum where that is more: what is bought unless another number is chosen. */
  readonly seatCount: number;
  readonly signedSeatCount: string;
  readonly salt: string;
  /** The fewest that may be chosen, and why. */
  readonly fewest: number;
  readonly minimumReason: MinimumReason;
  readonly prices: { readonly monthly: SchedulePrice; readonly annual: SchedulePrice };
  /** Cents a year; null: licenses are counted. */
  readonly fixedPrice: number | null;
  /** Cents a month, and months that are left; null: none. Not for fixed prices. */
  readonly flatDiscount: { readonly perMonth: number; readonly monthsLeft: number } | null;
  /** The purchase begins with a free trial that would end then. */
  readonly trial: { readonly days: number; readonly endsAt: Date } | null;
  /** Complimentary access: the plan can start when that ends. */
  readonly complimentaryEndsAt: Date | null;
  readonly payment: PaymentDetails;
}

/** An invoice that is to be paid before anything else can be bought. */
export interface OutstandingInvoice {
  /** `trial-expired`: of a trial that ended unpaid; paying starts the plan again. */
  readonly kind: 'ordinary' | 'fixed-price' | 'trial-expired';
  readonly tier: number;
  readonly tierName: string;
  /** Where it is seen and paid; null: Stripe does not answer. */
  readonly url: string | null;
  /** Cents; null: Stripe does not answer. */
  readonly amount: number | null;
  /** Where it went; null: Stripe does not answer. */
  readonly email: string | null;
  /** It is paid, and the plan is about to be there. */
  readonly isPaid: boolean;
}

/** The upgrade page, or where its visitor is to go. */
export type UpgradePage =
  | { readonly kind: 'unknown-tier' }
  | {
      readonly kind: 'elsewhere';
      readonly overview: PlanOverview;
      readonly target: Exclude<PageTarget, { show: 'page' }>;
    }
  | { readonly kind: 'outstanding'; readonly overview: PlanOverview; readonly invoice: OutstandingInvoice }
  | { readonly kind: 'offer'; readonly overview: PlanOverview; readonly offer: UpgradeOffer };
