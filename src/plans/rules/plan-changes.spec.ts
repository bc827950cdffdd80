import { describe, expect, it } from 'vitest';
import { aPlan, BASIC_MONTHLY, BUSINESS_MONTHLY, daysAfter, T0, Y1 } from '../../../test/support/sample-plan.js';
import { INVOICING, type PlanStatus, SCHEDULE, STATUS } from '../catalogue/plan-status.js';
import { TIER } from '../catalogue/tiers.js';
import { blocksDeactivation } from './deactivation.js';
import { mayToggleManagement, planChange, REQUESTABLE_STATUSES } from './plan-changes.js';
import type { PlanTerms } from './plan-terms.js';

const LIVE: readonly PlanStatus[] = [1, 2, 3, 4, 5, 6, 7, 8];
const TRIAL_END = daysAfter(T0, 30);
const FIXED = { pricePerLicense: null, fixedPrice: 120_000, endDate: Y1 } as const;
const BY_INVOICE = { chargeAutomatically: false, automanageLicenses: false } as const;

/** What each request leads to from each live status: a letter for what is done, a dot for a refusal. */
function table(given: Partial<PlanTerms>): string[] {
  const letters = {
    'set-status': 's',
    'cancel-scheduled-plan': 'c',
    'switch-trial-schedule': 'w',
    'end-trial': 'e',
    refused: '.',
  };
  return REQUESTABLE_STATUSES.map((requested) => {
    const answers = LIVE.map((status) =>
      planChange(aPlan({ ...given, status, nextInvoiceDate: TRIAL_END }), requested),
    );
    return `${String(requested).padStart(2)}: ${answers.map(({ kind }) => letters[kind]).join('')}`;
  });
}

describe('a request for another status', () => {
  it('leads somewhere only from where it makes sense: an annual plan by card', () => {
    expect(table({})).toEqual([
      ' 1: .s.s.s.c',
      ' 2: s..s.s..',
      ' 3: ......s.',
      ' 4: ........',
      ' 6: s.......',
      ' 7: ..s.....',
      '11: ..e...e.',
    ]);
  });

  it('a monthly plan by card', () => {
    expect(table(BUSINESS_MONTHLY).slice(3, 5)).toEqual([' 4: s.......', ' 6: ........']);
  });

  it('a plan by invoice, whose trial is neither cancelled nor rescheduled', () => {
    expect(table(BY_INVOICE)).toEqual([
      ' 1: .s.s.s.c',
      ' 2: s..s.s..',
      ' 3: ........',
      ' 4: ........',
      ' 6: s.......',
      ' 7: ........',
      '11: ........',
    ]);
  });

  it.each([
    ['cancelled', { status: STATUS.downgradeAtEndOfCycle }],
    ['trial', { status: STATUS.freeTrial }],
    ['fixed-price', FIXED],
    ['complimentary', { tier: TIER.complimentary, pricePerLicense: 0 }],
  ] as const)('SW-7: to switch the schedule of a %s plan is refused', (_name, given) => {
    expect(planChange(aPlan(given), STATUS.switchToMonthlyAtEndOfCycle)).toEqual({ kind: 'refused' });
    const monthly = aPlan({ ...given, billingSchedule: SCHEDULE.monthly });
    expect(planChange(monthly, STATUS.switchToAnnualAtEndOfCycle)).toEqual({ kind: 'refused' });
  });

  it('CAN-2: takes a cancellation back', () => {
    const cancelled = aPlan({ status: STATUS.downgradeAtEndOfCycle });
    expect(planChange(cancelled, STATUS.active)).toEqual({ kind: 'set-status', status: STATUS.active });
  });

  it('FT-12: takes the cancellation of a trial back', () => {
    const cancelled = aPlan({ ...BASIC_MONTHLY, status: STATUS.downgradeAtEndOfFreeTrial });
    expect(planChange(cancelled, STATUS.freeTrial)).toEqual({ kind: 'set-status', status: STATUS.freeTrial });
  });

  const trial = aPlan({ ...BASIC_MONTHLY, status: STATUS.freeTrial, nextInvoiceDate: TRIAL_END });
  it('FT-13: changes the schedule of a trial at once', () => {
    const switched = { kind: 'switch-trial-schedule', schedule: SCHEDULE.annual };
    expect(planChange(trial, STATUS.freeTrial, SCHEDULE.annual)).toEqual(switched);
  });

  it.each([
    ['to the one it has', trial, SCHEDULE.monthly],
    ['of a cancelled trial', { ...trial, status: STATUS.downgradeAtEndOfFreeTrial }, SCHEDULE.annual],
    ['of a trial by invoice', { ...trial, ...BY_INVOICE }, SCHEDULE.annual],
    ['of a paid plan', { ...trial, status: STATUS.active }, SCHEDULE.annual],
  ] as const)('FT-13: does not change the schedule %s', (_name, plan, schedule) => {
    expect(planChange(plan, STATUS.freeTrial, schedule)).toEqual({ kind: 'refused' });
  });

  it('never makes a trial active, or an active plan a trial', () => {
    expect(planChange(trial, STATUS.active)).toEqual({ kind: 'refused' });
    expect(planChange(aPlan(), STATUS.freeTrial)).toEqual({ kind: 'refused' });
    expect(planChange({ ...trial, invoicingStatus: INVOICING.initialToBeSent }, STATUS.active).kind).toBe('refused');
  });
});

describe('license management', () => {
  it.each([
    ['a plan by card', {}, true],
    ['a manual plan by card', { automanageLicenses: false }, true],
    ['a manual plan by invoice', BY_INVOICE, false],
    ['a plan by invoice that operators left automatic', { chargeAutomatically: false }, true],
    ['a fixed price', FIXED, false],
    ['a sponsored plan', { tier: TIER.community, pricePerLicense: 0 }, false],
  ] as const)('of %s may be changed: %#', (_name, given, may) => {
    expect(mayToggleManagement(aPlan(given))).toBe(may);
  });
});

describe('a server', () => {
  it.each([
    ['a Basic trial', TIER.basic, STATUS.freeTrial, true],
    ['a paid plan that waits', TIER.business, STATUS.neverStarted, true],
    ['a paid plan', TIER.basic, STATUS.active, true],
    ['a paid plan that is about to switch', TIER.basic, STATUS.switchToAnnualAtEndOfCycle, true],
    ['a cancelled plan', TIER.basic, STATUS.downgradeAtEndOfCycle, false],
    ['a cancelled trial', TIER.basic, STATUS.downgradeAtEndOfFreeTrial, false],
    ['an ended plan', TIER.business, STATUS.ended, false],
    ['a sponsored plan', TIER.community, STATUS.active, false],
    ['complimentary access', TIER.complimentary, STATUS.active, false],
    ['complimentary access before a paid plan', TIER.complimentary, STATUS.switchPlanAtPlanEnd, false],
  ] as const)(
    'DEA-3: with %s is kept from deactivation only while there is something to pay',
    (_name, tier, status, blocks) => {
      expect(blocksDeactivation({ tier, status })).toBe(blocks);
    },
  );
});
