import { STATUS } from '../catalogue/plan-status.js';
import { isBillable, TIER } from '../catalogue/tiers.js';
import { billableLicenses, fewestLicenses, type LicenseNeeds } from './licenses.js';
import type { LedgerRow, PlanTerms } from './plan-terms.js';

type Held = Pick<PlanTerms, 'tier' | 'status'>;

/**
 * Why nobody may buy a tier now; null: may. Only complimentary access makes way for a purchase: a live Basic plan would stay beside the
 * new one (docs/decisions/0010-billing-hazards.md, 5).
 *
 * @param live the customer's current plan
 */
export function purchaseRefusal(
  live: Held | null,
  tier: number,
): 'not-sold' | 'not-upgradable' | 'already-scheduled' | null {
  if (!isBillable(tier)) return 'not-sold';
  if (live === null) return null;
  if (live.tier !== TIER.complimentary) return 'not-upgradable';
  return live.status === STATUS.switchPlanAtPlanEnd ? 'already-scheduled' : null;
}

/** Why an operator may not put a customer on a higher tier at once; null: may. */
export function tierChangeRefusal(
  live: Held | null,
  tier: number,
  hasStripeCustomer: boolean,
): 'no-active-plan' | 'no-stripe-customer' | 'same-tier' | 'no-upgrade' | null {
  if (live?.status !== STATUS.active) return 'no-active-plan';
  if (!hasStripeCustomer) return 'no-stripe-customer';
  if (live.tier === tier) return 'same-tier';
  const isUpgrade =
    (live.tier === TIER.basic && tier === TIER.business) || (live.tier === TIER.complimentary && isBillable(tier));
  return isUpgrade ? null : 'no-upgrade';
}

/** What decides whether a free trial is offered. */
export interface TrialFactors {
  readonly tier: number;
  /** How long a trial is; 0: there are none. */
  readonly trialDays: number;
  /** A negotiated fixed price holds for the purchase. */
  readonly offerApplies: boolean;
  /** The entity has or ever had a plan, complimentary access included; of a realm, its server too. */
  readonly hadPlan: boolean;
}

/** Whether the purchase begins with a free trial. */
export function isTrialEligible({ tier, trialDays, offerApplies, hadPlan }: TrialFactors): boolean {
  return tier === TIER.basic && trialDays > 0 && !offerApplies && !hadPlan;
}

/** What somebody who buys asks for. */
export interface LicenseRequest {
  /** By card; otherwise by invoice, for which the number is always the customer's choice. */
  readonly chargeAutomatically: boolean;
  readonly management: 'automatic' | 'manual' | undefined;
  readonly licenses: number | undefined;
}

/** Licenses to buy, or why not; `fewest`: the number that the refusal is about. */
export type LicenseChoice =
  | { readonly licenses: number; readonly automanageLicenses: boolean }
  | { readonly refusal: 'management-missing' }
  | { readonly refusal: 'too-few'; readonly fewest: number };

/**
 * How many licenses are bought. Users are counted when the request arrives; what the page was signed with never lowers their number, for
 * the minimum is in `needs` already.
 */
export function chooseLicenses(request: LicenseRequest, needs: LicenseNeeds): LicenseChoice {
  const management = request.chargeAutomatically ? request.management : 'manual';
  if (management === undefined) return { refusal: 'management-missing' };
  const counted = Math.max(needs.users, needs.minimum);
  if (management === 'automatic') return { licenses: counted, automanageLicenses: true };
  const { licenses } = request;
  const fewest = fewestLicenses(needs);
  if (licenses === undefined || !Number.isSafeInteger(licenses) || licenses < fewest)
    return { refusal: 'too-few', fewest };
  return { licenses, automanageLicenses: false };
}

/** The ledger of a plan that was just paid for. */
export interface FirstRows {
  readonly rows: readonly LedgerRow[];
  /** `bill-now`: users came while the invoice was under way; `too-many-paid`: they left, and people have to look at it. */
  readonly discrepancy: 'bill-now' | 'too-many-paid' | null;
}

/** How a plan's ledger begins, by what was paid and by what there is to bill when the payment arrives. */
export function firstRows(
  plan: Pick<PlanTerms, 'automanageLicenses' | 'fixedPrice' | 'billingCycleAnchor'>,
  paid: number,
  needs: LicenseNeeds,
): FirstRows {
  const eventTime = plan.billingCycleAnchor;
  const first: LedgerRow = { isRenewal: true, eventTime, licenses: paid, licensesAtNextRenewal: paid };
  const counted = billableLicenses(needs, paid);
  const billable = plan.automanageLicenses ? counted : Math.max(counted, paid);
  if (needs.exempt || plan.fixedPrice !== null || billable === paid) return { rows: [first], discrepancy: null };
  const licenses = Math.max(paid, billable);
  const second: LedgerRow = { isRenewal: false, eventTime, licenses, licensesAtNextRenewal: billable };
  return { rows: [first, second], discrepancy: billable > paid ? 'bill-now' : 'too-many-paid' };
}
