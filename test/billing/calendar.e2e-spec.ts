import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { PlanProperties } from '../../src/plans/changes/plan-properties.js';
import { BillingWorld, grows, invoiceOn, type Organization, withPlan } from '../support/billing.js';
import { daysAfter, M1, M2, T0, Y1 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const { annual, monthly } = SCHEDULE;
const NO_DISCOUNT = { flat_discounted_months: 0, minimum_licenses: 1 };
const business = { tier: TIER.business } as const;

const short = (at: unknown) => (at as Date).toISOString().slice(0, 19);

/** The next invoice dates as one pass after the other leaves them. */
async function passes(someone: Organization, count: number): Promise<string[]> {
  const dates: string[] = [];
  for (let i = 0; i < count; i++) {
    const { next_invoice_date: next } = await someone.plan();
    dates.push(short(next));
    await invoiceOn(someone, next as Date);
  }
  return dates;
}

describe('the dates of a plan', () => {
  it('CAL-1: keep the day of its anchor, or the last day of a shorter month; February has 28', async () => {
    world.service.clock.set('2019-12-31T01:02:03Z');
    const someone = await withPlan(world, 6, {}, NO_DISCOUNT);
    const days = ['01-31', '02-28', '03-31', '04-30', '05-31', '06-30', '07-31', '08-31', '09-30', '10-31', '11-30'];
    const expected = [...days.map((day) => `2020-${day}`), '2020-12-31', '2021-01-31', '2021-02-28'];
    expect(await passes(someone, 14)).toEqual(expected.map((day) => `${day}T01:02:03`));
    expect(await someone.invoices()).toHaveLength(15);
  });

  it('CAL-3: fall on 28 February a year after the 29th', async () => {
    world.service.clock.set('2012-02-29T12:00:00Z');
    const someone = await withPlan(world, 6, { schedule: annual }, NO_DISCOUNT);
    expect(short((await someone.plan())['next_invoice_date'])).toBe('2012-03-29T12:00:00');
    expect(await someone.periods()).toEqual(['2012-02-29T12:00:00Z/2013-02-28T12:00:00Z']);
  });

  it.each([
    ['CAL-4', annual, '2020-12-31T01:02:03Z'],
    ['CAL-5', monthly, '2020-01-31T01:02:03Z'],
  ])('%s: are whole seconds, whenever it is bought (schedule %i)', async (_id, schedule, end) => {
    world.service.clock.set('2019-12-31T01:02:03.654Z');
    const someone = await withPlan(world, 25, { ...business, schedule }, NO_DISCOUNT);
    expect(await someone.plan()).toMatchObject({
      billing_cycle_anchor: new Date('2019-12-31T01:02:03Z'),
      next_invoice_date: new Date('2020-01-31T01:02:03Z'),
    });
    expect(await someone.periods()).toEqual([`2019-12-31T01:02:03Z/${end}`]);
  });

  it('CAL-6: are counted from the anchor, not from one another', async () => {
    world.service.clock.set('2012-01-31T12:00:00Z');
    const someone = await withPlan(world, 6, {}, NO_DISCOUNT);
    const days = ['02-28', '03-31', '04-30', '05-31', '06-30'];
    expect(await passes(someone, 5)).toEqual(days.map((day) => `2012-${day}T12:00:00`));
  });

  it('CAL-7: end early where the plan does', async () => {
    const end = daysAfter(M1, -2);
    const someone = await withPlan(world, 25, business, NO_DISCOUNT);
    await world.part(PlanProperties).setEndDate(someone.holder, end);
    await grows(someone, 26, daysAfter(T0, 10));
    await invoiceOn(someone, M1);
    expect(await someone.periods()).toEqual(['2012-01-12T03:04:05Z/2012-01-31T03:04:05Z']);
    expect(await someone.plan()).toMatchObject({ status: 11 });
  });
});

describe('a license that is added', () => {
  const MARCH = new Date('2012-03-02T03:04:05Z');
  const basic = { tier: TIER.basic } as const;

  it.each([
    ['ADD-7', { ...business, schedule: annual }, T0, 5, M1, M1, '5 × 7322', Y1],
    ['ADD-8', { ...business, schedule: annual }, M1, 5, M2, M2, '5 × 7366', new Date('2013-02-02T03:04:05Z')],
    ['ADD-9', { ...business, schedule: annual }, MARCH, 4, Y1, Y1, '4 × 1293', new Date('2013-03-02T03:04:05Z')],
    ['ADD-10', { ...basic, schedule: monthly }, T0, 1, daysAfter(T0, 16), M1, '1 × 169', M1],
    ['ADD-10 on the last day', { ...basic, schedule: monthly }, T0, 1, daysAfter(T0, 30), M1, '1 × 11', M1],
    ['ADD-11', { ...basic, schedule: annual }, T0, 1, daysAfter(T0, 100), daysAfter(T0, 121), '1 × 3052', Y1],
    ['ADD-11 a month in', { ...basic, schedule: annual }, T0, 1, M1, M1, '1 × 3844', Y1],
    ['ADD-12', { ...business, schedule: monthly }, T0, 1, daysAfter(T0, 15.5), M1, '1 × 400', M1],
  ])('%s: costs the share of the cycle that is left', async (_id, request, start, added, at, billed, line, end) => {
    world.service.clock.set(start);
    const someone = await withPlan(world, 25, request, NO_DISCOUNT);
    await grows(someone, 25 + added, at);
    await invoiceOn(someone, billed);
    const lines = await someone.lines();
    expect(lines[0]).toBe(line);
    const iso = (when: Date) => `${when.toISOString().slice(0, 19)}Z`;
    expect((await someone.periods())[0]).toBe(`${iso(at)}/${iso(end)}`);
    const isMonthly = request.schedule === monthly;
    expect(lines.slice(1)).toEqual(isMonthly ? [`${25 + added} × ${request.tier === 103 ? 350 : 800}`] : []);
  });

  it('ADD-13: is paid until the end of the plan only', async () => {
    const someone = await withPlan(world, 25, { ...business, schedule: annual }, NO_DISCOUNT);
    await world.part(PlanProperties).setEndDate(someone.holder, M2);
    await grows(someone, 26, daysAfter(T0, 10));
    await invoiceOn(someone, M1);
    expect(await someone.lines()).toEqual(['1 × 1093']);
    expect(await someone.periods()).toEqual(['2012-01-12T03:04:05Z/2012-03-02T03:04:05Z']);
  });

  it('ADD-14: is paid until the end of the plan only, in a later cycle too', async () => {
    const someone = await withPlan(world, 25, { ...basic, schedule: monthly }, NO_DISCOUNT);
    await invoiceOn(someone, M1);
    await world.part(PlanProperties).setEndDate(someone.holder, new Date('2012-02-17T00:00:00Z'));
    await grows(someone, 26, new Date('2012-02-05T03:04:05Z'));
    await invoiceOn(someone, M2);
    expect(await someone.lines()).toEqual(['1 × 143']);
    expect(await someone.plan()).toMatchObject({ status: 11, next_invoice_date: null });
  });
});
