import { isBillable, TIER } from '../catalogue/tiers.js';
import type { PlanOverview } from './plan-overview.js';

/** A page of plan management. */
export type PlanPage = 'plans' | 'upgrade' | 'billing' | 'sponsorship';

/** What somebody gets who opens a page: itself, the page that says that no data arrive, or another page to go to. */
export type PageTarget = { readonly show: 'page' | 'not-uploading' } | { readonly goTo: PlanPage };

const PAGE: PageTarget = { show: 'page' };
const NOT_UPLOADING: PageTarget = { show: 'not-uploading' };

/**
 * The billing page. Without a plan that could be managed, servers go to buy one and realms to compare.
 *
 * @param justEnded the plan ended when it was looked at for this page
 */
export function billingTarget(overview: PlanOverview, justEnded = false): PageTarget {
  const { kind, live, scheduledTier, sponsorship, usage } = overview;
  if (overview.isSponsored) return { goTo: 'sponsorship' };
  if (sponsorship.isPending && !overview.isOnPaidPlan && scheduledTier === null) return { goTo: 'sponsorship' };
  if (justEnded) return { goTo: 'plans' };
  const isManageable = live !== null && (live.tier !== TIER.complimentary || overview.next !== null);
  if (!isManageable) return { goTo: kind === 'server' ? 'upgrade' : 'plans' };
  return usage.isStale ? NOT_UPLOADING : PAGE;
}

/** The upgrade page of a tier. */
export function upgradeTarget(overview: PlanOverview, tier: number): PageTarget {
  const { live, next, sponsorship, usage } = overview;
  if ((overview.isSponsored || sponsorship.isPending) && !isBillable(tier)) return { goTo: 'sponsorship' };
  if (live !== null && (live.tier !== TIER.complimentary || next !== null)) return { goTo: 'billing' };
  return usage.isStale ? NOT_UPLOADING : PAGE;
}

/** The sponsorship page: the form, the request that waits, or that it was granted. */
export function sponsorshipTarget(
  overview: PlanOverview,
): { readonly goTo: 'billing' } | { readonly show: 'sponsored' | 'pending' | 'form' } {
  const { isPending } = overview.sponsorship;
  if (isPending && overview.isOnPaidPlan) return { goTo: 'billing' };
  if (overview.isSponsored) return { show: 'sponsored' };
  return { show: isPending ? 'pending' : 'form' };
}

/** Where somebody lands who has logged in and asked for no page. */
export function landingPage(overview: PlanOverview): PlanPage {
  if (overview.isSponsored) return 'sponsorship';
  const isFree = overview.planType <= TIER.complimentary;
  return isFree && overview.next === null ? 'plans' : 'billing';
}
