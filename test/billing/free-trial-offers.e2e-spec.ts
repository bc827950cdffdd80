import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { FixedPrices } from '../../src/plans/changes/fixed-prices.js';
import { PlanUpdates } from '../../src/plans/changes/plan-updates.js';
import { BillingPages } from '../../src/plans/overview/billing-pages.js';
import { displayTotal } from '../../src/plans/rules/money.js';
import { aRealm } from '../analytics/uploads.js';
import { addPlan, insert } from '../plans/billing-rows.js';
import { BillingWorld, grows, invoiceOn, Organization } from '../support/billing.js';
import { daysAfter, renewal, T0 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '60' });
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const { annual, monthly } = SCHEDULE;
const END = new Date('2012-03-02T03:04:05Z');
const AFTER = new Date('2012-04-02T03:04:05Z');
/** The list price of Basic is 4200; this customer pays 8000, and no discount is left. */
const AT_8000 = {
  required_plan_tier: 103,
  annual_discounted_price: 8000,
  minimum_licenses: 1,
  flat_discounted_months: 0,
};

const update = (someone: Organization, change: Parameters<PlanUpdates['update']>[1]) =>
  world.part(PlanUpdates).update(someone.holder, change);

async function figure(someone: Organization): Promise<string> {
  const next = (await world.part(BillingPages).open(someone.holder))?.rows?.nextPayment;
  return next && 'charge' in next ? displayTotal(next.charge.due ?? 0) : (next?.kind ?? 'no page');
}

describe('a free trial', () => {
  it.each([
    ['FT-1', 18, 18, '43.00', '43.00'],
    ['FT-2', 11, 16, '18.50', '36.00'],
    ['FT-2', 18, 28, '43.00', '78.00'],
  ])('%s: of %i and then %i users says what comes after it', async (_id, users, more, before, after) => {
    const someone = await world.organization(users);
    await someone.isCustomer();
    await someone.buys({ schedule: monthly });
    expect(await figure(someone)).toBe(before);
    await grows(someone, more, daysAfter(T0, 2));
    expect(await figure(someone)).toBe(after);
    expect(await someone.invoices()).toEqual([]);
  });

  it('FT-4: of 60 days is billed for the users at its end, by what was agreed', async () => {
    const someone = await world.organization(10);
    await someone.isCustomer(AT_8000);
    await someone.buys({ schedule: annual });
    await grows(someone, 15, daysAfter(T0, 30));
    await invoiceOn(someone, END);
    expect(await someone.lines()).toEqual(['15 × 8000']);
    expect(await someone.periods()).toEqual(['2012-03-02T03:04:05Z/2013-03-02T03:04:05Z']);
    expect(await someone.invoices()).toMatchObject([
      { total: 120_000, status: 'open', collection_method: 'charge_automatically', auto_advance: true },
    ]);
    expect(await someone.plan()).toMatchObject({ status: 1, next_invoice_date: AFTER, billing_cycle_anchor: END });
  });

  async function byInvoice(): Promise<Organization> {
    const someone = await world.organization(10);
    await someone.isCustomer(AT_8000);
    await someone.buys({ chargeAutomatically: false, management: 'manual', schedule: annual, licenses: 123 });
    return someone;
  }

  it('FT-6: of 60 days by invoice asks for the year after it', async () => {
    const someone = await byInvoice();
    expect(await someone.lines()).toEqual(['123 × 8000']);
    expect(await someone.periods()).toEqual(['2012-03-02T03:04:05Z/2013-03-02T03:04:05Z']);
    expect(await someone.invoices()).toMatchObject([{ total: 984_000, status: 'open' }]);
    expect(await someone.plan()).toMatchObject({ status: 3, automanage_licenses: false, charge_automatically: false });
  });

  it('FT-7: that was paid goes on, and what was added is billed at its end', async () => {
    const someone = await byInvoice();
    world.stripe.payHostedInvoice((await someone.invoices())[0]?.id ?? '');
    await world.settled();
    await update(someone, { licensesAtNextRenewal: 125 });
    await invoiceOn(someone, END);
    expect(await someone.lines()).toEqual(['2 × 8000']);
    expect((await someone.invoices()).at(-1)).toMatchObject({ total: 16_000, status: 'open' });
    expect(await someone.plan()).toMatchObject({ status: 1, billing_cycle_anchor: END, next_invoice_date: AFTER });
    const renewals = 'SELECT event_time FROM license_ledger WHERE plan_id = $1 AND is_renewal';
    expect(await world.service.rows(renewals, [(await someone.plan()).id])).toEqual([{ event_time: END }]);
  });

  it('FT-8: that was not paid ends, and what is paid later buys a plan', async () => {
    const someone = await byInvoice();
    await invoiceOn(someone, END);
    expect(await someone.plan()).toMatchObject({ status: 11, next_invoice_date: null });
    world.service.clock.set(daysAfter(END, 3));
    await someone.uploads();
    world.stripe.payHostedInvoice((await someone.invoices())[0]?.id ?? '');
    await world.settled();
    expect(await someone.plan()).toMatchObject({ status: 1, billing_cycle_anchor: daysAfter(END, 3) });
    expect(await someone.ledger()).toEqual(['R 123,123']);
  });
});

describe('no free trial', () => {
  /** Buys, and is charged. */
  async function isCharged(someone: Organization, request: object = {}): Promise<void> {
    expect(await someone.has(request)).toMatchObject({ kind: 'invoice' });
    expect(await someone.plan()).toMatchObject({ status: 1 });
    expect(await someone.invoices()).toMatchObject([{ status: 'paid' }]);
  }

  it('FT-14: of Business', async () => {
    const someone = await world.organization(18);
    await someone.isCustomer();
    await isCharged(someone, { tier: TIER.business });
  });

  it('FT-14: for who had a plan', async () => {
    const someone = await world.organization(18);
    const id = await someone.isCustomer();
    await addPlan(world.service, id, { status: STATUS.ended, nextInvoiceDate: null }, [renewal(T0, 1)]);
    await isCharged(someone);
  });

  it('FT-14: for an organization whose server had a plan', async () => {
    const someone = await world.organization(18);
    await someone.isCustomer();
    const created = { minimum_licenses: 1, flat_discounted_months: 0, created_at: T0 };
    const server = await insert(world.service, 'customers', { server_id: someone.server.id, ...created });
    await addPlan(world.service, server, { status: STATUS.ended, nextInvoiceDate: null }, [renewal(T0, 1)]);
    await isCharged(someone);
  });

  it('FT-14: but one for an organization beside another that had a plan', async () => {
    const someone = await world.organization(18);
    const id = await someone.isCustomer();
    await addPlan(world.service, id, { status: STATUS.ended, nextInvoiceDate: null }, [renewal(T0, 1)]);
    const other = new Organization(world, someone.server, aRealm(), 'realm');
    await other.hasUsers(18);
    await other.isCustomer();
    expect(await other.buys()).toEqual({ kind: 'trial' });
  });

  it.each([
    ['LEG-7, FT-14: during complimentary access', T0],
    ['FT-14: after complimentary access', daysAfter(T0, 40)],
  ])('%s', async (_name, at) => {
    const someone = await world.organization(18);
    await someone.isCustomer();
    await world.part(ComplimentaryAccess).grant(someone.holder, daysAfter(T0, 30));
    world.service.clock.set(at);
    await someone.uploads();
    await isCharged(someone);
    expect(await someone.plans()).toMatchObject([{ status: 11, tier: 101 }, { tier: 103 }]);
  });

  it('FT-14: where a fixed price was agreed', async () => {
    const someone = await world.organization(18);
    await someone.isCustomer({ required_plan_tier: 103 });
    await world.part(FixedPrices).agree(someone.holder, 120_000);
    await isCharged(someone);
  });

  it('FT-14: where none is set', async () => {
    const without = await BillingWorld.start({ FREE_TRIAL_DAYS: '0' });
    try {
      const someone = await without.organization(18);
      await someone.isCustomer();
      expect(await someone.has()).toMatchObject({ kind: 'invoice' });
      expect(await someone.plan()).toMatchObject({ status: 1 });
    } finally {
      await without.stop();
    }
  });
});
