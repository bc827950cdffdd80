import { STATUS } from '../../plans/catalogue/plan-status.js';
import type { PlanUpdate } from '../../plans/changes/plan-updates.js';
import { plural } from '../../sessions/pages/formats.js';

/** What comes of a change: where somebody goes, and what they are told there. */
export interface UpdateResult {
  readonly address: string;
  readonly message: string;
}

/**
 * What comes of a change that was made.
 *
 * @param base where the pages of the customer are
 * @param undoesNextPlan a scheduled upgrade was taken back
 */
export function resultOf(update: PlanUpdate, base: string, undoesNextPlan: boolean): UpdateResult {
  const { toggleLicenseManagement, status, licenses, licensesAtNextRenewal: next = 0 } = update;
  const address = `${base}/billing/`;
  if (toggleLicenseManagement) return { address, message: 'License management was switched.' };
  if (status !== undefined)
    return { address: `${base}/${pageAfter(status, undoesNextPlan)}/`, message: ofStatus(update, undoesNextPlan) };
  if (licenses !== undefined) {
    return { address, message: `Your plan has ${plural(licenses, 'license', 'licenses')} now.` };
  }
  return { address, message: `Your plan will renew with ${plural(next, 'license', 'licenses')}.` };
}

function pageAfter(status: number, undoesNextPlan: boolean): string {
  if (status === STATUS.ended) return 'plans';
  return status === STATUS.active && undoesNextPlan ? 'upgrade' : 'billing';
}

function ofStatus({ status, schedule }: PlanUpdate, undoesNextPlan: boolean): string {
  switch (status) {
    case STATUS.downgradeAtEndOfCycle:
      return 'Your plan is cancelled. It stays active until the end of the current billing period.';
    case STATUS.downgradeAtEndOfFreeTrial:
      return 'Your plan is cancelled and ends with the free trial. Nothing will be charged.';
    case STATUS.freeTrial:
      return schedule === undefined ? 'Your plan goes on after the free trial.' : FREQUENCY_UPDATED;
    case STATUS.switchToAnnualAtEndOfCycle:
    case STATUS.switchToMonthlyAtEndOfCycle:
      return FREQUENCY_UPDATED;
    case STATUS.ended:
      return 'Your plan has ended.';
    default:
      return undoesNextPlan ? 'The scheduled upgrade is cancelled.' : 'Your plan is reactivated and will renew.';
  }
}

/** The page shows the new frequency, and from when on it holds. */
export const FREQUENCY_UPDATED = 'Billing frequency updated.';
