import { describe, expect, it } from 'vitest';
import {
  aPlan,
  BASIC_MONTHLY,
  BUSINESS_MONTHLY,
  change,
  daysAfter,
  ledgerOf,
  M1,
  renewal,
  short,
  T0,
  Y1,
} from '../../../test/support/sample-plan.js';
import { STATUS } from '../catalogue/plan-status.js';
import type { CycleEffect } from './end-of-cycle.js';
import { type GrowthTerms, growLedger } from './ledger-growth.js';
import { addLicenses, setNextLicenses, shownNextLicenses } from './manual-licenses.js';
import type { LedgerRow, PlanTerms } from './plan-terms.js';

const FROM_ONE: GrowthTerms = { minimum: 1, exempt: false };
const DAY1 = daysAfter(T0, 1);

function grow(first: LedgerRow, users: readonly number[], terms = FROM_ONE, given: Partial<PlanTerms> = {}, at = DAY1) {
  const events = users.map((count) => ({ eventTime: at, users: count }));
  return growLedger(aPlan(given), ledgerOf([first]), events, terms);
}

const rowsOf = (steps: readonly object[]) =>
  steps.flatMap((step) => ('row' in step ? [(step as { row: LedgerRow }).row] : []));

describe('the ledger of an automatically managed plan', () => {
  it('LED-1: has a row for each event, and renews in between', () => {
    const second = new Date(Y1.getTime() + 1_000);
    const events = [...[23, 20, 21].map((users) => ({ eventTime: T0, users })), { eventTime: second, users: 22 }];
    const first = renewal(T0, 6);
    const { steps, outcome } = growLedger(aPlan(), ledgerOf([first]), events, FROM_ONE);
    expect([first, ...rowsOf(steps)].map(short)).toEqual(['R 6,6', '23,23', '23,20', '23,21', 'R 21,21', '22,22']);
    expect(rowsOf(steps).map(({ eventTime }) => eventTime)).toEqual([T0, T0, T0, Y1, second]);
    expect(steps.map(({ kind }) => kind)).toEqual(['event-row', 'event-row', 'event-row', 'row', 'event-row']);
    expect(outcome).toBe('goes-on');
  });

  it('LED-4: keeps what is owed when users go', () => {
    expect(rowsOf(grow(renewal(T0, 9), [10, 9, 10]).steps).map(short)).toEqual(['10,10', '10,9', '10,10']);
  });

  it('LED-5: starts from the minimum of the tier', () => {
    const { steps } = grow(renewal(T0, 25), [19, 20, 21, 22, 23, 24, 25, 26], { minimum: 25, exempt: false });
    expect(rowsOf(steps).map(short)).toEqual([...Array(7).fill('25,25'), '26,26']);
  });

  it('LED-7: has a row for an event that changes nothing', () => {
    expect(rowsOf(grow(renewal(T0, 9), [9]).steps).map(short)).toEqual(['9,9']);
  });

  it.each([
    ['G2: above the minimum', renewal(T0, 25), [11, 35], { minimum: 25, exempt: false }, '35,35'],
    ['G3: after some have gone', renewal(T0, 25), [35, 30], { minimum: 25, exempt: false }, '35,30'],
    ['G5: without a minimum for who is exempt', renewal(T0, 11), [11], { minimum: 25, exempt: true }, '11,11'],
  ])('%s, ends with its last row', (_name, first, users, terms, last) => {
    expect(
      rowsOf(grow(first, users, terms).steps)
        .map(short)
        .at(-1),
    ).toBe(last);
  });

  it('renews with the minimum of the plan that waits, and owes that of the running one', () => {
    const terms = { minimum: 1, nextMinimum: 25, exempt: false };
    const { steps } = grow(renewal(T0, 11), [12], terms, { status: STATUS.switchPlanAtPlanEnd, endDate: Y1 });
    expect(rowsOf(steps).map(short)).toEqual(['12,25']);
  });

  it('stops where the plan ended', () => {
    const result = grow(renewal(T0, 6), [7, 8], FROM_ONE, { status: STATUS.downgradeAtEndOfCycle }, Y1);
    expect(result).toEqual({ steps: [{ kind: 'end' }], outcome: 'ended', rest: [] });
  });

  it('leaves the rest to the plan that takes its place', () => {
    const given = { ...BUSINESS_MONTHLY, status: STATUS.switchToAnnualAtEndOfCycle };
    const { steps, outcome, rest } = grow(renewal(T0, 6), [25, 26], FROM_ONE, given, M1);
    expect(steps.map(({ kind }) => kind)).toEqual<CycleEffect['kind'][]>(['switch-schedule']);
    expect([outcome, rest.map(({ users }) => users)]).toEqual(['replaced', [25, 26]]);
  });

  it('goes through the end of a trial that operators put on invoice', () => {
    const end = daysAfter(T0, 30);
    const trial = { ...BASIC_MONTHLY, status: STATUS.freeTrial, nextInvoiceDate: end, chargeAutomatically: false };
    const through = (paid: boolean) =>
      grow(renewal(T0, 11), [16], { ...FROM_ONE, trialInvoicePaid: paid }, trial, daysAfter(end, 1));
    expect(through(true).steps.map(({ kind }) => kind)).toEqual(['trial-over', 'row', 'event-row']);
    expect(rowsOf(through(true).steps).map(short)).toEqual(['16,16', '16,16']);
    expect(through(false)).toEqual({ steps: [{ kind: 'end-unbilled' }], outcome: 'ended', rest: [] });
  });

  it('FT-5: follows users during a trial, and through its end', () => {
    const end = daysAfter(T0, 30);
    const trial = { ...BASIC_MONTHLY, status: STATUS.freeTrial, nextInvoiceDate: end };
    expect(rowsOf(grow(renewal(T0, 11), [16], FROM_ONE, trial).steps).map(short)).toEqual(['16,16']);
    const through = grow(renewal(T0, 11), [16], FROM_ONE, trial, daysAfter(end, 1)).steps;
    expect(through.map(({ kind }) => kind)).toEqual(['trial-over', 'row', 'event-row']);
    expect(rowsOf(through).map(short)).toEqual(['R 11,11', '16,16']);
  });
});

describe('a customer who manages licenses by hand', () => {
  const manual = aPlan({ automanageLicenses: false });
  const needs = { users: 6, minimum: 1, exempt: false };
  const rowOf = (answer: object) => short((answer as { row: LedgerRow }).row);

  it('LED-2: adds some now, and sets others for the next cycle', () => {
    const first = renewal(T0, 7);
    const nine = addLicenses(manual, first, 9, needs, DAY1) as { row: LedgerRow };
    const six = setNextLicenses(manual, nine.row, 6, needs, DAY1) as { row: LedgerRow };
    const sixteen = addLicenses(manual, six.row, 16, needs, DAY1);
    expect([short(nine.row), short(six.row), rowOf(sixteen)]).toEqual(['9,9', '9,6', '16,16']);
  });

  it('ADD-17: may renew with fewer', () => {
    expect(rowOf(setNextLicenses(manual, change(T0, 150), 120, needs, Y1))).toBe('150,120');
  });

  const hundred = renewal(T0, 100);
  const trial = aPlan({ ...BASIC_MONTHLY, status: STATUS.freeTrial, automanageLicenses: false });
  const cancelled = aPlan({ automanageLicenses: false, status: STATUS.downgradeAtEndOfCycle });
  it.each([
    ['LED-3: fewer than held now', addLicenses(manual, renewal(T0, 9), 6, needs, DAY1), 'fewer'],
    ['ADD-18: the same now', addLicenses(manual, hundred, 100, needs, DAY1), 'unchanged'],
    ['ADD-18: the same next time', setNextLicenses(manual, hundred, 100, needs, DAY1), 'unchanged'],
    ['ADD-18: fewer now', addLicenses(manual, hundred, 50, needs, DAY1), 'fewer'],
    ['ADD-19: any now, managed automatically', addLicenses(aPlan(), hundred, 120, needs, DAY1), 'automatic-management'],
    [
      'ADD-19: any next, managed automatically',
      setNextLicenses(aPlan(), hundred, 90, needs, DAY1),
      'automatic-management',
    ],
    ['FT-10: any now, in a trial', addLicenses(trial, hundred, 120, needs, DAY1), 'free-trial'],
    ['any next time, cancelled', setNextLicenses(cancelled, hundred, 90, needs, DAY1), 'cancelled'],
    ['fewer than users', setNextLicenses(manual, hundred, 5, needs, DAY1), 'below-minimum'],
    ['fewer than users now', addLicenses(manual, renewal(T0, 3), 5, needs, DAY1), 'below-minimum'],
    ['fewer than the tier has', setNextLicenses(manual, hundred, 20, { ...needs, minimum: 25 }, DAY1), 'below-minimum'],
  ])('%s: is refused', (_name, answer, refusal) => {
    expect(answer).toEqual({ refusal });
  });

  it('may go below both where exempt, but not to none', () => {
    expect(rowOf(setNextLicenses(manual, hundred, 4, { ...needs, exempt: true }, DAY1))).toBe('100,4');
    expect(setNextLicenses(manual, hundred, 0, { ...needs, exempt: true }, DAY1)).toEqual({ refusal: 'below-minimum' });
  });

  describe('in a trial paid by invoice', () => {
    const byInvoice = { ...trial, chargeAutomatically: false };

    it('gets a new invoice for another number while the first is unpaid', () => {
      const answer = setNextLicenses(byInvoice, hundred, 90, needs, DAY1, false);
      expect(answer).toEqual({ row: renewal(DAY1, 90), reissueTrialInvoice: true });
    });

    it('FT-7: may only add once it is paid', () => {
      const answer = setNextLicenses(byInvoice, renewal(T0, 123), 125, needs, DAY1, true);
      expect(answer).toEqual({ row: change(DAY1, 123, 125), reissueTrialInvoice: false });
      const fewer = setNextLicenses(byInvoice, renewal(T0, 123), 120, needs, DAY1, true);
      expect(fewer).toEqual({ refusal: 'already-paid' });
    });

    it('does so by card as ever', () => {
      expect(rowOf(setNextLicenses(trial, hundred, 90, needs, DAY1))).toBe('100,90');
    });
  });
});

describe('the licenses of the next cycle', () => {
  it('LED-6: are none for a cancelled plan, whatever its ledger says', () => {
    const row = change(T0, 9, 6);
    expect(shownNextLicenses({ status: STATUS.downgradeAtEndOfCycle }, row)).toBeNull();
    expect(shownNextLicenses({ status: STATUS.active }, row)).toBe(6);
  });

  it('FT-12: are none for a cancelled trial, until it is taken back', () => {
    const row = renewal(T0, 9);
    expect(shownNextLicenses({ status: STATUS.downgradeAtEndOfFreeTrial }, row)).toBeNull();
    expect(shownNextLicenses({ status: STATUS.freeTrial }, row)).toBe(9);
  });
});
