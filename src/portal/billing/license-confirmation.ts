import type { PlanUpdate } from '../../plans/changes/plan-updates.js';
import type { BillingRows } from '../../plans/overview/billing-rows.js';
import { plural } from '../../sessions/pages/formats.js';

/** What is shown before a number of licenses is changed, and the field that is sent then. */
export interface LicenseConfirmation {
  readonly title: string;
  readonly text: string;
  readonly name: 'licenses' | 'licenses_at_next_renewal';
  readonly value: number;
}

/** What a change of the number of licenses means; null where it is refused anyway, or changes something else. */
export function confirmationOf({ licenses, plan }: BillingRows, update: PlanUpdate): LicenseConfirmation | null {
  if (update.toggleLicenseManagement !== undefined || update.status !== undefined) return null;
  if (update.licenses !== undefined) {
    const more = update.licenses - licenses.current;
    if (more <= 0 || !licenses.mayAddNow || update.licenses < (licenses.fewest ?? 0)) return null;
    const how = plan.chargeAutomatically ? 'Your card is charged' : 'You get an invoice';
    return {
      title: 'Add licenses?',
      text: `${how} for ${plural(more, 'more license', 'more licenses')}, for what is left of the billing period.`,
      name: 'licenses',
      value: update.licenses,
    };
  }
  const next = update.licensesAtNextRenewal;
  if (next === undefined || next === licenses.next || !licenses.mayChangeNext || next < (licenses.fewest ?? 0))
    return null;
  return {
    title: 'Change the licenses of the next period?',
    text: `From the next billing period on there can be at most ${plural(next, 'user', 'users')}.`,
    name: 'licenses_at_next_renewal',
    value: next,
  };
}
