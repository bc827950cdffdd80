import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { Downgrades } from '../../src/plans/changes/downgrades.js';
import { PlanUpdates } from '../../src/plans/changes/plan-updates.js';
import { notesOn, planTypeOf } from '../plans/billing-rows.js';
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
const business = { tier: TIER.business, schedule: annual } as const;
const Y1_M1 = new Date('2013-02-02T03:04:05Z');

const update = (someone: Organization, change: Parameters<PlanUpdates['update']>[1]) =>
  world.part(PlanUpdates).update(someone.holder, change);

describe('another schedule', () => {
  const BUSINESS_MONTHLY = { tier: TIER.business, schedule: monthly } as const;

  it('SW-1, SW-2, SW-3: begins with the next cycle', async () => {
    const someone = await withPlan(world, 6, BUSINESS_MONTHLY, NO_DISCOUNT);
    await update(someone, { status: STATUS.switchToAnnualAtEndOfCycle });
    await grows(someone, 20, new Date(T0.getTime() + 1_000));
    await grows(someone, 25, M1);
    await world.invoice(M1);
    expect(await someone.plans()).toMatchObject([
      { status: 11, next_invoice_date: null },
      { status: 1, billing_schedule: 1, billing_cycle_anchor: M1, next_invoice_date: M2, invoicing_status: 1 },
    ]);
    expect(await someone.lines(-2)).toEqual(['14 × 800']);
    expect(await someone.lines()).toEqual(['20 × 8000', '5 × 8000']);
    await grows(someone, 30, M2);
    await world.invoice(M2);
    expect(await someone.lines()).toEqual(['5 × 7366']);
    await invoiceOn(someone, Y1_M1);
    expect(await someone.lines()).toEqual(['30 × 8000']);
    expect((await notesOn(world.service, someone.holder)).map(({ event_type }) => event_type)).toContain(503);
  });

  it('SW-4: is billed by the run after the one that brought it', async () => {
    const someone = await withPlan(world, 35, { ...BUSINESS_MONTHLY, management: 'manual', licenses: 35 }, NO_DISCOUNT);
    await update(someone, { status: STATUS.switchToAnnualAtEndOfCycle });
    await invoiceOn(someone, M1);
    expect(await someone.plan()).toMatchObject({ billing_schedule: 1, invoicing_status: 3, next_invoice_date: M1 });
    await invoiceOn(someone, daysAfter(M1, 1));
    expect(await someone.lines()).toEqual(['35 × 8000']);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, invoicing_status: 1 });
  });

  it('SW-5, SW-6: waits for the end of the year', async () => {
    const someone = await withPlan(world, 6, business, NO_DISCOUNT);
    await update(someone, { status: STATUS.switchToMonthlyAtEndOfCycle });
    await grows(someone, 20, new Date(T0.getTime() + 1_000));
    await grows(someone, 25, M1);
    await world.invoice(M1);
    expect(await someone.lines()).toEqual(['14 × 8000', '5 × 7322']);
    expect(await someone.plan()).toMatchObject({ status: 6, billing_schedule: 1 });
    await grows(someone, 25, Y1);
    await world.invoice(Y1);
    expect(await someone.plans()).toMatchObject([
      { status: 11 },
      { billing_schedule: 2, billing_cycle_anchor: Y1, next_invoice_date: Y1_M1 },
    ]);
    expect(await someone.lines()).toEqual(['25 × 800']);
  });

  it('SW-7, SW-8: is refused of a plan that is cancelled or was replaced', async () => {
    const someone = await withPlan(world, 35, BUSINESS_MONTHLY, NO_DISCOUNT);
    await update(someone, { status: STATUS.downgradeAtEndOfCycle });
    const toAnnual = { status: STATUS.switchToAnnualAtEndOfCycle } as const;
    await expect(update(someone, toAnnual)).rejects.toMatchObject({
      extra: { error_description: 'change-not-possible' },
    });
    await update(someone, { status: STATUS.active });
    await update(someone, toAnnual);
    world.service.clock.set(M1);
    await expect(update(someone, { status: STATUS.active })).rejects.toMatchObject({
      extra: { error_description: 'plan-replaced' },
    });
    expect(await someone.plans()).toHaveLength(2);
  });
});

describe('a cancelled plan', () => {
  it('CAN-1: is billed what was added, and ends with its cycle', async () => {
    const someone = await withPlan(world, 6, business, NO_DISCOUNT);
    await update(someone, { status: STATUS.downgradeAtEndOfCycle });
    await grows(someone, 20, new Date(T0.getTime() + 1_000));
    await invoiceOn(someone, M1);
    expect(await someone.lines()).toEqual(['14 × 8000']);
    await invoiceOn(someone, Y1);
    expect(await someone.plan()).toMatchObject({ status: 11, next_invoice_date: null });
    expect(await someone.ledger()).toEqual(['R 6,6', '20,20']);
    expect(await planTypeOf(world.service, someone.holder)).toBe(100);
    expect((await notesOn(world.service, someone.holder)).at(-1)).toEqual({
      event_type: 10_204,
      extra_data: { old_value: 104, new_value: 100 },
      acting_billing_user_id: null,
    });
  });

  it('CAN-2, CAN-3: can be taken up again until its end', async () => {
    const someone = await withPlan(world, 6, business, NO_DISCOUNT);
    await update(someone, { status: STATUS.downgradeAtEndOfCycle });
    await update(someone, { status: STATUS.active });
    expect(await someone.plan()).toMatchObject({ status: 1 });
    await update(someone, { status: STATUS.downgradeAtEndOfCycle });
    world.service.clock.set(Y1);
    await expect(update(someone, { status: STATUS.active })).rejects.toMatchObject({
      extra: { error_description: 'plan-ended' },
    });
    expect(await someone.plan()).toMatchObject({ status: 11 });
  });

  it('CAN-4: at once is billed nothing more', async () => {
    const someone = await withPlan(world, 6, business, NO_DISCOUNT);
    await grows(someone, 20, daysAfter(T0, 1));
    await world.part(Downgrades).now(someone.holder, { operatorId: '7' });
    expect(await someone.plan()).toMatchObject({ status: 11, next_invoice_date: null });
    await invoiceOn(someone, M1);
    expect(await someone.invoices()).toHaveLength(1);
  });

  it('CAN-5: at once can void what is open', async () => {
    const someone = await withPlan(world, 20);
    await invoiceOn(someone, M1);
    expect(await someone.customer()).toMatchObject({ flat_discounted_months: 10 });
    const downgrades = world.part(Downgrades);
    expect(await downgrades.nowAndVoid(someone.holder)).toBe(1);
    expect((await someone.invoices()).at(-1)).toMatchObject({ status: 'void' });
    expect(await someone.customer()).toMatchObject({ flat_discounted_months: 11 });
    expect(await downgrades.nowAndVoid(someone.holder)).toBe(0);
  });
});

describe('complimentary access', () => {
  const END = new Date('2012-04-02T03:04:05Z');

  async function granted(users: number): Promise<Organization> {
    const someone = await world.organization(users);
    await someone.isCustomer();
    await world.part(ComplimentaryAccess).grant(someone.holder, END, { operatorId: '7' });
    return someone;
  }

  it('LEG-1, LEG-2: ends without invoice, upload or mail', async () => {
    const someone = await granted(18);
    expect(await someone.plan()).toMatchObject({ tier: 101, next_invoice_date: END, end_date: END });
    expect(await planTypeOf(world.service, someone.holder)).toBe(101);
    await world.invoice(END);
    expect(await someone.plan()).toMatchObject({ status: 11, next_invoice_date: null });
    expect(await planTypeOf(world.service, someone.holder)).toBe(100);
    expect(await someone.invoices()).toEqual([]);
    expect(await someone.mails()).toEqual([]);
  });

  it('LEG-3, LEG-4, LEG-5: makes way for a plan at its end, once data are fresh', async () => {
    const someone = await granted(18);
    expect(await someone.buys({ ...business, startsAtPlanEnd: true })).toEqual({ kind: 'scheduled' });
    expect(await someone.plans()).toMatchObject([
      { status: 8 },
      { status: 12, invoicing_status: 3, billing_cycle_anchor: END, next_invoice_date: END },
    ]);
    await world.invoice(END);
    expect(await someone.plans()).toMatchObject([{ status: 8 }, { status: 12, next_invoice_date: END }]);
    expect(await someone.mails()).toEqual(['stale-audit-data']);
    await invoiceOn(someone, END);
    expect(await someone.plans()).toMatchObject([
      { status: 11, next_invoice_date: null },
      { status: 1, invoicing_status: 1, next_invoice_date: new Date('2012-05-02T03:04:05Z') },
    ]);
    expect(await someone.lines()).toEqual(['25 × 8000', '-24000']);
    expect(await planTypeOf(world.service, someone.holder)).toBe(104);
  });

  it('LEG-6: goes on where the plan that waits is cancelled', async () => {
    const someone = await granted(18);
    await someone.buys({ ...business, startsAtPlanEnd: true });
    await expect(update(someone, { status: STATUS.downgradeAtEndOfCycle })).rejects.toThrow();
    await update(someone, { status: STATUS.active });
    expect(await someone.plans()).toMatchObject([{ status: 1 }, { status: 11, next_invoice_date: null }]);
    expect((await world.invoice(END)).failed).toEqual([]);
  });

  it('LEG-7: makes way at once', async () => {
    const someone = await granted(18);
    await someone.has();
    expect(await someone.plans()).toMatchObject([{ status: 11 }, { status: 1, tier: 103 }]);
    expect(await someone.invoices()).toMatchObject([{ status: 'paid', total: 4300 }]);
  });

  it('LEG-8: is not granted for the past, or beside a plan', async () => {
    const someone = await granted(18);
    const access = world.part(ComplimentaryAccess);
    await expect(access.grant(someone.holder, END)).rejects.toMatchObject({
      extra: { error_description: 'live-plan' },
    });
    const other = await world.organization(18);
    await expect(access.grant(other.holder, T0)).rejects.toMatchObject({ extra: { error_description: 'past-date' } });
  });
});
