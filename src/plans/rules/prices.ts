import { listPrice } from '../catalogue/list-prices.js';
import { SCHEDULE, type Schedule } from '../catalogue/plan-status.js';

/** What of a customer decides prices; its row fits. */
export interface NegotiatedPrices {
  /** The only tier that the prices below hold for. */
  readonly requiredPlanTier: number | null;
  /** Cents per license and month; 0: the list price. */
  readonly monthlyDiscountedPrice: number;
  /** Cents per license and year; 0: the list price. */
  readonly annualDiscountedPrice: number;
}

/**
 * What one license costs a customer for one cycle, in cents. Plans keep the price they were made with.
 *
 * @param customer null: nobody who has negotiated anything
 * @throws RuleError for a tier or schedule without a price
 */
export function priceFor(customer: NegotiatedPrices | null, tier: number, schedule: Schedule): number {
  const list = listPrice(tier, schedule);
  if (customer === null || customer.requiredPlanTier !== tier) return list;
  const negotiated = schedule === SCHEDULE.annual ? customer.annualDiscountedPrice : customer.monthlyDiscountedPrice;
  return negotiated === 0 ? list : negotiated;
}

/** How many percent a price lies below the list price, as text for people; null where it does not. Never computed with. */
export function percentOff(list: number, price: number): string | null {
  const percent = ((list - price) / list) * 100;
  if (list === 0 || percent === 0) return null;
  return percent.toFixed((percent * 100) % 100 === 0 ? 0 : 2);
}
