import { listPrice } from '../../plans/catalogue/list-prices.js';
import { isTrial, SCHEDULE, STATUS } from '../../plans/catalogue/plan-status.js';
import { isPaid, TIER, tierName } from '../../plans/catalogue/tiers.js';
import { planChange } from '../../plans/rules/plan-changes.js';
import type { CustomerFacts, PlanRow } from './customer-facts.read-model.js';

/** Which forms are shown for a server or organization, and what stands in them. What cannot be done by the rules has none. */
export interface FormChoices {
  readonly isPending: boolean;
  readonly tiers: readonly { readonly value: number; readonly label: string; readonly chosen: boolean }[];
  /** Prices in cents; undefined: no tier is required, so there can be none. */
  readonly prices?: {
    readonly monthly: number;
    readonly annual: number;
    readonly monthlyList: number;
    readonly annualList: number;
  };
  readonly minimum?: { readonly licenses: number | '' };
  readonly mayAgreeFixedPrice: boolean;
  readonly hasFixedPrice: boolean;
  readonly mayGrant: boolean;
  readonly modality?: { readonly isCard: boolean };
  readonly end?: { readonly day: string };
  readonly mayDowngradeAtEnd: boolean;
  readonly mayDowngradeNow: boolean;
  readonly mayUpgrade: boolean;
  /** The first day that an end may have. */
  readonly firstDay: string;
}

const DAY_MILLIS = 86_400_000;

/** The forms for a customer, or for somebody who is none yet. */
export function formChoices(customer: CustomerFacts | undefined, now: Date): FormChoices {
  const { live, next, requiredPlanTier: tier = null } = customer ?? {};
  const isFixed = (next?.fixedPrice ?? customer?.offerPrice ?? null) !== null;
  const isActive = live?.status === STATUS.active;
  return {
    isPending: customer?.sponsorshipPending ?? false,
    tiers: [TIER.free, TIER.basic, TIER.business].map((value) => ({
      value: value === TIER.free ? 0 : value,
      label: value === TIER.free ? 'none' : tierName(value),
      chosen: (tier ?? TIER.free) === value,
    })),
    ...(tier === null || !customer ? {} : { prices: pricesOf(customer, tier) }),
    ...minimumOf(customer),
    mayAgreeFixedPrice: tier !== null && !isFixed && !next,
    hasFixedPrice: isFixed,
    mayGrant: live === undefined,
    ...(live && isPaid(live.tier) && !isTrial(live.status) ? { modality: { isCard: live.chargeAutomatically } } : {}),
    ...(isActive ? { end: { day: live.endDate?.toISOString().slice(0, 10) ?? '' } } : {}),
    mayDowngradeAtEnd: isCancellable(live),
    mayDowngradeNow: live !== undefined,
    mayUpgrade: isActive && live.tier === TIER.basic,
    firstDay: new Date(now.getTime() + DAY_MILLIS).toISOString().slice(0, 10),
  };
}

function isCancellable(live: PlanRow | undefined): boolean {
  return (
    live !== undefined && isPaid(live.tier) && planChange(live, STATUS.downgradeAtEndOfCycle).kind === 'set-status'
  );
}

function pricesOf({ monthlyDiscountedPrice: monthly, annualDiscountedPrice: annual }: CustomerFacts, tier: number) {
  return {
    monthly,
    annual,
    monthlyList: listPrice(tier, SCHEDULE.monthly),
    annualList: listPrice(tier, SCHEDULE.annual),
  };
}

function minimumOf(customer: CustomerFacts | undefined): Pick<FormChoices, 'minimum'> {
  if (!customer || customer.monthlyDiscountedPrice + customer.annualDiscountedPrice === 0) return {};
  const { live } = customer;
  const isOpen = live === undefined || (live.tier === TIER.complimentary && live.status !== STATUS.switchPlanAtPlanEnd);
  return isOpen ? { minimum: { licenses: customer.minimumLicenses ?? '' } } : {};
}
