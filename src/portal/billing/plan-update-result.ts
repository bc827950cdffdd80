import { SCHEDULE, STATUS } from '../../plans/catalogue/plan-status.js';
import type { PlanUpdate } from '../../plans/changes/plan-updates.js';

/** What somebody is told after their plan was changed. */
export function sentenceAfter(update: PlanUpdate): string {
  if (update.toggleLicenseManagement) return 'License management was switched.';
  if (update.status !== undefined) return ofStatus(update);
  if (update.licenses !== undefined) return `Your plan has ${update.licenses} licenses now.`;
  return `Your plan will renew with ${update.licensesAtNextRenewal} licenses.`;
}

function ofStatus({ status, schedule }: PlanUpdate): string {
  switch (status) {
    case STATUS.downgradeAtEndOfCycle:
      return 'Your plan is cancelled. It stays active until the end of the current billing period.';
    case STATUS.downgradeAtEndOfFreeTrial:
      return 'Your plan is cancelled and ends with the free trial. Nothing will be charged.';
    case STATUS.freeTrial:
      if (schedule === undefined) return 'Your plan goes on after the free trial.';
      return `Billing frequency updated: after the free trial you pay ${schedule === SCHEDULE.annual ? 'annually' : 'monthly'}.`;
    case STATUS.switchToAnnualAtEndOfCycle:
    case STATUS.switchToMonthlyAtEndOfCycle:
      return 'Billing frequency updated.';
    case STATUS.ended:
      return 'Your plan has ended.';
    default:
      return 'Your plan will renew.';
  }
}

/** Where somebody goes after their plan was changed. @param undoesNextPlan a scheduled upgrade was taken back */
export function pageAfter(update: PlanUpdate, base: string, undoesNextPlan: boolean): string {
  if (update.status === STATUS.active && undoesNextPlan) return `${base}/upgrade/`;
  return update.status === STATUS.ended ? `${base}/plans/` : `${base}/billing/`;
}
