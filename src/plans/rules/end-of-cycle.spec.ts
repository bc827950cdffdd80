import { describe, expect, it } from 'vitest';
import {
  aPlan,
  BASIC_MONTHLY,
  BUSINESS_MONTHLY,
  change,
  daysAfter,
  ledgerOf,
  M1,
  M2,
  renewal,
  T0,
  Y1,
} from '../../../test/support/sample-plan.js';
import { SCHEDULE, STATUS } from '../catalogue/plan-status.js';
import { TIER } from '../catalogue/tiers.js';
import { endOfCycle, isCycleDue, needsTrialFacts } from './end-of-cycle.js';
import type { LedgerRow, PlanTerms } from './plan-terms.js';

const TRIAL_END = daysAfter(T0, 30);
const TRIAL = { ...BASIC_MONTHLY, status: STATUS.freeTrial, nextInvoiceDate: TRIAL_END } as const;
const INVOICED_TRIAL = { ...TRIAL, chargeAutomatically: false, automanageLicenses: false } as const;
const FIRST = [renewal(T0, 6)];
const NOTHING = { effects: [], outcome: 'goes-on' };

function cycleAt(
  given: Partial<PlanTerms>,
  rows: readonly LedgerRow[],
  at: Date,
  trial?: Parameters<typeof endOfCycle>[3],
) {
  const { effects, outcome } = endOfCycle(aPlan(given), ledgerOf(rows), at, trial);
  return { effects, outcome };
}

describe('at the end of a cycle', () => {
  it('CAL-10: an annual plan renews once, on the boundary', () => {
    expect(cycleAt({}, FIRST, daysAfter(Y1, -1))).toEqual(NOTHING);
    const row = renewal(Y1, 6);
    expect(cycleAt({}, FIRST, Y1)).toEqual({ effects: [{ kind: 'row', row }], outcome: 'goes-on' });
    expect(cycleAt({}, [...FIRST, row], daysAfter(Y1, 1))).toEqual(NOTHING);
  });

  it('CAL-8: an annual plan has nothing to do monthly', () => {
    expect(cycleAt({}, FIRST, M1)).toEqual(NOTHING);
  });

  it('LED-2: a plan renews with the licenses that were chosen for it', () => {
    const rows = [renewal(T0, 7), change(T0, 9), change(T0, 9, 6), change(T0, 16)];
    expect(cycleAt({}, rows, Y1).effects).toEqual([{ kind: 'row', row: renewal(Y1, 16) }]);
    expect(cycleAt({}, rows.slice(0, 3), Y1).effects).toEqual([{ kind: 'row', row: renewal(Y1, 6) }]);
  });

  it('a plan that nobody looked at for long renews once for each cycle', () => {
    expect(cycleAt(BUSINESS_MONTHLY, FIRST, daysAfter(M2, 1)).effects).toEqual([
      { kind: 'row', row: renewal(M1, 6) },
      { kind: 'row', row: renewal(M2, 6) },
    ]);
  });

  it('a plan with an end stops there, after the renewals before it', () => {
    const given = { ...BUSINESS_MONTHLY, endDate: M2 };
    expect(cycleAt(given, FIRST, daysAfter(M2, -1)).outcome).toBe('goes-on');
    expect(cycleAt(given, FIRST, Y1)).toEqual({
      effects: [{ kind: 'row', row: renewal(M1, 6) }, { kind: 'end' }],
      outcome: 'ended',
    });
  });

  it('CAN-1: a cancelled plan ends without a renewal', () => {
    const given = { status: STATUS.downgradeAtEndOfCycle };
    expect(cycleAt(given, [...FIRST, change(T0, 20)], Y1)).toEqual({ effects: [{ kind: 'end' }], outcome: 'ended' });
    expect(cycleAt(given, FIRST, M1)).toEqual(NOTHING);
  });

  it('LEG-2: complimentary access ends', () => {
    const end = new Date('2012-04-02T03:04:05Z');
    const given = { tier: TIER.complimentary, pricePerLicense: 0, nextInvoiceDate: end, endDate: end } as const;
    expect(cycleAt(given, FIRST, end)).toEqual({ effects: [{ kind: 'end' }], outcome: 'ended' });
  });

  it('LEG-5: a plan that another one waits for hands over, with the licenses for it', () => {
    const end = new Date('2012-04-02T03:04:05Z');
    const given = {
      tier: TIER.complimentary,
      pricePerLicense: 0,
      status: STATUS.switchPlanAtPlanEnd,
      endDate: end,
    } as const;
    expect(cycleAt(given, [renewal(T0, 18, 25)], end)).toEqual({
      effects: [{ kind: 'start-next-plan', row: renewal(end, 25) }],
      outcome: 'handed-over',
    });
    expect(cycleAt(given, [renewal(T0, 18, 25)], daysAfter(end, -1))).toEqual(NOTHING);
  });

  it.each([
    ['SW-4', STATUS.switchToAnnualAtEndOfCycle, BUSINESS_MONTHLY, SCHEDULE.annual, M1],
    ['SW-6', STATUS.switchToMonthlyAtEndOfCycle, {}, SCHEDULE.monthly, Y1],
  ])('%s: a switch of schedule takes effect then, not earlier', (_name, status, given, schedule, at) => {
    const rows = [...FIRST, change(T0, 25)];
    expect(cycleAt({ ...given, status }, rows, daysAfter(at, -1))).toEqual(NOTHING);
    expect(cycleAt({ ...given, status }, rows, at)).toEqual({
      effects: [{ kind: 'switch-schedule', schedule, row: renewal(at, 25) }],
      outcome: 'replaced',
    });
  });

  it.each([
    ['that has ended', { status: STATUS.ended }, FIRST, 'ended'],
    ['in the middle of a change of tier', { status: STATUS.switchTierNow }, FIRST, 'goes-on'],
    ['that has not started', { status: STATUS.neverStarted, nextInvoiceDate: T0 }, [], 'goes-on'],
  ] as const)('nothing happens to a plan %s', (_name, given, rows, outcome) => {
    expect(cycleAt(given, rows, daysAfter(Y1, 1))).toEqual({ effects: [], outcome });
  });

  it('is known to be due before anything else is looked up', () => {
    expect(isCycleDue(aPlan(), ledgerOf(FIRST), Y1)).toBe(true);
    expect(isCycleDue(aPlan(), ledgerOf(FIRST), daysAfter(Y1, -1))).toBe(false);
    expect(isCycleDue(aPlan(), ledgerOf([]), Y1)).toBe(false);
  });
});

describe('at the end of a trial', () => {
  it('FT-3: paid by card, the first cycle begins, with the licenses of then', () => {
    const result = endOfCycle(aPlan(TRIAL), ledgerOf([renewal(T0, 16), change(daysAfter(T0, 9), 18)]), TRIAL_END);
    expect(result.effects).toEqual([
      { kind: 'trial-over', anchor: TRIAL_END, moveLastRenewal: false },
      { kind: 'row', row: renewal(TRIAL_END, 18) },
    ]);
    expect(result).toMatchObject({
      outcome: 'goes-on',
      plan: { status: STATUS.active, billingCycleAnchor: TRIAL_END },
    });
  });

  it('FT-5: and not a moment before', () => {
    expect(cycleAt(TRIAL, FIRST, daysAfter(TRIAL_END, -0.1))).toEqual(NOTHING);
  });

  it('the anchor gets whole seconds', () => {
    const given = { ...TRIAL, nextInvoiceDate: new Date(TRIAL_END.getTime() + 321) };
    expect(cycleAt(given, FIRST, M2).effects[0]).toMatchObject({ kind: 'trial-over', anchor: TRIAL_END });
  });

  it('the cycles that have elapsed since follow', () => {
    const rows = cycleAt(TRIAL, FIRST, new Date('2012-03-05T00:00:00Z')).effects.flatMap((e) =>
      'row' in e ? [e.row] : [],
    );
    expect(rows).toEqual([renewal(TRIAL_END, 6), renewal(new Date('2012-03-01T03:04:05Z'), 6)]);
  });

  it.each([
    ['FT-7: the chosen licenses', 100, 125],
    ['the users, if there are more', 130, 130],
  ])('paid by invoice, the invoice counts from then on, and %s are added', (_name, billableLicenses, licenses) => {
    const rows = [renewal(T0, 123), change(daysAfter(T0, 9), 123, 125)];
    expect(cycleAt(INVOICED_TRIAL, rows, TRIAL_END, { invoicePaid: true, billableLicenses })).toEqual({
      effects: [
        { kind: 'trial-over', anchor: TRIAL_END, moveLastRenewal: true },
        { kind: 'row', row: change(TRIAL_END, licenses) },
      ],
      outcome: 'goes-on',
    });
  });

  it('FT-8: whose invoice is not paid, the plan ends and nothing is billed', () => {
    const trial = { invoicePaid: false, billableLicenses: 123 };
    const result = endOfCycle(aPlan(INVOICED_TRIAL), ledgerOf(FIRST), TRIAL_END, trial);
    expect(result.effects).toEqual([{ kind: 'end-unbilled' }]);
    expect(result).toMatchObject({ outcome: 'ended', plan: { status: STATUS.ended, nextInvoiceDate: null } });
  });

  it('FT-11: that was cancelled, the plan ends and nothing is billed', () => {
    const given = { ...TRIAL, status: STATUS.downgradeAtEndOfFreeTrial };
    expect(cycleAt(given, FIRST, TRIAL_END)).toEqual({ effects: [{ kind: 'end-unbilled' }], outcome: 'ended' });
  });

  it('FT-15: without any invoice where there should be one, it is an error', () => {
    expect(() => cycleAt(INVOICED_TRIAL, FIRST, TRIAL_END, { billableLicenses: 9 })).toThrow('trial-without-invoice');
    expect(() => cycleAt(INVOICED_TRIAL, FIRST, TRIAL_END)).toThrow('trial-without-invoice');
  });

  it('the invoice matters only to a trial that is paid by one', () => {
    expect(needsTrialFacts(aPlan(INVOICED_TRIAL))).toBe(true);
    expect(needsTrialFacts(aPlan(TRIAL))).toBe(false);
    expect(needsTrialFacts(aPlan({ chargeAutomatically: false }))).toBe(false);
  });
});
