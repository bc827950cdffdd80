import { INVOICING, SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { addMonths } from '../../src/plans/rules/calendar.js';
import type { LedgerState } from '../../src/plans/rules/end-of-cycle.js';
import type { LedgerRow, PlanTerms } from '../../src/plans/rules/plan-terms.js';

/** An ordinary instant, and the same one a month, two months and a year later; 2012 is a leap year. */
export const T0 = new Date('2012-01-02T03:04:05Z');
export const M1 = new Date('2012-02-02T03:04:05Z');
export const M2 = new Date('2012-03-02T03:04:05Z');
export const Y1 = new Date('2013-01-02T03:04:05Z');

const DAY = 86_400_000;

/** Some days, whole or not, after an instant. */
export function daysAfter(from: Date, days: number): Date {
  return new Date(from.getTime() + days * DAY);
}

/** Business, annual, by card, automatic, from T0. */
export function aPlan(given: Partial<PlanTerms> = {}): PlanTerms {
  const anchor = given.billingCycleAnchor ?? T0;
  return {
    tier: TIER.business,
    status: STATUS.active,
    billingSchedule: SCHEDULE.annual,
    pricePerLicense: 8_000,
    fixedPrice: null,
    automanageLicenses: true,
    chargeAutomatically: true,
    billingCycleAnchor: anchor,
    nextInvoiceDate: addMonths(anchor, 1),
    invoicingStatus: INVOICING.done,
    endDate: null,
    ...given,
  };
}

/** Basic by the month. */
export const BASIC_MONTHLY = {
  tier: TIER.basic,
  billingSchedule: SCHEDULE.monthly,
  pricePerLicense: 350,
} as const;

/** Business by the month. */
export const BUSINESS_MONTHLY = { billingSchedule: SCHEDULE.monthly, pricePerLicense: 800 } as const;

/** Basic by the year. */
export const BASIC_ANNUAL = { tier: TIER.basic, pricePerLicense: 4_200 } as const;

/** A row with which a cycle begins. */
export function renewal(eventTime: Date, licenses: number, next = licenses): LedgerRow {
  return { isRenewal: true, eventTime, licenses, licensesAtNextRenewal: next };
}

/** A row within a cycle. */
export function change(eventTime: Date, licenses: number, next = licenses): LedgerRow {
  return { isRenewal: false, eventTime, licenses, licensesAtNextRenewal: next };
}

/** The state that a ledger is in. */
export function ledgerOf(rows: readonly LedgerRow[]): LedgerState {
  const lastRenewal = rows.findLast(({ isRenewal }) => isRenewal);
  return { last: rows.at(-1) ?? null, lastRenewalAt: lastRenewal?.eventTime ?? null };
}

/** A row as short text: `R 6,6`, `23,20`. */
export function short({ isRenewal, licenses, licensesAtNextRenewal }: LedgerRow): string {
  return `${isRenewal ? 'R ' : ''}${licenses},${licensesAtNextRenewal}`;
}
