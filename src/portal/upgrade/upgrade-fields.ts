import { AppError } from '../../common/errors.js';
import { TIER } from '../../plans/catalogue/tiers.js';
import type { UpgradeView } from '../../plans/overview/upgrade-offer.js';
import type { FormFields } from '../../protocol/form-body.js';
import type { UpgradeChoice } from './upgrade-choice.js';

/** What is chosen by the fields of the purchase form. */
export function choiceOf(fields: FormFields): UpgradeChoice {
  return {
    schedule: fields['schedule'] === 'annual' ? 'annual' : 'monthly',
    ...(fields['license_management'] === 'manual' ? { licenses: fields['licenses'] } : {}),
    startDate: fields['remote_server_plan_start_date'],
  };
}

/** What somebody wants to buy, by the address of the page or by the fields of its form. @throws AppError */
export function viewOf(fields: FormFields): UpgradeView {
  return {
    tier: tierOf(fields),
    manual: fields['manual_license_management'] === 'true' || fields['license_management'] === 'manual',
    byInvoice: fields['setup_payment_by_invoice'] === 'true' || fields['billing_modality'] === 'send_invoice',
  };
}

/** The tier; Business unless another is named. @throws AppError for what is no number */
export function tierOf(fields: FormFields): number {
  const text = fields['tier'];
  if (text === undefined) return TIER.business;
  if (!/^\d{1,4}$/.test(text)) throw new AppError('params.not-allowed', { name: 'tier' });
  return Number(text);
}

/** The plan is to start when complimentary access ends. */
export function startsLater(fields: FormFields): boolean {
  return fields['remote_server_plan_start_date'] === 'billing_cycle_end_date';
}

/** Fields of the form that are sent again with the answer to a question. */
const KEPT = [
  'seat_count',
  'signed_seat_count',
  'salt',
  'billing_modality',
  'tier',
  'license_management',
  'schedule',
  'licenses',
  'remote_server_plan_start_date',
] as const;

export function keptFields(fields: FormFields): readonly { readonly name: string; readonly value: string }[] {
  return KEPT.flatMap((name) => {
    const value = fields[name];
    return value === undefined ? [] : [{ name, value }];
  });
}
