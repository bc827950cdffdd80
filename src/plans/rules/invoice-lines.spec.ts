import { describe, expect, it } from 'vitest';
import {
  aPlan,
  BASIC_ANNUAL,
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
import { flatDiscountLine, type InvoiceLine, invoiceLines } from './invoice-lines.js';
import { type GrowthEvent, growLedger } from './ledger-growth.js';
import type { LedgerRow, PlanTerms } from './plan-terms.js';

const FIRST_YEAR = { flatDiscount: 2_000, flatDiscountedMonths: 12 };
const SPENT = { flatDiscount: 2_000, flatDiscountedMonths: 0 };
/** A plan of six or more licenses that were paid for at T0. */
const paidFor = (base: number) => ({ base, lastRenewalAt: T0 });
const NEVER_BILLED = { base: null, lastRenewalAt: null };

/** A line as text: `renewal 16 × 350, day of start … day of end`. */
function text({ kind, quantity, unitPrice, period }: InvoiceLine): string {
  const day = (at: Date) => at.toISOString().slice(0, 10);
  return `${kind} ${quantity} × ${unitPrice}, ${day(period.start)} … ${day(period.end)}`;
}

function lines(plan: PlanTerms, rows: readonly LedgerRow[], before: Parameters<typeof invoiceLines>[2], at: Date) {
  return invoiceLines(plan, rows, before, at).lines.map(text);
}

/** The rows that these events add to a ledger. */
function grown(plan: PlanTerms, first: LedgerRow, events: readonly GrowthEvent[]): LedgerRow[] {
  const { steps } = growLedger(plan, ledgerOf([first]), events, { minimum: 1, exempt: false });
  return steps.flatMap((step) => ('row' in step ? [step.row] : []));
}

/** As many events as `to` differs from `from`, a second apart. */
function oneByOne(from: number, to: number, start: Date): GrowthEvent[] {
  const step = Math.sign(to - from);
  return Array.from({ length: Math.abs(to - from) }, (_, i) => ({
    eventTime: new Date(start.getTime() + (i + 1) * 1_000),
    users: from + (i + 1) * step,
  }));
}

const total = (of: readonly InvoiceLine[]) => of.reduce((sum, { amount }) => sum + amount, 0);

describe('an invoicing pass bills', () => {
  it.each([
    ['ADD-1', 11, 16, 'renewal 16 × 350, 2012-02-02 … 2012-03-02', 5_235],
    ['ADD-2', 18, 23, 'renewal 23 × 350, 2012-02-02 … 2012-03-02', 7_685],
  ])('%s: a renewal and the licenses added before it, less the discount', (_name, bought, now, renewed, due) => {
    const plan = aPlan(BASIC_MONTHLY);
    const rows = [change(daysAfter(T0, 2), now), renewal(M1, now)];
    const billed = invoiceLines(plan, rows, paidFor(bought), M1);
    expect(billed.lines.map(text)).toEqual(['extra 5 × 327, 2012-01-04 … 2012-02-02', renewed]);
    const discount = flatDiscountLine(plan, billed.lines, { ...FIRST_YEAR, flatDiscountedMonths: 11 });
    expect(discount).toEqual({ months: 1, amount: 2_000, period: { start: M1, end: M2 } });
    expect(total(billed.lines) - 2_000).toBe(due);
    expect(billed.through).toBe(rows[1]);
  });

  it('ADD-3: licenses added to an annual plan at the next monthly date, without a discount', () => {
    const billed = invoiceLines(aPlan(), [change(daysAfter(T0, 2), 35)], paidFor(25), M1);
    expect(billed.lines.map(text)).toEqual(['extra 10 × 7956, 2012-01-04 … 2013-01-02']);
    expect(flatDiscountLine(aPlan(), billed.lines, FIRST_YEAR)).toBeNull();
    expect(total(billed.lines)).toBe(79_560);
  });

  it('ADD-4: the rest of the cycle for each', () => {
    const day100 = daysAfter(T0, 100);
    expect(lines(aPlan(), [change(day100, 9)], paidFor(6), daysAfter(T0, 120))).toEqual([
      'extra 3 × 5814, 2012-04-11 … 2013-01-02',
    ]);
  });

  it('ADD-5: what was added before and after a renewal, each by its own cycle', () => {
    const rows = grown(aPlan(), renewal(T0, 6), [
      { eventTime: daysAfter(T0, 100), users: 9 },
      { eventTime: daysAfter(T0, 200), users: 6 },
      { eventTime: daysAfter(T0, 300), users: 7 },
      { eventTime: daysAfter(T0, 400), users: 8 },
    ]);
    expect(lines(aPlan(), rows, paidFor(6), daysAfter(T0, 400))).toEqual([
      'extra 3 × 5814, 2012-04-11 … 2013-01-02',
      'renewal 7 × 8000, 2013-01-02 … 2014-01-02',
      'extra 1 × 7255, 2013-02-05 … 2014-01-02',
    ]);
  });

  it('ADD-6: those of one day together, at the price of the first', () => {
    const rows = grown(aPlan(), renewal(T0, 6), [
      ...oneByOne(6, 56, daysAfter(T0, 10)),
      { eventTime: daysAfter(T0, 15), users: 156 },
      { eventTime: daysAfter(T0, 20), users: 256 },
      ...oneByOne(256, 236, daysAfter(T0, 22)),
      ...oneByOne(236, 306, new Date(daysAfter(T0, 25).getTime() - 1_000)),
    ]);
    const billed = invoiceLines(aPlan(), rows, paidFor(6), M1);
    expect(billed.lines.map(({ quantity, unitPrice }) => [quantity, unitPrice])).toEqual([
      [50, 7_781],
      [100, 7_672],
      [100, 7_563],
      [50, 7_454],
    ]);
    expect(billed.lines.at(-1)?.period).toEqual({ start: new Date(daysAfter(T0, 25).getTime() + 20_000), end: Y1 });
  });

  it('ADD-15: licenses chosen on the day of purchase in full', () => {
    expect(lines(aPlan(), [change(T0, 150)], paidFor(100), M1)).toEqual(['extra 50 × 8000, 2012-01-02 … 2013-01-02']);
  });

  it.each([
    ['ADD-16', Y1, 150, 1_200_000],
    ['ADD-17', new Date('2014-01-02T03:04:05Z'), 120, 960_000],
  ])('%s: a renewal of what was chosen for it', (_name, at, licenses, amount) => {
    const billed = invoiceLines(aPlan(), [renewal(at, licenses)], { base: 150, lastRenewalAt: T0 }, at);
    expect(total(billed.lines)).toBe(amount);
  });

  it('SW-1: only additions on the plan that makes way, and all of it on the one that comes', () => {
    const monthly = aPlan({ ...BUSINESS_MONTHLY, status: STATUS.ended });
    expect(lines(monthly, [change(T0, 20)], paidFor(6), M1)).toEqual(['extra 14 × 800, 2012-01-02 … 2012-02-02']);
    const annual = aPlan({ billingCycleAnchor: M1, nextInvoiceDate: M1 });
    expect(lines(annual, [renewal(M1, 20), change(M1, 25)], NEVER_BILLED, M1)).toEqual([
      'renewal 20 × 8000, 2012-02-02 … 2013-02-02',
      'extra 5 × 8000, 2012-02-02 … 2013-02-02',
    ]);
  });

  it('SW-5: the additions of an annual plan that is going to be monthly', () => {
    const plan = aPlan({ status: STATUS.switchToMonthlyAtEndOfCycle });
    expect(lines(plan, [change(T0, 20), change(M1, 25)], paidFor(6), M1)).toEqual([
      'extra 14 × 8000, 2012-01-02 … 2013-01-02',
      'extra 5 × 7322, 2012-02-02 … 2013-01-02',
    ]);
  });

  it('CAN-1: additions of a plan that has ended', () => {
    const plan = aPlan({ status: STATUS.ended });
    expect(lines(plan, [change(T0, 20)], paidFor(6), Y1)).toEqual(['extra 14 × 8000, 2012-01-02 … 2013-01-02']);
  });

  it('FT-7: what was added to the paid number of a trial, from its end on in full', () => {
    const end = daysAfter(T0, 60);
    const plan = aPlan({ billingCycleAnchor: end, automanageLicenses: false });
    const billed = invoiceLines(plan, [change(end, 125)], { base: 123, lastRenewalAt: end }, end);
    expect(billed.lines.map(text)).toEqual(['extra 2 × 8000, 2012-03-02 … 2013-03-02']);
  });

  it.each([
    ['FT-3', BASIC_MONTHLY, 18, daysAfter(T0, 30), FIRST_YEAR, '2012-03-01', 4_300],
    ['FT-4', {}, 15, daysAfter(T0, 60), SPENT, '2013-03-02', 120_000],
  ])('%s: the first cycle after a trial', (_name, given, licenses, end, terms, until, due) => {
    const plan = aPlan({ ...given, billingCycleAnchor: end });
    const billed = invoiceLines(plan, [renewal(end, licenses)], { base: licenses, lastRenewalAt: T0 }, end);
    expect(billed.lines.map(({ period }) => period.end.toISOString().slice(0, 10))).toEqual([until]);
    expect(total(billed.lines) - (flatDiscountLine(plan, billed.lines, terms)?.amount ?? 0)).toBe(due);
  });

  it.each([
    ['LEG-5', BASIC_ANNUAL, FIRST_YEAR, 24_000],
    ['with some months left', BASIC_ANNUAL, { flatDiscount: 2_000, flatDiscountedMonths: 5 }, 10_000],
    ['without any', BASIC_ANNUAL, SPENT, 0],
    ['at a fixed price', { pricePerLicense: null, fixedPrice: 120_000, endDate: Y1 }, FIRST_YEAR, 0],
  ])('%s: a renewal with the discount that is left', (_name, given, terms, amount) => {
    const plan = aPlan(given);
    const billed = invoiceLines(plan, [renewal(T0, 30)], NEVER_BILLED, T0);
    expect(flatDiscountLine(plan, billed.lines, terms)?.amount ?? 0).toBe(amount);
  });

  it.each([
    ['FX-6', SCHEDULE.monthly, 10_000, M1],
    ['FX-11', SCHEDULE.annual, 120_000, Y1],
  ])('%s: an instalment of a fixed price, however many licenses there are', (_name, billingSchedule, amount, end) => {
    const plan = aPlan({ billingSchedule, pricePerLicense: null, fixedPrice: 120_000, endDate: Y1 });
    const rows = [renewal(T0, 0), change(daysAfter(T0, 3), 60)];
    const billed = invoiceLines(plan, rows, NEVER_BILLED, M1);
    expect(billed.lines).toEqual([
      { kind: 'renewal', row: rows[0], quantity: 1, unitPrice: amount, amount, period: { start: T0, end } },
    ]);
    expect(billed.through).toBe(rows[1]);
  });

  it('the same unit price twice where a renewal comes between additions of one day', () => {
    const before = new Date(M1.getTime() - 3_600_000);
    const after = new Date(M1.getTime() + 3_600_000);
    const plan = aPlan(BUSINESS_MONTHLY);
    expect(lines(plan, [change(before, 8), renewal(M1, 8), change(after, 10)], paidFor(6), M2)).toEqual([
      'extra 2 × 1, 2012-02-02 … 2012-02-02',
      'renewal 8 × 800, 2012-02-02 … 2012-03-02',
      'extra 2 × 799, 2012-02-02 … 2012-03-02',
    ]);
  });

  it('nothing that took effect later, nothing twice, and nothing for what is free', () => {
    const later = change(daysAfter(T0, 40), 30);
    expect(invoiceLines(aPlan(), [later], paidFor(25), M1)).toEqual({ lines: [], through: null });
    const repeated = [change(daysAfter(T0, 3), 25, 20), change(daysAfter(T0, 4), 25, 25)];
    expect(invoiceLines(aPlan(), repeated, paidFor(25), M1)).toEqual({ lines: [], through: repeated[1] });
    const free = aPlan({ tier: TIER.complimentary, pricePerLicense: 0 });
    expect(invoiceLines(free, [renewal(T0, 9)], NEVER_BILLED, M1)).toEqual({ lines: [], through: null });
  });
});
