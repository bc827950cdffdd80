/** Who gets what, in general; a person decides each request. */
export const ELIGIBILITY: readonly { readonly who: string; readonly what: string }[] = [
  { who: 'Open-source projects, research', what: 'Community is free.' },
  { who: 'Events and conferences', what: 'Free for academic ones, and for most that are non-profit.' },
  { who: 'Registered non-profits', what: 'Free for up to 100 users; beyond that, at least 85% off.' },
  { who: 'Education', what: 'Free for up to 100 users; beyond that, 85% off.' },
  { who: 'Non-profit education', what: 'Free for up to 100 users; beyond that, 90% off when bought online.' },
  { who: 'Anybody else', what: 'You may be eligible: tell us about yourself.' },
];
