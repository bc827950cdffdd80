import { listPrice, TERMS } from '../../plans/catalogue/list-prices.js';
import { SCHEDULE } from '../../plans/catalogue/plan-status.js';
import { isPaid, TIER, tierName } from '../../plans/catalogue/tiers.js';
import type { PlanOverview } from '../../plans/overview/plan-overview.js';
import { plural } from '../../sessions/pages/formats.js';

/** The last line of a card: where it leads, or what it says. */
export type CardAction =
  | { readonly kind: 'link'; readonly label: string; readonly address: string; readonly isPrimary: boolean }
  | { readonly kind: 'sales'; readonly label: string }
  | { readonly kind: 'until'; readonly endsAt: Date }
  | { readonly kind: 'none' };

/** One plan on the page that compares them. Prices are cents per user and month; null where there is none to show. */
export interface PlanCard {
  readonly tier: number;
  readonly name: string;
  readonly summary: string;
  readonly monthly: number | null;
  /** Where paying for a year costs less per month. */
  readonly annually: number | null;
  readonly minimum: number | null;
  /** What was agreed with this customer, cents a year. */
  readonly fixedPrice: number | null;
  /** Cents a month that new customers save. */
  readonly newCustomerDiscount: number | null;
  readonly isCurrent: boolean;
  readonly action: CardAction;
}

const SUMMARIES: Readonly<Record<number, string>> = {
  [TIER.basic]: 'Push notifications for any number of users.',
  [TIER.business]: 'Push notifications for any number of users, with commercial support.',
  [TIER.enterprise]: 'Priority support, and terms that fit large organizations.',
};

/**
 * The four plans, as this server or realm sees them.
 *
 * @param base where its pages are, `/realm/<uuid>` or `/server/<uuid>`
 * @param freeUsers the largest organization that needs no plan
 */
export function planCards(overview: PlanOverview, base: string, freeUsers: number): readonly PlanCard[] {
  return [TIER.free, TIER.basic, TIER.business, TIER.enterprise].map((tier) => {
    const isSold = tier === TIER.basic || tier === TIER.business;
    const monthly = isSold ? listPrice(tier, SCHEDULE.monthly) : null;
    const annually = isSold ? Math.round(listPrice(tier, SCHEDULE.annual) / 12) : null;
    return {
      tier,
      name: tierName(tier),
      summary: SUMMARIES[tier] ?? `Push notifications for up to ${plural(freeUsers, 'user', 'users')}.`,
      monthly,
      annually: annually === monthly ? null : annually,
      minimum: tier === TIER.business ? TERMS.businessMinimum : null,
      fixedPrice: overview.fixedPriceOffer?.tier === tier ? overview.fixedPriceOffer.perYear : null,
      newCustomerDiscount: isSold && isDiscountShown(overview, tier) ? TERMS.flatDiscount : null,
      isCurrent: holds(overview, tier),
      action: action(overview, tier, base),
    };
  });
}

/** Whether the entity is on the plan of the card. Complimentary access is none of the four. */
function holds({ live, planType }: PlanOverview, tier: number): boolean {
  return tier === TIER.free ? planType === TIER.free : live?.tier === tier;
}

function isRequested({ sponsorship }: PlanOverview, tier: number): boolean {
  return sponsorship.isPending && sponsorship.requestedPlan === tierName(tier);
}

function isOnOtherPlan({ live }: PlanOverview): boolean {
  return live !== null && live.tier !== TIER.complimentary;
}

function isDiscountShown(overview: PlanOverview, tier: number): boolean {
  return (
    overview.scheduledTier !== tier &&
    !isRequested(overview, tier) &&
    !isOnOtherPlan(overview) &&
    !overview.fixedPriceOffer
  );
}

function action(overview: PlanOverview, tier: number, base: string): CardAction {
  const link = (label: string, page: string, isPrimary = false): CardAction => {
    return { kind: 'link', label, address: `${base}/${page}`, isPrimary };
  };
  const { live, complimentaryEndsAt, scheduledTier, trialDaysOnOffer } = overview;
  if (tier === TIER.free)
    return complimentaryEndsAt ? { kind: 'until', endsAt: complimentaryEndsAt } : { kind: 'none' };
  if (tier === TIER.enterprise && live?.tier === tier) return link('Current plan', 'billing/');
  if (scheduledTier === tier) return link('Upgrade is scheduled', 'billing/');
  if (tier === TIER.enterprise) return { kind: 'sales', label: 'Contact sales' };
  const upgrade = `upgrade/?tier=${tier}`;
  if (isRequested(overview, tier)) return link('Sponsorship requested', upgrade);
  if (live?.tier === tier) return link(live.trialEndsAt ? 'Current plan (free trial)' : 'Current plan', 'billing/');
  if (isOnOtherPlan(overview) && isPaid(tier)) return { kind: 'sales', label: 'Contact sales' };
  if (tier === TIER.basic && trialDaysOnOffer) return link(`Start ${trialDaysOnOffer}-day free trial`, upgrade, true);
  return link(`Upgrade to ${tierName(tier)}`, upgrade, true);
}
