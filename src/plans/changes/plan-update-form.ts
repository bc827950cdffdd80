import { z } from 'zod';
import { integer, jsonField } from '../../protocol/wire-types.js';
import { SCHEDULE } from '../catalogue/plan-status.js';
import { REQUESTABLE_STATUSES } from '../rules/plan-changes.js';
import type { PlanUpdate } from './plan-updates.js';

/** The fields of a request to change a plan, each of them JSON text. */
export const planUpdateForm = z.object({
  toggle_license_management: jsonField(z.boolean()).optional(),
  status: jsonField(integer().pipe(z.literal([...REQUESTABLE_STATUSES]))).optional(),
  schedule: jsonField(integer().pipe(z.literal(Object.values(SCHEDULE)))).optional(),
  licenses: jsonField(integer()).optional(),
  licenses_at_next_renewal: jsonField(integer()).optional(),
});

/** What the fields ask for. */
export function toPlanUpdate(form: z.output<typeof planUpdateForm>): PlanUpdate {
  return {
    toggleLicenseManagement: form.toggle_license_management,
    status: form.status,
    schedule: form.schedule,
    licenses: form.licenses,
    licensesAtNextRenewal: form.licenses_at_next_renewal,
  };
}
