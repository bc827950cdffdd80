import { describe, expect, it } from 'vitest';
import { aPlan, BASIC_MONTHLY, daysAfter, M1, T0, Y1 } from '../../../test/support/sample-plan.js';
import { STATUS } from '../catalogue/plan-status.js';
import { TIER } from '../catalogue/tiers.js';
import { type DuePlan, invoicingReadiness, isInvoiced, isReviewDue } from './invoicing-readiness.js';
import type { PlanTerms } from './plan-terms.js';

function due(given: Partial<PlanTerms> = {}, staleDataNoticeSent = false): DuePlan {
  return { ...aPlan({ ...BASIC_MONTHLY, nextInvoiceDate: M1, ...given }), staleDataNoticeSent };
}

const GO = [true, false, false];
const WAIT = [false, false, false];
const TRIAL = { status: STATUS.freeTrial, chargeAutomatically: false } as const;
const DAY5 = daysAfter(T0, 5);

describe('a plan that is due', () => {
  it.each([
    ['data of the day before', due(), daysAfter(M1, -0.5), undefined, WAIT],
    ['JOB-1: data of long ago', due(), DAY5, undefined, [false, true, true]],
    ['JOB-1: data of long ago, and people told', due({}, true), DAY5, undefined, WAIT],
    ['no data at all', due(), null, undefined, [false, true, true]],
    ['data of that very moment', due(), M1, undefined, GO],
    ['JOB-2: data of twelve hours before', due(), daysAfter(M1, -0.5), undefined, WAIT],
    ['data of exactly a day before', due(), daysAfter(M1, -1), undefined, [false, true, true]],
    ['FX-7: a fixed price', due({ pricePerLicense: null, fixedPrice: 120_000 }), DAY5, undefined, [true, true, false]],
    ['LEG-2: complimentary access', due({ tier: TIER.complimentary }), null, undefined, GO],
    [
      'LEG-4: complimentary access before another plan',
      due({ tier: TIER.complimentary, status: STATUS.switchPlanAtPlanEnd }),
      DAY5,
      undefined,
      [false, true, true],
    ],
    ['FT-16: a trial with an unpaid invoice', due(TRIAL), DAY5, false, [true, true, true]],
    ['FT-16: a trial with a paid invoice', due(TRIAL), DAY5, true, [false, true, true]],
    ['FT-15: a trial that lacks its invoice', due(TRIAL), DAY5, undefined, [true, true, true]],
    ['a trial by card', due({ status: STATUS.freeTrial }), DAY5, undefined, [false, true, true]],
    ['nothing due', due({ nextInvoiceDate: null }), null, undefined, WAIT],
  ])('with %s', (_name, plan, uploadedAt, invoicePaid, [proceed, notify, setFlag]) => {
    expect(invoicingReadiness(plan, uploadedAt, invoicePaid)).toEqual({ proceed, notify, setFlag });
  });

  it('is not looked at while it waits for the end of another', () => {
    expect(isInvoiced({ status: STATUS.neverStarted })).toBe(false);
    expect(isInvoiced({ status: STATUS.ended })).toBe(true);
    expect(isInvoiced({ status: STATUS.active })).toBe(true);
  });
});

describe('the end of a fixed price', () => {
  const plan = (next: string, given: object = {}) => ({
    fixedPrice: 120_000,
    endDate: Y1,
    nextInvoiceDate: new Date(`${next}T03:04:05Z`),
    reviewReminderSent: false,
    ...given,
  });
  it.each([
    ['FX-8: 92 days ahead', plan('2012-10-02'), false],
    ['FX-9: 61 days ahead', plan('2012-11-02'), true],
    ['62 days ahead', plan('2012-11-01'), true],
    ['63 days ahead', plan('2012-10-31'), false],
    ['FX-9: once it was told', plan('2012-12-02', { reviewReminderSent: true }), false],
    ['of a price by the license', plan('2012-12-02', { fixedPrice: null }), false],
    ['that is open', plan('2012-12-02', { endDate: null }), false],
  ])('%s', (_name, given, isDue) => {
    expect(isReviewDue(given)).toBe(isDue);
  });
});
