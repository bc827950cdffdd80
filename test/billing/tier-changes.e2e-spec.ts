import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { TierChanges } from '../../src/plans/changes/tier-changes.js';
import { planTypeOf } from '../plans/billing-rows.js';
import { BillingWorld, invoiceOn, type Organization, withPlan } from '../support/billing.js';
import { daysAfter, T0 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const { annual } = SCHEDULE;
const operator = { operatorId: '7' } as const;
const refusedAs = (why: string) => ({ extra: { error_description: why } });

describe('a higher tier at once', () => {
  const change = (someone: Organization) => world.part(TierChanges).upgrade(someone.holder, TIER.business, operator);
  const balance = async (someone: Organization) =>
    world.stripe.account.balanceTransactions
      .all()
      .filter(({ customer, type }) => type === 'adjustment' && customer === stripeIds.get(someone))
      .map(({ amount }) => amount);
  const stripeIds = new Map<Organization, string>();

  it('TC-1: credits the old plan in full, just after it began', async () => {
    const priced = { required_plan_tier: 103, monthly_discounted_price: 800, flat_discounted_months: 0 };
    const someone = await withPlan(world, 9, {}, { ...priced, minimum_licenses: 9 });
    const { id, stripe_customer_id } = await someone.customer();
    stripeIds.set(someone, stripe_customer_id);
    await world.service.rows(
      'UPDATE customers SET required_plan_tier = 104, monthly_discounted_price = 1200, minimum_licenses = 10 WHERE id = $1',
      [id],
    );
    await change(someone);
    expect(await balance(someone)).toEqual([-7200]);
    expect((await someone.invoices()).at(-1)).toMatchObject({ total: 12_000, amount_due: 4800 });
    expect(await someone.plans()).toMatchObject([{ status: 11 }, { status: 1, tier: 104, invoicing_status: 1 }]);
    expect(await someone.ledger()).toEqual(['R 10,10']);
  });

  it.each([
    ['TC-2', 15, 0, 3252, 20_000, 16_748],
    ['TC-3', 0, 12, 4300, 18_000, 13_700],
    ['TC-4', 1, 0, 6097, 20_000, 13_903],
    ['TC-4', 10, 0, 4268, 20_000, 15_732],
    ['TC-4', 20, 0, 2236, 20_000, 17_764],
  ])('%s: on day %i credits what was paid for the time that is left', async (_id, day, months, credit, total, due) => {
    const someone = await withPlan(world, 18, {}, { flat_discounted_months: months });
    stripeIds.set(someone, (await someone.customer()).stripe_customer_id);
    world.service.clock.set(daysAfter(T0, day));
    await change(someone);
    expect(await balance(someone)).toEqual([-credit]);
    expect((await someone.invoices()).at(-1)).toMatchObject({ total, amount_due: due });
  });

  it('TC-5: works by the year', async () => {
    const someone = await withPlan(world, 30, { schedule: annual }, { flat_discounted_months: 0 });
    stripeIds.set(someone, (await someone.customer()).stripe_customer_id);
    world.service.clock.set(daysAfter(T0, 100));
    await change(someone);
    expect(await balance(someone)).toEqual([-91_574]);
    expect((await someone.invoices()).at(-1)).toMatchObject({ total: 240_000, amount_due: 148_426 });
    expect(await planTypeOf(world.service, someone.holder)).toBe(104);
  });

  it('TC-6: needs an active plan of another tier', async () => {
    const nobody = await world.organization(18);
    await expect(change(nobody)).rejects.toMatchObject(refusedAs('no-plan'));
    const someone = await withPlan(world, 30, { tier: TIER.business });
    await expect(change(someone)).rejects.toMatchObject(refusedAs('same-tier'));
    const other = await withPlan(world, 18);
    await world.service.rows('UPDATE customers SET stripe_customer_id = NULL WHERE id = $1', [
      (await other.customer()).id,
    ]);
    await expect(change(other)).rejects.toMatchObject(refusedAs('no-stripe-customer'));
  });

  it('credits once, before the invoice, where Stripe fails in between', async () => {
    const someone = await withPlan(world, 18, {}, { flat_discounted_months: 0 });
    stripeIds.set(someone, (await someone.customer()).stripe_customer_id);
    const endpoint = 'POST /v1/customers/:id/balance_transactions';
    world.stripe.faults.add({ kind: 'error-after', endpoint, times: 9 });
    await change(someone);
    world.stripe.faults.clear();
    world.stripe.keys.clear();
    await invoiceOn(someone, daysAfter(T0, 2));
    expect(await balance(someone)).toEqual([-6300]);
    expect((await someone.invoices()).at(-1)).toMatchObject({ total: 20_000, amount_due: 13_700 });
  });
});
