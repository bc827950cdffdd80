import { listPrice, TERMS } from '../catalogue/list-prices.js';
import { SCHEDULE } from '../catalogue/plan-status.js';
import { TIER } from '../catalogue/tiers.js';
import { type FlatDiscountTerms, NEW_CUSTOMER } from './flat-discount.js';

/** What of a customer decides the fewest licenses; its row fits. */
export interface MinimumTerms extends FlatDiscountTerms {
  /** Holds for every tier; null or 0: that of the tier. */
  readonly minimumLicenses: number | null;
}

/**
 * The fewest licenses that a plan of the tier may have. For Basic it is what keeps a discounted invoice above zero.
 *
 * @param customer null: nobody's yet, so the terms of a new customer
 * @param invoicedTrial the plan is in a free trial paid by invoice: that invoice has used up the discount which it contains
 */
export function minimumLicenses(customer: MinimumTerms | null, tier: number, invoicedTrial = false): number {
  if (customer?.minimumLicenses) return customer.minimumLicenses;
  if (tier === TIER.business) return TERMS.businessMinimum;
  if (tier !== TIER.basic) return 1;
  const { flatDiscount, flatDiscountedMonths } = invoicedTrial ? NEW_CUSTOMER : (customer ?? NEW_CUSTOMER);
  if (flatDiscountedMonths === 0) return 1;
  const above = Math.floor(flatDiscount / listPrice(TIER.basic, SCHEDULE.monthly)) + 1;
  return Math.min(TERMS.basicMinimumCap, above);
}

/** The most licenses that one payment can be made for, at a price in cents. */
export function mostLicenses(pricePerLicense: number): number {
  return pricePerLicense === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(TERMS.largestCharge / pricePerLicense);
}

/** How many people there are to pay for, and how many licenses that makes at least. */
export interface LicenseNeeds {
  /** Humans of all roles, guests too. */
  readonly users: number;
  /** Of `minimumLicenses`. */
  readonly minimum: number;
  /** The customer may hold fewer licenses than both. */
  readonly exempt: boolean;
}

/** Licenses to bill; `chosen` counts only for who may choose freely. */
export function billableLicenses({ users, minimum, exempt }: LicenseNeeds, chosen?: number): number {
  if (exempt) return chosen ?? users;
  return Math.max(users, minimum);
}

/** The fewest licenses that may be chosen; 1 for who may choose freely. */
export function fewestLicenses({ users, minimum, exempt }: LicenseNeeds): number {
  return exempt ? 1 : Math.max(users, minimum);
}
