/** What an organization of a type can expect; a person decides each request. */
interface Eligibility {
  readonly who: string;
  readonly what: string;
  /** Zulip's numbers of the types. */
  readonly types: readonly number[];
}

/** Who gets what, in general. */
export const ELIGIBILITY: readonly Eligibility[] = [
  { who: 'Open-source projects, research', what: 'The Community plan is free.', types: [20, 40] },
  { who: 'Events', what: 'Free for academic events, and for most that are non-profit.', types: [50] },
  { who: 'Non-profits', what: 'Free for up to 100 users; beyond that, at least 85% off.', types: [60] },
  { who: 'Education', what: 'Free for up to 100 users; beyond that, 85% off.', types: [35] },
  {
    who: 'Non-profit education',
    what: 'Free for up to 100 users; beyond that, 90% off when bought online.',
    types: [30],
  },
];

/** Whoever is not named may be eligible too. */
export const OTHERS = 'You may be eligible for a discount. Tell us about your organization.';

/** What an organization of this type can expect. @param type Zulip's number */
export function eligibilityOf(type: number): string {
  return ELIGIBILITY.find(({ types }) => types.includes(type))?.what ?? OTHERS;
}
