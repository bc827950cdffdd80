import { isCancelled, STATUS } from '../catalogue/plan-status.js';
import { isPaid } from '../catalogue/tiers.js';
import type { PlanTerms } from './plan-terms.js';

/**
 * Whether a plan of a server or of one of its realms forbids that the server be deactivated: it is paid, a trial or one that has not
 * started too, and neither ended nor cancelled.
 */
export function blocksDeactivation({ tier, status }: Pick<PlanTerms, 'tier' | 'status'>): boolean {
  return isPaid(tier) && status !== STATUS.ended && !isCancelled(status);
}
