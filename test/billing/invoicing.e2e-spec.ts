import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { PlanUpdates } from '../../src/plans/changes/plan-updates.js';
import { BillingWorld, grows, invoiceOn, type Organization, withPlan } from '../support/billing.js';
import { daysAfter, M1, M2, T0, Y1 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const { annual } = SCHEDULE;
const NO_DISCOUNT = { flat_discounted_months: 0, minimum_licenses: 1 };
const business = { tier: TIER.business, schedule: annual } as const;

const update = (someone: Organization, change: Parameters<PlanUpdates['update']>[1]) =>
  world.part(PlanUpdates).update(someone.holder, change);

describe('extra licenses', () => {
  it.each([
    ['ADD-1', 11, 16, ['5 × 327', '16 × 350', '-2000'], 5235],
    ['ADD-2', 18, 23, ['5 × 327', '23 × 350', '-2000'], 7685],
  ])('%s: are billed with the renewal', async (_id, users, more, lines, total) => {
    const someone = await withPlan(world, users);
    await grows(someone, more, daysAfter(T0, 2));
    await invoiceOn(someone, M1);
    expect((await someone.lines()).sort()).toEqual([...lines].sort());
    expect((await someone.invoices()).at(-1)).toMatchObject({ total, status: 'open', auto_advance: true });
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, invoicing_status: 1 });
    expect(await someone.customer()).toMatchObject({ flat_discounted_months: 10 });
  });

  it('ADD-3: of an annual plan are billed monthly, without discount', async () => {
    const someone = await withPlan(world, 11, business);
    await grows(someone, 35, daysAfter(T0, 2));
    expect((await someone.ledger()).at(-1)).toBe('35,35');
    await invoiceOn(someone, M1);
    expect(await someone.lines()).toEqual(['10 × 7956']);
  });

  it('ADD-4, ADD-5: of several cycles are billed in one pass, each at its own time', async () => {
    const someone = await withPlan(world, 6, business, NO_DISCOUNT);
    const { id } = await someone.plan();
    await world.service.rows('UPDATE plans SET next_invoice_date = $2 WHERE id = $1', [id, daysAfter(T0, 400)]);
    await grows(someone, 9, daysAfter(T0, 100));
    await grows(someone, 6, daysAfter(T0, 200));
    await grows(someone, 7, daysAfter(T0, 300));
    await grows(someone, 8, daysAfter(T0, 400));
    await invoiceOn(someone, daysAfter(T0, 400));
    expect(await someone.lines()).toEqual(['3 × 5814', '7 × 8000', '1 × 7255']);
  });

  it('ADD-6: of one day share a line at the price of the first', async () => {
    const someone = await withPlan(world, 6, business, NO_DISCOUNT);
    const at = (days: number, seconds = 0) => new Date(daysAfter(T0, days).getTime() + seconds * 1_000);
    for (const [users, when] of [
      ...Array.from({ length: 5 }, (_, i) => [6 + 10 * (i + 1), at(10, i)] as const),
      [156, at(15)],
      [256, at(20)],
      [236, at(22)],
      [306, at(25, 20)],
    ] as const) {
      await grows(someone, users, when);
    }
    await invoiceOn(someone, M1);
    expect(await someone.lines()).toEqual(['50 × 7781', '100 × 7672', '100 × 7563', '50 × 7454']);
    expect((await someone.periods()).at(-1)).toBe('2012-01-27T03:04:25Z/2013-01-02T03:04:05Z');
  });

  it('ADD-15, ADD-16, ADD-17: that are chosen are billed monthly by invoice', async () => {
    const someone = await world.organization(10);
    await someone.isCustomer(NO_DISCOUNT);
    const bought = await someone.buys({ ...business, chargeAutomatically: false, licenses: 100 });
    if (bought.kind !== 'invoice') throw new Error('no invoice');
    world.stripe.payHostedInvoice(bought.stripeInvoiceId);
    await world.settled();
    await update(someone, { licenses: 150 });
    expect(await someone.invoices()).toHaveLength(1);
    await invoiceOn(someone, M1);
    expect(await someone.lines()).toEqual(['50 × 8000']);
    expect((await someone.invoices()).at(-1)).toMatchObject({
      status: 'open',
      collection_method: 'send_invoice',
      due_date: daysAfter(M1, 15).getTime() / 1_000,
    });
    await invoiceOn(someone, Y1);
    expect(await someone.lines()).toEqual(['150 × 8000']);
    await update(someone, { licensesAtNextRenewal: 120 });
    expect((await someone.ledger()).at(-1)).toBe('150,120');
    await invoiceOn(someone, new Date('2014-01-02T03:04:05Z'));
    expect(await someone.lines()).toEqual(['120 × 8000']);
  });

  it('ADD-18, ADD-19, LED-3: are refused where they make no sense', async () => {
    const manual = await withPlan(world, 10, { ...business, management: 'manual', licenses: 100 }, NO_DISCOUNT);
    const automatic = await withPlan(world, 10);
    for (const [someone, change, why] of [
      [manual, { licenses: 100 }, 'already-on'],
      [manual, { licensesAtNextRenewal: 100 }, 'already-scheduled-with'],
      [manual, { licenses: 50 }, 'fewer'],
      [manual, { licensesAtNextRenewal: 9 }, 'too-few-licenses'],
      [automatic, { licenses: 50 }, 'automatic-management'],
      [automatic, { licensesAtNextRenewal: 50 }, 'automatic-management'],
      [manual, {}, 'nothing-to-change'],
    ] as const) {
      await expect(update(someone, change)).rejects.toMatchObject({ extra: { error_description: why } });
    }
  });
});

describe('the calendar of invoicing', () => {
  it('CAL-8, CAL-9: bills nothing where nothing is new, and nothing ahead of its date', async () => {
    const someone = await withPlan(world, 30, business);
    const calls = world.stripe.calls.length;
    expect((await invoiceOn(someone, daysAfter(M1, -1))).done).toEqual([]);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M1 });
    await invoiceOn(someone, M1);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2 });
    expect(world.stripe.calls.slice(calls)).toEqual([]);
  });

  it('CAL-10: renews once a year', async () => {
    const someone = await withPlan(world, 30, business, NO_DISCOUNT);
    for (const at of [daysAfter(Y1, -1), Y1, daysAfter(Y1, 1)]) await invoiceOn(someone, at);
    expect(await someone.ledger()).toEqual(['R 30,30', 'R 30,30']);
    expect(await someone.lines()).toEqual(['30 × 8000']);
  });

  it('catches up month by month, each with an invoice of its own', async () => {
    const someone = await withPlan(world, 20, {}, { flat_discounted_months: 0 });
    await invoiceOn(someone, new Date('2012-04-02T03:04:05Z'));
    expect((await someone.invoices()).map(({ total }) => total)).toEqual([7000, 7000, 7000, 7000]);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: new Date('2012-05-02T03:04:05Z') });
  });
});
