/** What can be held. The numbers are those of the plan types that Zulip servers and the operators' pages know. */
export const TIER = {
  /** Without any plan; never the tier of a plan, only a plan type. */
  free: 100,
  /** Temporary access without charge, with an end date. */
  complimentary: 101,
  /** Sponsored, open-ended. */
  community: 102,
  basic: 103,
  business: 104,
  /** Sold by hand: it has a name and no price. */
  enterprise: 105,
} as const;

/** The tier of a plan. */
export type Tier = 101 | 102 | 103 | 104 | 105;

/** The plan type of a server or realm: the tier of its live plan, kept beside it. 1: the service is not used; 100: free. */
export type PlanType = 1 | 100 | Tier;

/** A tier that customers buy, and that negotiated terms may name. */
export type BillableTier = typeof TIER.basic | typeof TIER.business;

const NAMES: Readonly<Record<number, string>> = {
  [TIER.free]: 'Free',
  [TIER.complimentary]: 'Basic (complimentary)',
  [TIER.community]: 'Community',
  [TIER.basic]: 'Basic',
  [TIER.business]: 'Business',
  [TIER.enterprise]: 'Enterprise',
};

/** The name that people see. */
export function tierName(tier: number): string {
  return NAMES[tier] ?? 'Unknown';
}

/**
 * What a card statement and the lines of an invoice call a paid tier. Stripe takes at most 22 characters as a statement descriptor,
 * and refuses the characters `< > \ ' " *`.
 */
export function productName(tier: Tier): string {
  return `Zulip ${tierName(tier)}`;
}

/** Whether money is charged for the tier, by whatever way. */
export function isPaid(tier: number): boolean {
  return tier === TIER.basic || tier === TIER.business || tier === TIER.enterprise;
}

/** Whether customers can buy the tier, and negotiated terms can name it. */
export function isBillable(tier: number): tier is BillableTier {
  return tier === TIER.basic || tier === TIER.business;
}
