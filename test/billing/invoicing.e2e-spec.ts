import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { Downgrades } from '../../src/plans/changes/downgrades.js';
import { PlanUpdates } from '../../src/plans/changes/plan-updates.js';
import { notesOn, planTypeOf } from '../plans/billing-rows.js';
import { BillingWorld, type Organization } from '../support/billing.js';
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

/** Somebody with a plan of so many users from T0 on. */
async function withPlan(
  users: number,
  request: Parameters<Organization['buys']>[0] = {},
  terms: object = {},
): Promise<Organization> {
  const someone = await world.organization(users);
  await someone.isCustomer({ ...terms });
  await someone.has(request);
  return someone;
}

/** The server uploads on that day, and invoicing runs. */
async function pass(someone: Organization, at: Date) {
  world.service.clock.set(at);
  await someone.uploads();
  return world.invoice(at);
}

const grows = async (someone: Organization, users: number, at: Date) => {
  world.service.clock.set(at);
  await someone.hasUsers(users, at);
};

describe('extra licenses', () => {
  it.each([
    ['ADD-1', 11, 16, ['5 × 327', '16 × 350', '-2000'], 5235],
    ['ADD-2', 18, 23, ['5 × 327', '23 × 350', '-2000'], 7685],
  ])('%s: are billed with the renewal', async (_id, users, more, lines, total) => {
    const someone = await withPlan(users);
    await grows(someone, more, daysAfter(T0, 2));
    await pass(someone, M1);
    expect((await someone.lines()).sort()).toEqual([...lines].sort());
    expect((await someone.invoices()).at(-1)).toMatchObject({ total, status: 'open', auto_advance: true });
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, invoicing_status: 1 });
    expect(await someone.customer()).toMatchObject({ flat_discounted_months: 10 });
  });

  it('ADD-3: of an annual plan are billed monthly, without discount', async () => {
    const someone = await withPlan(11, business);
    await grows(someone, 35, daysAfter(T0, 2));
    expect((await someone.ledger()).at(-1)).toBe('35,35');
    await pass(someone, M1);
    expect(await someone.lines()).toEqual(['10 × 7956']);
  });

  it('ADD-4, ADD-5: of several cycles are billed in one pass, each at its own time', async () => {
    const someone = await withPlan(6, business, NO_DISCOUNT);
    const { id } = await someone.plan();
    await world.service.rows('UPDATE plans SET next_invoice_date = $2 WHERE id = $1', [id, daysAfter(T0, 400)]);
    await grows(someone, 9, daysAfter(T0, 100));
    await grows(someone, 6, daysAfter(T0, 200));
    await grows(someone, 7, daysAfter(T0, 300));
    await grows(someone, 8, daysAfter(T0, 400));
    await pass(someone, daysAfter(T0, 400));
    expect(await someone.lines()).toEqual(['3 × 5814', '7 × 8000', '1 × 7255']);
  });

  it('ADD-6: of one day share a line at the price of the first', async () => {
    const someone = await withPlan(6, business, NO_DISCOUNT);
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
    await pass(someone, M1);
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
    await pass(someone, M1);
    expect(await someone.lines()).toEqual(['50 × 8000']);
    expect((await someone.invoices()).at(-1)).toMatchObject({
      status: 'open',
      collection_method: 'send_invoice',
      due_date: daysAfter(M1, 15).getTime() / 1_000,
    });
    await pass(someone, Y1);
    expect(await someone.lines()).toEqual(['150 × 8000']);
    await update(someone, { licensesAtNextRenewal: 120 });
    expect((await someone.ledger()).at(-1)).toBe('150,120');
    await pass(someone, new Date('2014-01-02T03:04:05Z'));
    expect(await someone.lines()).toEqual(['120 × 8000']);
  });

  it('ADD-18, ADD-19, LED-3: are refused where they make no sense', async () => {
    const manual = await withPlan(10, { ...business, management: 'manual', licenses: 100 }, NO_DISCOUNT);
    const automatic = await withPlan(10);
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
    const someone = await withPlan(30, business);
    const calls = world.stripe.calls.length;
    expect((await pass(someone, daysAfter(M1, -1))).done).toEqual([]);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M1 });
    await pass(someone, M1);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2 });
    expect(world.stripe.calls.slice(calls)).toEqual([]);
  });

  it('CAL-10: renews once a year', async () => {
    const someone = await withPlan(30, business, NO_DISCOUNT);
    for (const at of [daysAfter(Y1, -1), Y1, daysAfter(Y1, 1)]) await pass(someone, at);
    expect(await someone.ledger()).toEqual(['R 30,30', 'R 30,30']);
    expect(await someone.lines()).toEqual(['30 × 8000']);
  });

  it('catches up month by month, each with an invoice of its own', async () => {
    const someone = await withPlan(20, {}, { flat_discounted_months: 0 });
    await pass(someone, new Date('2012-04-02T03:04:05Z'));
    expect((await someone.invoices()).map(({ total }) => total)).toEqual([7000, 7000, 7000, 7000]);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: new Date('2012-05-02T03:04:05Z') });
  });
});

describe('another schedule', () => {
  const BUSINESS_MONTHLY = { tier: TIER.business, schedule: monthly } as const;

  it('SW-1, SW-2, SW-3: begins with the next cycle', async () => {
    const someone = await withPlan(6, BUSINESS_MONTHLY, NO_DISCOUNT);
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
    await pass(someone, Y1_M1);
    expect(await someone.lines()).toEqual(['30 × 8000']);
    expect((await notesOn(world.service, someone.holder)).map(({ event_type }) => event_type)).toContain(503);
  });

  it('SW-4: is billed by the run after the one that brought it', async () => {
    const someone = await withPlan(35, { ...BUSINESS_MONTHLY, management: 'manual', licenses: 35 }, NO_DISCOUNT);
    await update(someone, { status: STATUS.switchToAnnualAtEndOfCycle });
    await pass(someone, M1);
    expect(await someone.plan()).toMatchObject({ billing_schedule: 1, invoicing_status: 3, next_invoice_date: M1 });
    await pass(someone, daysAfter(M1, 1));
    expect(await someone.lines()).toEqual(['35 × 8000']);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, invoicing_status: 1 });
  });

  it('SW-5, SW-6: waits for the end of the year', async () => {
    const someone = await withPlan(6, business, NO_DISCOUNT);
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
    const someone = await withPlan(35, BUSINESS_MONTHLY, NO_DISCOUNT);
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
    const someone = await withPlan(6, business, NO_DISCOUNT);
    await update(someone, { status: STATUS.downgradeAtEndOfCycle });
    await grows(someone, 20, new Date(T0.getTime() + 1_000));
    await pass(someone, M1);
    expect(await someone.lines()).toEqual(['14 × 8000']);
    await pass(someone, Y1);
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
    const someone = await withPlan(6, business, NO_DISCOUNT);
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
    const someone = await withPlan(6, business, NO_DISCOUNT);
    await grows(someone, 20, daysAfter(T0, 1));
    await world.part(Downgrades).now(someone.holder, { operatorId: '7' });
    expect(await someone.plan()).toMatchObject({ status: 11, next_invoice_date: null });
    await pass(someone, M1);
    expect(await someone.invoices()).toHaveLength(1);
  });

  it('CAN-5: at once can void what is open', async () => {
    const someone = await withPlan(20);
    await pass(someone, M1);
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
    await pass(someone, END);
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

describe('the job', () => {
  it('JOB-1: waits for data, and says so once a month', async () => {
    const someone = await withPlan(20);
    world.service.clock.set(daysAfter(T0, 5));
    await someone.uploads();
    await world.invoice(M1);
    await world.invoice(daysAfter(M1, 1));
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M1, stale_data_notice_sent: true });
    expect(await someone.mails()).toEqual(['stale-audit-data']);
    await pass(someone, daysAfter(M1, 2));
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, stale_data_notice_sent: false });
    expect(await someone.invoices()).toHaveLength(2);
    await world.invoice(M2);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, stale_data_notice_sent: true });
  });

  it('JOB-2: waits in silence for data that are half a day old', async () => {
    const someone = await withPlan(20);
    world.service.clock.set(daysAfter(M1, -0.5));
    await someone.uploads();
    const { deferred } = await world.invoice(M1);
    expect(deferred).toContain((await someone.plan()).id);
    expect(await someone.plan()).toMatchObject({ stale_data_notice_sent: false });
    expect(await someone.mails()).toEqual([]);
  });

  it.each([
    ['JOB-3', 'UPDATE plans SET invoicing_status = 2 WHERE customer_id = $1', 'invoicing-cut-off'],
    ['JOB-4', 'UPDATE customers SET stripe_customer_id = NULL WHERE id = $1', 'no-stripe-customer'],
  ])('%s: leaves to people what it cannot understand', async (_id, statement, reason) => {
    const someone = await withPlan(20);
    await world.service.rows(statement, [(await someone.customer()).id]);
    const { id } = await someone.plan();
    expect((await pass(someone, M1)).failed).toEqual([{ planId: id, reason }]);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M1, status: 1 });
  });

  it.each(['drop-after', 'error-after', 'drop-before', 'error-before'] as const)(
    'goes on where it was cut off, and bills once (%s)',
    async (kind) => {
      for (const endpoint of ['POST /v1/invoices', 'POST /v1/invoiceitems', 'POST /v1/invoices/:id/finalize']) {
        world.service.clock.set(T0);
        const someone = await withPlan(20);
        await grows(someone, 25, daysAfter(T0, 3));
        world.stripe.faults.add({ kind, endpoint, times: 9 });
        world.service.clock.set(M1);
        await someone.uploads();
        const first = await world.invoice(M1);
        world.stripe.faults.clear();
        // Stripe forgets keys after a day.
        if (first.failed.length > 0) world.stripe.keys.clear();
        const again = daysAfter(M1, 2);
        const second = await pass(someone, again);
        expect(second.failed, endpoint).toEqual([]);
        expect((await someone.lines()).sort(), endpoint).toEqual(['-2000', '25 × 350', '5 × 316'].sort());
        const made = (await someone.invoices()).filter(({ status }) => status !== 'draft');
        expect(made, endpoint).toHaveLength(2);
        expect(await someone.invoices()).toHaveLength(2);
        expect(await someone.plan()).toMatchObject({ invoicing_status: 1, next_invoice_date: M2 });
        expect(await someone.customer()).toMatchObject({ flat_discounted_months: 10 });
      }
    },
  );

  it('bills once where several nodes run it at the same time', async () => {
    const all = await Promise.all([withPlan(20), withPlan(21), withPlan(22)]);
    world.service.clock.set(M1);
    for (const someone of all) await someone.uploads();
    await Promise.all([world.invoice(M1), world.invoice(M1), world.invoice(M1)]);
    await world.invoice(M1);
    for (const someone of all) {
      expect(await someone.invoices()).toMatchObject([{ status: 'paid' }, { status: 'open' }]);
      expect(await someone.lines()).toHaveLength(2);
      expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, invoicing_status: 1 });
    }
  });

  it('makes anew what Stripe closed before it was complete', async () => {
    const someone = await withPlan(20);
    world.stripe.faults.add({ kind: 'error-before', endpoint: 'POST /v1/invoiceitems', times: 50, skip: 1 });
    world.service.clock.set(M1);
    await someone.uploads();
    expect((await world.invoice(M1)).failed).toHaveLength(1);
    world.stripe.faults.clear();
    world.service.clock.set(daysAfter(M1, 1));
    world.stripe.advance();
    expect((await someone.invoices()).at(-1)).toMatchObject({ status: 'paid', total: 7000 });
    await world.invoice(daysAfter(M1, 1));
    expect(await someone.lines()).toEqual(['-2000']);
    expect((await someone.invoices()).reduce((sum, { total }) => sum + total, 0)).toBe(5000 + 5000);
  });
});
