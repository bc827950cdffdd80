import { isCancelled, isTrial } from '../catalogue/plan-status.js';
import { fewestLicenses, type LicenseNeeds, mostLicenses } from './licenses.js';
import type { LedgerRow, PlanTerms } from './plan-terms.js';

/** Why a customer may not change the number of licenses. */
export type LicenseRefusal =
  | 'free-trial'
  | 'automatic-management'
  | 'cancelled'
  | 'unchanged'
  /** Within a cycle their number only grows. */
  | 'fewer'
  /** Fewer than there are users, or than the tier demands. */
  | 'below-minimum'
  /** More than one payment can be made for. */
  | 'above-maximum'
  /** The invoice of the trial is paid, for more. */
  | 'already-paid';

/** What becomes of a request: a row, or a refusal. `reissue`: the trial's invoice is to be made anew for that number. */
export type LicenseChange =
  | { readonly row: LedgerRow; readonly reissueTrialInvoice: boolean }
  | { readonly refusal: LicenseRefusal };

/** Adds licenses for the running cycle. They are charged at the next invoice date, from `at` on. */
export function addLicenses(
  plan: PlanTerms,
  last: LedgerRow,
  licenses: number,
  needs: LicenseNeeds,
  at: Date,
): LicenseChange {
  if (isTrial(plan.status)) return { refusal: 'free-trial' };
  if (plan.automanageLicenses) return { refusal: 'automatic-management' };
  if (!Number.isSafeInteger(licenses)) return { refusal: 'below-minimum' };
  if (licenses === last.licenses) return { refusal: 'unchanged' };
  if (licenses < last.licenses) return { refusal: 'fewer' };
  if (licenses < fewestLicenses(needs)) return { refusal: 'below-minimum' };
  if (licenses > mostLicenses(plan.pricePerLicense ?? 0)) return { refusal: 'above-maximum' };
  const row = { isRenewal: false, eventTime: at, licenses, licensesAtNextRenewal: licenses };
  return { row, reissueTrialInvoice: false };
}

/**
 * Sets the licenses to renew with. In a trial paid by invoice that is the number the invoice is for: while it is unpaid a new one takes
 * its place, and once it is paid only more can be had.
 *
 * @param needs with the minimum of a trial paid by invoice, where it is one
 * @param trialInvoicePaid only of a trial paid by invoice
 */
export function setNextLicenses(
  plan: PlanTerms,
  last: LedgerRow,
  licenses: number,
  needs: LicenseNeeds,
  at: Date,
  trialInvoicePaid = false,
): LicenseChange {
  if (plan.automanageLicenses) return { refusal: 'automatic-management' };
  if (isCancelled(plan.status)) return { refusal: 'cancelled' };
  if (licenses === last.licensesAtNextRenewal) return { refusal: 'unchanged' };
  if (!Number.isSafeInteger(licenses) || licenses < fewestLicenses(needs)) return { refusal: 'below-minimum' };
  if (licenses > mostLicenses(plan.pricePerLicense ?? 0)) return { refusal: 'above-maximum' };
  const byInvoice = isTrial(plan.status) && !plan.chargeAutomatically;
  if (byInvoice && !trialInvoicePaid) {
    const row = { isRenewal: true, eventTime: at, licenses, licensesAtNextRenewal: licenses };
    return { row, reissueTrialInvoice: true };
  }
  if (byInvoice && licenses < last.licenses) return { refusal: 'already-paid' };
  const row = { isRenewal: false, eventTime: at, licenses: last.licenses, licensesAtNextRenewal: licenses };
  return { row, reissueTrialInvoice: false };
}

/**
 * What a trial's ledger goes on with where its invoice turns out to be paid that another one was to replace: the number that was paid, and
 * what is wished for beyond that, which is billed when the trial ends. Fewer are not to be had any more.
 */
export function rowsOfPaidTrial(paid: number, wished: number, at: Date): LedgerRow[] {
  const renewal = { isRenewal: true, eventTime: at, licenses: paid, licensesAtNextRenewal: paid };
  return wished > paid ? [renewal, { ...renewal, isRenewal: false, licensesAtNextRenewal: wished }] : [renewal];
}

/** Licenses to renew with, as people are told; null: nothing renews. */
export function shownNextLicenses(plan: Pick<PlanTerms, 'status'>, last: LedgerRow): number | null {
  return isCancelled(plan.status) ? null : last.licensesAtNextRenewal;
}
