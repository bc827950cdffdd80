import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { PlanUpdates } from '../../src/plans/changes/plan-updates.js';
import { notesOn } from '../plans/billing-rows.js';
import { BillingWorld, type Organization } from '../support/billing.js';
import { daysAfter, T0 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const END = daysAfter(T0, 30);
const AFTER = new Date('2012-03-01T03:04:05Z');
const { annual } = SCHEDULE;

const update = (someone: Organization, change: Parameters<PlanUpdates['update']>[1]) =>
  world.part(PlanUpdates).update(someone.holder, change);

async function onTrial(users: number): Promise<Organization> {
  const someone = await world.organization(users);
  await someone.isCustomer();
  await someone.buys();
  return someone;
}

describe('a free trial by card', () => {
  it('FT-1: begins at once, without an invoice', async () => {
    const someone = await onTrial(18);
    expect(await someone.plan()).toMatchObject({ status: 3, next_invoice_date: END, billing_cycle_anchor: T0 });
    expect(await someone.ledger()).toEqual(['R 18,18']);
    expect(await someone.invoices()).toEqual([]);
    expect(await someone.customer()).toMatchObject({ flat_discounted_months: 12 });
  });

  it('FT-3, FT-5: is billed from its end on', async () => {
    const someone = await onTrial(18);
    world.service.clock.set(daysAfter(T0, 5));
    await someone.hasUsers(18);
    expect((await world.invoice(daysAfter(T0, 29))).done).toEqual([]);
    world.service.clock.set(END);
    await someone.uploads();
    await world.invoice(END);
    expect(await someone.lines()).toEqual(['18 × 350', '-2000']);
    expect(await someone.periods()).toEqual(Array(2).fill('2012-02-01T03:04:05Z/2012-03-01T03:04:05Z'));
    expect(await someone.invoices()).toMatchObject([{ total: 4300, status: 'open', auto_advance: true }]);
    expect(await someone.plan()).toMatchObject({
      status: 1,
      billing_cycle_anchor: END,
      next_invoice_date: AFTER,
    });
  });

  it('FT-11: ends unpaid where it was cancelled', async () => {
    const someone = await onTrial(18);
    world.service.clock.set(daysAfter(T0, 3));
    await update(someone, { status: STATUS.downgradeAtEndOfFreeTrial });
    expect(await someone.plan()).toMatchObject({ status: 7 });
    world.service.clock.set(END);
    await someone.uploads();
    await world.invoice(END);
    expect(await someone.plan()).toMatchObject({ status: 11, next_invoice_date: null });
    expect(await someone.invoices()).toEqual([]);
  });

  it('FT-12: goes on where the cancellation is undone', async () => {
    const someone = await onTrial(18);
    await update(someone, { status: STATUS.downgradeAtEndOfFreeTrial });
    await update(someone, { status: STATUS.freeTrial });
    expect(await someone.plan()).toMatchObject({ status: 3 });
  });

  it('FT-13: changes its schedule at once', async () => {
    const someone = await onTrial(18);
    await update(someone, { status: STATUS.freeTrial, schedule: annual });
    expect(await someone.plans()).toMatchObject([
      { status: 11, next_invoice_date: null },
      { status: 3, billing_schedule: 1, price_per_license: 4200, billing_cycle_anchor: T0, next_invoice_date: END },
    ]);
    expect(await someone.ledger()).toEqual(['R 18,18']);
    expect((await notesOn(world.service, someone.holder)).map(({ event_type }) => event_type)).toContain(503);
  });

  it('can be ended at once', async () => {
    const someone = await onTrial(18);
    await update(someone, { status: STATUS.ended });
    expect(await someone.plan()).toMatchObject({ status: 11, next_invoice_date: null });
  });

  it('FT-14: is for those only who never had a plan', async () => {
    const someone = await onTrial(18);
    await update(someone, { status: STATUS.ended });
    await someone.has();
    expect(await someone.plan()).toMatchObject({ status: 1, tier: 103 });
  });
});

describe('a free trial by invoice', () => {
  const byInvoice = { chargeAutomatically: false, management: 'manual', schedule: annual, licenses: 123 } as const;

  async function invoicedTrial(): Promise<Organization> {
    const someone = await world.organization(10);
    expect(await someone.buys(byInvoice)).toEqual({ kind: 'trial' });
    return someone;
  }

  it('FT-6, FT-9: sends the invoice of the time after it', async () => {
    const someone = await invoicedTrial();
    expect(await someone.lines()).toEqual(['123 × 4200', '-24000']);
    expect(await someone.periods()).toEqual(Array(2).fill('2012-02-01T03:04:05Z/2013-02-01T03:04:05Z'));
    expect(await someone.invoices()).toMatchObject([
      { total: 492_600, status: 'open', due_date: END.getTime() / 1_000, metadata: { on_free_trial: 'True' } },
    ]);
    expect(await someone.plan()).toMatchObject({ status: 3, automanage_licenses: false });
  });

  it('FT-7, FT-9: bills what was added to a paid one at its end', async () => {
    const someone = await invoicedTrial();
    world.stripe.payHostedInvoice((await someone.invoices())[0]?.id ?? '');
    await world.settled();
    expect(await someone.plan()).toMatchObject({ status: 3 });
    await expect(update(someone, { licensesAtNextRenewal: 120 })).rejects.toMatchObject({
      extra: { error_description: 'already-paid' },
    });
    await update(someone, { licensesAtNextRenewal: 125 });
    world.service.clock.set(END);
    await someone.uploads();
    await world.invoice(END);
    expect(await someone.lines()).toEqual(['2 × 4200']);
    expect((await someone.invoices()).at(-1)).toMatchObject({ total: 8400, status: 'open' });
    expect(await someone.plan()).toMatchObject({ status: 1, billing_cycle_anchor: END, next_invoice_date: AFTER });
    expect(await someone.ledger()).toEqual(['R 123,123', '123,125', '125,125']);
  });

  it('FT-8: ends unpaid, and begins whenever it is paid', async () => {
    const someone = await invoicedTrial();
    world.service.clock.set(END);
    await someone.uploads();
    await world.invoice(END);
    expect(await someone.plan()).toMatchObject({ status: 11, next_invoice_date: null });
    world.service.clock.set(daysAfter(END, 5));
    world.stripe.payHostedInvoice((await someone.invoices())[0]?.id ?? '');
    await world.settled();
    expect(await someone.plans()).toMatchObject([
      { status: 11 },
      { status: 1, billing_cycle_anchor: daysAfter(END, 5) },
    ]);
  });

  it('FT-10: takes no licenses for now', async () => {
    const someone = await invoicedTrial();
    await expect(update(someone, { licenses: 130 })).rejects.toMatchObject({
      extra: { error_description: 'free-trial' },
    });
  });

  it('gets another invoice for another number of licenses', async () => {
    const someone = await invoicedTrial();
    world.service.clock.set(daysAfter(T0, 2.5));
    await someone.uploads();
    await update(someone, { licensesAtNextRenewal: 50 });
    await world.settled();
    expect(await someone.lines()).toEqual(['50 × 4200', '-24000']);
    expect(await someone.invoices()).toMatchObject([{ status: 'void' }, { status: 'open', auto_advance: false }]);
    expect(await someone.customer()).toMatchObject({ flat_discounted_months: 0 });
    world.stripe.payHostedInvoice((await someone.invoices())[1]?.id ?? '');
    await world.settled();
    world.service.clock.set(END);
    await someone.uploads();
    await world.invoice(END);
    expect(await someone.plan()).toMatchObject({ status: 1, billing_cycle_anchor: END });
    expect(await someone.invoices()).toHaveLength(2);
  });

  it('cannot be cancelled or rescheduled by the customer', async () => {
    const someone = await invoicedTrial();
    for (const change of [
      { status: STATUS.downgradeAtEndOfFreeTrial },
      { status: STATUS.freeTrial, schedule: SCHEDULE.monthly },
      { status: STATUS.ended },
      { status: STATUS.active },
    ] as const) {
      await expect(update(someone, change)).rejects.toMatchObject({
        extra: { error_description: 'change-not-possible' },
      });
    }
  });

  it('FT-15: is an error where its invoice is unknown', async () => {
    const someone = await invoicedTrial();
    const { id } = await someone.plan();
    await world.service.rows('UPDATE stripe_invoices SET plan_id = NULL WHERE plan_id = $1', [id]);
    world.service.clock.set(END);
    await someone.uploads();
    expect((await world.invoice(END)).failed).toEqual([{ planId: id, reason: 'trial-without-invoice' }]);
  });

  it('FT-16: needs no fresh data to end unpaid, but to go on', async () => {
    const [unpaid, paid] = [await invoicedTrial(), await invoicedTrial()];
    world.stripe.payHostedInvoice((await paid.invoices())[0]?.id ?? '');
    await world.settled();
    const { deferred } = await world.invoice(END);
    expect(await unpaid.plan()).toMatchObject({ status: 11 });
    expect(await paid.plan()).toMatchObject({ status: 3, stale_data_notice_sent: true });
    expect(deferred).toContain((await paid.plan()).id);
    expect(await unpaid.mails()).toEqual(['stale-audit-data']);
    expect(await paid.mails()).toEqual(['stale-audit-data']);
  });
});
