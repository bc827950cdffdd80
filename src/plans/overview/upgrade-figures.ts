import { listPrice } from '../catalogue/list-prices.js';
import { SCHEDULE, type Schedule } from '../catalogue/plan-status.js';
import type { BillableTier } from '../catalogue/tiers.js';
import type { Customer } from '../customers/customer.entity.js';
import { NEW_CUSTOMER } from '../rules/flat-discount.js';
import { fewestLicenses, minimumLicenses } from '../rules/licenses.js';
import { percentOff, priceFor } from '../rules/prices.js';
import { upgradeInvoice } from '../rules/upgrade-invoice.js';
import type { MinimumReason, SchedulePrice, UpgradeOffer } from './upgrade-offer.js';

/** What the figures of an offer follow from. */
export interface OfferFacts {
  readonly customer: Customer | null;
  readonly tier: BillableTier;
  readonly users: number;
  /** Cents a year; null: licenses are counted. */
  readonly fixedPrice: number | null;
  readonly now: Date;
}

/** The figures of an offer: numbers of licenses, prices on both schedules, discounts. */
export function upgradeFigures(
  facts: OfferFacts,
): Pick<UpgradeOffer, 'seatCount' | 'fewest' | 'minimumReason' | 'prices' | 'fixedPrice' | 'flatDiscount'> {
  const { customer, tier, users, fixedPrice } = facts;
  const minimum = minimumLicenses(customer, tier);
  const exempt = customer?.exemptFromLicenseNumberCheck ?? false;
  const seatCount = Math.max(users, minimum);
  const { flatDiscount: perMonth, flatDiscountedMonths: monthsLeft } = customer ?? NEW_CUSTOMER;
  return {
    seatCount,
    fewest: fewestLicenses({ users, minimum, exempt }),
    minimumReason: exempt ? 'exempt' : reason(facts, minimum),
    prices: {
      monthly: price(facts, SCHEDULE.monthly, seatCount),
      annual: price(facts, SCHEDULE.annual, seatCount),
    },
    fixedPrice,
    flatDiscount: fixedPrice === null && monthsLeft > 0 && perMonth > 0 ? { perMonth, monthsLeft } : null,
  };
}

function reason({ customer, tier, users }: OfferFacts, minimum: number): MinimumReason {
  if (users >= minimum) return 'users';
  if (customer?.minimumLicenses) return 'customer';
  const withoutDiscount = minimumLicenses({ minimumLicenses: null, flatDiscount: 0, flatDiscountedMonths: 0 }, tier);
  return minimum > withoutDiscount ? 'discount' : 'tier';
}

function price(facts: OfferFacts, schedule: Schedule, licenses: number): SchedulePrice {
  const { customer, tier, fixedPrice, now } = facts;
  const unitPrice = fixedPrice === null ? priceFor(customer, tier, schedule) : null;
  const bought = { schedule, licenses, pricePerLicense: unitPrice, fixedPrice, flatDiscount: customer };
  const { amount, discount, due } = upgradeInvoice(bought, now);
  return {
    ...{ schedule, unitPrice, amount },
    percentOff: unitPrice === null ? null : percentOff(listPrice(tier, schedule), unitPrice),
    discountMonths: discount?.months ?? 0,
    discount: discount?.amount ?? 0,
    due: Math.max(0, due),
  };
}
