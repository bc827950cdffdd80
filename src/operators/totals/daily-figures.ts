import { TIER } from '../../plans/catalogue/tiers.js';
import { PUSH_FAILURE_KINDS, type PushFailureKind } from '../../registration/counts/push-failures.recorder.js';

/** How a day's end stands; of today, how it stands so far. */
export const STATE_FIGURES = [
  'servers',
  'realms',
  'users',
  'guests',
  'mobile-users',
  'apple-devices',
  'google-devices',
  `plans-${TIER.complimentary}`,
  `plans-${TIER.community}`,
  `plans-${TIER.basic}`,
  `plans-${TIER.business}`,
  `plans-${TIER.enterprise}`,
  'annual-revenue',
] as const;

/** What happened on a day. */
export const FLOW_FIGURES = [
  'pushes-received',
  'pushes-delivered',
  ...PUSH_FAILURE_KINDS.map((kind): `failed-${PushFailureKind}` => `failed-${kind}`),
] as const;

/** Name of a figure that is kept for each day. Money is cents. */
export type DailyFigure = (typeof STATE_FIGURES)[number] | (typeof FLOW_FIGURES)[number];
