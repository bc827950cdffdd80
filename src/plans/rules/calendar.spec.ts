import { describe, expect, it } from 'vitest';
import { aPlan, BUSINESS_MONTHLY, daysAfter, M1, M2, T0, Y1 } from '../../../test/support/sample-plan.js';
import { SCHEDULE, STATUS } from '../catalogue/plan-status.js';
import { addMonths, nextBillingCycle, nextInvoiceDate, renewalOrEnd, startOfNextCycle } from './calendar.js';
import { paidPlanDates } from './new-plan.js';

const NEW_YEARS_EVE = new Date('2019-12-31T01:02:03Z');

describe('months', () => {
  it.each([
    [1, '2020-01-31'],
    [2, '2020-02-28'],
    [3, '2020-03-31'],
    [4, '2020-04-30'],
    [5, '2020-05-31'],
    [6, '2020-06-30'],
    [7, '2020-07-31'],
    [8, '2020-08-31'],
    [9, '2020-09-30'],
    [10, '2020-10-31'],
    [11, '2020-11-30'],
    [12, '2020-12-31'],
    [14, '2021-02-28'],
  ])('CAL-1: %i after 31 December 2019 is %s, at the same time of day', (months, day) => {
    expect(addMonths(NEW_YEARS_EVE, months)).toEqual(new Date(`${day}T01:02:03Z`));
  });

  it.each([-1, 1.5, Number.NaN])('CAL-2: %s of them are an error', (months) => {
    expect(() => addMonths(T0, months)).toThrow('negative-months');
  });

  it.each([
    [1, '2012-03-29'],
    [12, '2013-02-28'],
  ])('CAL-3: %i after 29 February 2012 is %s', (months, day) => {
    expect(addMonths(new Date('2012-02-29T05:00:00Z'), months)).toEqual(new Date(`${day}T05:00:00Z`));
  });
});

describe('a new plan', () => {
  const at = new Date('2019-12-31T01:02:03.654Z');

  it.each([
    ['CAL-4: annual', SCHEDULE.annual, '2020-12-31T01:02:03Z'],
    ['CAL-5: monthly', SCHEDULE.monthly, '2020-01-31T01:02:03Z'],
  ])('%s, starts on a whole second and is looked at a month later', (_name, billingSchedule, end) => {
    const dates = paidPlanDates(at, false);
    expect(dates).toEqual({
      billingCycleAnchor: NEW_YEARS_EVE,
      nextInvoiceDate: new Date('2020-01-31T01:02:03Z'),
      endDate: null,
    });
    expect(startOfNextCycle({ ...dates, billingSchedule }, dates.billingCycleAnchor)).toEqual(new Date(end));
  });
});

describe('the next invoice date', () => {
  it('CAL-6: is counted from the anchor, so that a short month does not move the later ones', () => {
    let plan = aPlan({
      ...BUSINESS_MONTHLY,
      billingCycleAnchor: new Date('2012-01-31T12:00:00Z'),
      nextInvoiceDate: new Date('2012-02-28T12:00:00Z'),
    });
    const dates: unknown[] = [];
    for (let pass = 0; pass < 4; pass++) {
      plan = { ...plan, nextInvoiceDate: nextInvoiceDate(plan, plan.nextInvoiceDate ?? T0) };
      dates.push(plan.nextInvoiceDate?.toISOString().slice(5, 10));
    }
    expect(dates).toEqual(['03-31', '04-30', '05-31', '06-30']);
  });

  it('CAL-8: is monthly for an annual plan too', () => {
    expect(nextInvoiceDate(aPlan({ nextInvoiceDate: M1 }), M1)).toEqual(M2);
    expect(M2).toEqual(daysAfter(M1, 29));
  });

  it('BUY-19: stays where it is in a pass ahead of it', () => {
    expect(nextInvoiceDate(aPlan({ nextInvoiceDate: M1 }), T0)).toEqual(M1);
  });

  it('is none for a plan that has ended, or that nobody ever looks at', () => {
    expect(nextInvoiceDate(aPlan({ status: STATUS.ended }), M1)).toBeNull();
    expect(nextInvoiceDate(aPlan({ nextInvoiceDate: null }), M1)).toBeNull();
  });
});

describe('the cycle', () => {
  it('ends strictly later than the instant asked about', () => {
    const plan = aPlan(BUSINESS_MONTHLY);
    expect(startOfNextCycle(plan, daysAfter(T0, -1))).toEqual(T0);
    expect(startOfNextCycle(plan, T0)).toEqual(M1);
    expect(startOfNextCycle(plan, new Date(M1.getTime() - 1))).toEqual(M1);
    expect(startOfNextCycle(plan, M1)).toEqual(M2);
    expect(startOfNextCycle(plan, new Date('2031-05-02T03:04:05Z'))).toEqual(new Date('2031-06-02T03:04:05Z'));
    expect(startOfNextCycle(aPlan(), new Date('2031-05-02T03:04:05Z'))).toEqual(new Date('2032-01-02T03:04:05Z'));
  });

  it('is an error where there is no date', () => {
    expect(() => startOfNextCycle(aPlan(), new Date(Number.NaN))).toThrow('invalid-date');
  });

  it('CAL-7: ends with the plan, if that ends before', () => {
    const end = daysAfter(M1, -2);
    expect(renewalOrEnd(aPlan({ ...BUSINESS_MONTHLY, endDate: end }), T0)).toEqual(end);
    expect(renewalOrEnd(aPlan({ ...BUSINESS_MONTHLY, endDate: M2 }), T0)).toEqual(M1);
  });

  const trialEnd = daysAfter(T0, 30);
  it.each([
    ['an annual plan', aPlan(), Y1],
    ['a cancelled plan', aPlan({ status: STATUS.downgradeAtEndOfCycle }), Y1],
    ['a plan with an end', aPlan({ endDate: M2 }), M2],
    ['a trial', aPlan({ status: STATUS.freeTrial, nextInvoiceDate: trialEnd }), trialEnd],
    ['a cancelled trial', aPlan({ status: STATUS.downgradeAtEndOfFreeTrial, nextInvoiceDate: trialEnd }), trialEnd],
    ['a plan that has not started', aPlan({ status: STATUS.neverStarted, nextInvoiceDate: M2 }), M2],
    ['a plan that another one waits for', aPlan({ status: STATUS.switchPlanAtPlanEnd, endDate: M2 }), M2],
  ])('of %s is over when it says', (_name, plan, expected) => {
    expect(nextBillingCycle(plan, T0)).toEqual(expected);
  });
});
