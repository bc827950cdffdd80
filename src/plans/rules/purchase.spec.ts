import { describe, expect, it } from 'vitest';
import { aPlan, BASIC_MONTHLY, daysAfter, M1, M2, short, T0, Y1 } from '../../../test/support/sample-plan.js';
import { SCHEDULE, STATUS } from '../catalogue/plan-status.js';
import { TIER } from '../catalogue/tiers.js';
import { nextInvoiceDate } from './calendar.js';
import { invoiceLines } from './invoice-lines.js';
import { complimentaryDates, maySchedulePlanAfter, paidPlanDates, trialDates, unbilledPlanDates } from './new-plan.js';
import { chooseLicenses, firstRows, isTrialEligible, purchaseRefusal, tierChangeRefusal } from './purchase.js';
import { upgradeInvoice } from './upgrade-invoice.js';

const { annual, monthly } = SCHEDULE;
const left = (flatDiscountedMonths: number) => ({ flatDiscount: 2_000, flatDiscountedMonths });
const CARD = { chargeAutomatically: true, management: 'automatic', licenses: undefined } as const;
const BY_HAND = { chargeAutomatically: true, management: 'manual' } as const;
const BUSINESS = { minimum: 25, exempt: false };

describe('the invoice of a purchase', () => {
  it.each([
    ['BUY-1', 11, 350, monthly, 12, 3_850, 2_000, 1, M1],
    ['BUY-2', 18, 350, monthly, 12, 6_300, 2_000, 1, M1],
    ['BUY-3', 25, 8_000, annual, 12, 200_000, 24_000, 12, Y1],
    ['BUY-4', 30, 4_200, annual, 12, 126_000, 24_000, 12, Y1],
    ['BUY-5', 6, 350, monthly, 12, 2_100, 2_000, 1, M1],
    ['BUY-6', 6, 4_200, annual, 12, 25_200, 24_000, 12, Y1],
    ['BUY-8', 25, 8_000, annual, 5, 200_000, 10_000, 5, Y1],
    ['BUY-10', 40, 4_200, annual, 12, 168_000, 24_000, 12, Y1],
  ])(
    '%s: is for the first cycle, less the discount',
    (_name, licenses, price, schedule, months, amount, off, used, end) => {
      const purchase = { schedule, licenses, pricePerLicense: price, fixedPrice: null, flatDiscount: left(months) };
      const period = { start: T0, end };
      expect(upgradeInvoice(purchase, T0)).toEqual({
        quantity: licenses,
        unitPrice: price,
        amount,
        period,
        discount: { months: used, amount: off, period },
        due: amount - off,
      });
    },
  );

  it.each([
    ['BUY-7', 3, 350, monthly, 1_050],
    ['BUY-9', 25, 1_200, annual, 30_000],
  ])('%s: has no line for a discount that is used up or given up', (_name, licenses, price, schedule, due) => {
    const purchase = { schedule, licenses, pricePerLicense: price, fixedPrice: null, flatDiscount: left(0) };
    expect(upgradeInvoice(purchase, T0)).toMatchObject({ discount: null, due });
  });

  it.each([
    ['FX-6', monthly, 10_000],
    ['FX-1', annual, 120_000],
  ])('%s: is an instalment of a fixed price, for twelve months either way', (_name, schedule, due) => {
    const purchase = { schedule, licenses: 0, pricePerLicense: null, fixedPrice: 120_000, flatDiscount: left(12) };
    expect(upgradeInvoice(purchase, T0)).toMatchObject({ due, discount: null, period: { start: T0, end: Y1 } });
  });

  it.each([
    ['FT-6', 60, 123, 8_000, 0, 984_000, '2012-03-02', '2013-03-02'],
    ['FT-9', 30, 123, 4_200, 12, 492_600, '2012-02-01', '2013-02-01'],
  ])('%s: sent in a trial is for the time after it', (_name, days, licenses, price, months, due, start, end) => {
    const purchase = {
      schedule: annual,
      licenses,
      pricePerLicense: price,
      fixedPrice: null,
      flatDiscount: left(months),
    };
    const invoice = upgradeInvoice(purchase, daysAfter(T0, days));
    const period = { start: new Date(`${start}T03:04:05Z`), end: new Date(`${end}T03:04:05Z`) };
    expect(invoice).toMatchObject({ due, period });
  });

  it('has a price', () => {
    const purchase = { schedule: annual, licenses: 5, pricePerLicense: null, fixedPrice: null, flatDiscount: null };
    expect(() => upgradeInvoice(purchase, T0)).toThrow('no-price');
  });
});

describe('the number of licenses bought', () => {
  it.each([
    ['BUY-3: at least the minimum', CARD, { ...BUSINESS, users: 11 }, 25],
    ['BUY-4: as many as users', CARD, { users: 30, minimum: 6, exempt: false }, 30],
    ['BUY-15: what the page said, the minimum', CARD, { ...BUSINESS, users: 11 }, 25],
    ['BUY-16: as many as there are now', { ...CARD, licenses: 30 }, { ...BUSINESS, users: 26 }, 26],
    ['BUY-17: the minimum again, when users have gone', { ...CARD, licenses: 30 }, { ...BUSINESS, users: 20 }, 25],
  ])('%s, managed automatically', (_name, request, needs, licenses) => {
    expect(chooseLicenses(request, needs)).toEqual({ licenses, automanageLicenses: true });
  });

  it.each([
    ['BUY-10: by invoice', { ...CARD, chargeAutomatically: false, licenses: 40 }, { ...BUSINESS, users: 11 }, 40],
    ['BUY-13: far more than needed', { ...BY_HAND, licenses: 1_001 }, { ...BUSINESS, users: 11 }, 1_001],
    ['BUY-14: fewer than users where exempt', { ...BY_HAND, licenses: 4 }, { users: 6, minimum: 25, exempt: true }, 4],
  ])('%s, is the customer’s choice', (_name, request, needs, licenses) => {
    expect(chooseLicenses(request, needs)).toEqual({ licenses, automanageLicenses: false });
  });

  it.each([
    ['BUY-11: fewer than users', { ...BY_HAND, chargeAutomatically: false, licenses: 20 }, 26, 26],
    ['BUY-12: none', { ...BY_HAND, licenses: undefined }, 26, 26],
    ['BUY-12: fewer than the minimum', { ...BY_HAND, licenses: 24 }, 11, 25],
  ])('%s, is refused with the fewest', (_name, request, users, fewest) => {
    expect(chooseLicenses(request, { ...BUSINESS, users })).toEqual({ refusal: 'too-few', fewest });
  });

  it('is not guessed when nobody said how it is managed', () => {
    const request = { chargeAutomatically: true, management: undefined, licenses: 30 };
    expect(chooseLicenses(request, { ...BUSINESS, users: 11 })).toEqual({ refusal: 'management-missing' });
  });
});

describe('a ledger begins', () => {
  const automatic = aPlan();
  const manual = aPlan({ automanageLicenses: false });
  const needs = (users: number) => ({ ...BUSINESS, users });

  it.each([
    ['with what was paid', automatic, 30, needs(30), ['R 30,30'], null],
    ['BUY-19: with more when users came in the meantime', automatic, 25, needs(42), ['R 25,25', '42,42'], 'bill-now'],
    ['BUY-20: to renew with fewer when some went', automatic, 30, needs(28), ['R 30,30', '30,28'], 'too-many-paid'],
    ['with what was chosen, however few users', manual, 100, needs(28), ['R 100,100'], null],
    ['with more than was chosen, if there are', manual, 30, needs(42), ['R 30,30', '42,42'], 'bill-now'],
    ['BUY-14: with what was chosen by who is exempt', manual, 4, { ...needs(6), exempt: true }, ['R 4,4'], null],
    ['FX-6: with none of a fixed price', aPlan({ fixedPrice: 120_000 }), 0, needs(60), ['R 0,0'], null],
  ])('%s', (_name, plan, paid, given, rows, discrepancy) => {
    const first = firstRows(plan, paid, given);
    expect([first.rows.map(short), first.discrepancy]).toEqual([rows, discrepancy]);
    expect(first.rows.every(({ eventTime }) => eventTime === plan.billingCycleAnchor)).toBe(true);
  });

  it('BUY-19: and the difference is billed at once in full, while the next date stays a month away', () => {
    const { rows } = firstRows(automatic, 25, needs(42));
    const { lines } = invoiceLines(automatic, rows.slice(1), { base: 25, lastRenewalAt: T0 }, T0);
    expect(lines.map(({ quantity, unitPrice, amount }) => [quantity, unitPrice, amount])).toEqual([
      [17, 8_000, 136_000],
    ]);
    expect(nextInvoiceDate(automatic, T0)).toEqual(M1);
  });
});

describe('who may buy', () => {
  const live = (tier: 101 | 102 | 103 | 104, status: 1 | 2 | 3 | 8 = STATUS.active) => ({ tier, status });
  it.each([
    ['nobody yet: Basic', null, TIER.basic, null],
    ['nobody yet: Community', null, TIER.community, 'not-sold'],
    ['nobody yet: Enterprise', null, TIER.enterprise, 'not-sold'],
    ['LEG-7: complimentary access to Business', live(101), TIER.business, null],
    [
      'complimentary access before another plan',
      live(101, STATUS.switchPlanAtPlanEnd),
      TIER.business,
      'already-scheduled',
    ],
    ['a live Basic plan to Business', live(103), TIER.business, 'not-upgradable'],
    ['BUY-23: a live plan to the same', live(104), TIER.business, 'not-upgradable'],
    ['a Basic trial to Basic', live(103, STATUS.freeTrial), TIER.basic, 'not-upgradable'],
    ['a sponsored plan to Basic', live(102), TIER.basic, 'not-upgradable'],
  ])('%s', (_name, held, tier, refusal) => {
    expect(purchaseRefusal(held, tier)).toBe(refusal);
  });

  it.each([
    ['TC-1: Basic to Business', live(103), TIER.business, true, null],
    ['TC-6: without a plan', null, TIER.business, true, 'no-active-plan'],
    ['TC-6: with a cancelled plan', live(103, STATUS.downgradeAtEndOfCycle), TIER.business, true, 'no-active-plan'],
    ['TC-6: without a customer at Stripe', live(103), TIER.business, false, 'no-stripe-customer'],
    ['TC-6: to the same tier', live(104), TIER.business, true, 'same-tier'],
    ['Business to Basic', live(104), TIER.basic, true, 'no-upgrade'],
    ['complimentary access to Basic', live(101), TIER.basic, true, null],
  ])('and whom an operator may move: %s', (_name, held, tier, hasStripe, refusal) => {
    expect(tierChangeRefusal(held, tier, hasStripe)).toBe(refusal);
  });

  it.each([
    ['FT-1: new to Basic', {}, true],
    ['FT-14: Business', { tier: TIER.business }, false],
    ['FT-14: anybody who ever had a plan', { hadPlan: true }, false],
    ['FT-14: with a fixed price', { offerApplies: true }, false],
    ['FT-14: where there are no trials', { trialDays: 0 }, false],
  ])('and try: %s', (_name, given, eligible) => {
    const factors = { tier: TIER.basic, trialDays: 30, offerApplies: false, hadPlan: false };
    expect(isTrialEligible({ ...factors, ...given })).toBe(eligible);
  });
});

describe('the dates of a new plan', () => {
  it('FT-1: of a trial end with it', () => {
    const nextInvoiceDate = new Date('2012-02-01T03:04:05Z');
    expect(trialDates(new Date(T0.getTime() + 250), 30)).toEqual({
      billingCycleAnchor: T0,
      nextInvoiceDate,
      endDate: null,
    });
  });

  it('FX-6: of a fixed price end after twelve months', () => {
    expect(paidPlanDates(T0, true)).toEqual({ billingCycleAnchor: T0, nextInvoiceDate: M1, endDate: Y1 });
  });

  it('FX-17: of a fixed price that was paid before begin in the past', () => {
    const past = new Date('2012-01-01T01:01:01Z');
    expect(paidPlanDates(past, true).billingCycleAnchor).toEqual(past);
  });

  it('LEG-3: of a plan that waits are the other plan’s end', () => {
    expect(unbilledPlanDates(M2, false)).toEqual({ billingCycleAnchor: M2, nextInvoiceDate: M2, endDate: null });
  });

  it('FX-11: of a fixed price that waits are the other plan’s end and a year', () => {
    expect(unbilledPlanDates(Y1, true).endDate).toEqual(new Date('2014-01-02T03:04:05Z'));
  });

  it('LEG-1: of complimentary access are its end', () => {
    const until = new Date('2012-04-02T03:04:05Z');
    expect(complimentaryDates(T0, until)).toEqual({ billingCycleAnchor: T0, nextInvoiceDate: until, endDate: until });
  });
});

describe('a fixed price for the time after a plan', () => {
  const fixed = aPlan({ ...BASIC_MONTHLY, pricePerLicense: null, fixedPrice: 120_000, endDate: Y1 });
  const at = (day: string) => new Date(`${day}T03:04:05Z`);
  it.each([
    ['FX-10: before the last instalment', fixed, at('2012-11-02'), false],
    ['FX-10: after the last instalment', fixed, at('2012-12-02'), true],
    ['FX-12: without an end', aPlan(), T0, false],
    ['FX-12: with an end in the running cycle', aPlan({ endDate: M2 }), T0, true],
    ['FX-18: where one waits already', aPlan({ endDate: M2, status: STATUS.switchPlanAtPlanEnd }), T0, false],
  ])('%s', (_name, plan, lastRenewalAt, may) => {
    expect(maySchedulePlanAfter(plan, lastRenewalAt)).toBe(may);
  });
});
