import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { FixedPrices } from '../../src/plans/changes/fixed-prices.js';
import { PlanProperties } from '../../src/plans/changes/plan-properties.js';
import { notesOn, planTypeOf } from '../plans/billing-rows.js';
import { BillingWorld, invoiceOn, type Organization, withPlan } from '../support/billing.js';
import { daysAfter, M1, M2, T0, Y1 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const { annual, monthly } = SCHEDULE;
const operator = { operatorId: '7' } as const;
const refusedAs = (why: string) => ({ extra: { error_description: why } });
const fixedPrices = () => world.part(FixedPrices);

const eventsOf = async (someone: Organization, type: number) =>
  (await notesOn(world.service, someone.holder)).filter(({ event_type }) => event_type === type);

describe('a fixed price', () => {
  async function offered(dollars: number, tier: 103 | 104, request: object): Promise<Organization> {
    const someone = await world.organization(30);
    await someone.isCustomer({ required_plan_tier: tier });
    expect(await fixedPrices().agree(someone.holder, dollars * 100, undefined, operator)).toEqual({ kind: 'offer' });
    await someone.has({ tier, ...request });
    return someone;
  }

  it('FX-5: needs a tier', async () => {
    const someone = await world.organization(30);
    await expect(fixedPrices().agree(someone.holder, 120_000)).rejects.toMatchObject(refusedAs('no-required-tier'));
  });

  it('FX-6 to FX-11: is paid by instalments for a year, with another year after it', async () => {
    const someone = await offered(1200, 103, { schedule: monthly });
    const before = {
      fixed_price: 120_000,
      price_per_license: null,
      end_date: Y1,
      next_invoice_date: M1,
      automanage_licenses: true,
    };
    expect(await someone.plan()).toMatchObject(before);
    expect(await someone.invoices()).toMatchObject([{ total: 10_000, status: 'paid' }]);
    expect(await someone.ledger()).toEqual(['R 0,0']);

    world.service.clock.set(daysAfter(T0, 5));
    await someone.uploads();
    await world.invoice(M1);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, stale_data_notice_sent: false });
    expect(await someone.mails()).toEqual(['stale-audit-data']);
    expect(await someone.lines()).toEqual(['1 × 10000']);

    const month = (n: number) => new Date(Date.UTC(2012, n, 2, 3, 4, 5));
    for (let n = 2; n <= 9; n++) await invoiceOn(someone, month(n));
    expect(await someone.plan()).toMatchObject({ review_reminder_sent: false });
    await invoiceOn(someone, month(10));
    expect(await someone.plan()).toMatchObject({ review_reminder_sent: true });
    await expect(fixedPrices().agree(someone.holder, 170_000)).rejects.toMatchObject(refusedAs('invoices-outstanding'));
    await invoiceOn(someone, month(11));
    expect((await someone.mails()).filter((kind) => kind === 'fixed-price-plan-ending')).toHaveLength(1);
    expect(await fixedPrices().agree(someone.holder, 170_000)).toEqual({ kind: 'scheduled', start: Y1 });
    await expect(fixedPrices().agree(someone.holder, 180_000)).rejects.toMatchObject(refusedAs('upgrade-scheduled'));
    await invoiceOn(someone, Y1);
    expect(await someone.plans()).toMatchObject([{ status: 11 }, { status: 1, fixed_price: 170_000 }]);
    expect(await someone.lines()).toEqual(['1 × 14167']);
    expect(await someone.invoices()).toHaveLength(13);
  });

  it('FX-12: follows a plan that has an end', async () => {
    const someone = await withPlan(world, 30, { schedule: annual }, { required_plan_tier: 104 });
    await expect(fixedPrices().agree(someone.holder, 120_000)).rejects.toMatchObject(refusedAs('no-end-date'));
    await world.part(PlanProperties).setEndDate(someone.holder, M2);
    await fixedPrices().agree(someone.holder, 120_000);
    expect(await someone.plans()).toMatchObject([
      { status: 8, next_invoice_date: M2 },
      { status: 12, invoicing_status: 3 },
    ]);
    await invoiceOn(someone, M2);
    expect(await planTypeOf(world.service, someone.holder)).toBe(104);
    expect(await someone.plan()).toMatchObject({ status: 1, end_date: new Date('2013-03-02T03:04:05Z') });
  });

  it('FX-16: can be taken back before it begins', async () => {
    const someone = await withPlan(world, 30, { schedule: annual }, { required_plan_tier: 104 });
    await world.part(PlanProperties).setEndDate(someone.holder, M2);
    await fixedPrices().agree(someone.holder, 120_000);
    expect(await fixedPrices().remove(someone.holder)).toBe('plan');
    expect(await someone.plans()).toMatchObject([{ status: 1 }]);
  });

  async function handMade(someone: Organization): Promise<string> {
    const sent = await someone.buys({ chargeAutomatically: false, licenses: 30 });
    if (sent.kind !== 'invoice') throw new Error('no invoice');
    // As if it had been made at Stripe, of which nothing is known here.
    const { id } = await someone.customer();
    await world.service.rows('DELETE FROM stripe_invoices WHERE customer_id = $1', [id]);
    await world.service.rows('UPDATE customers SET stripe_customer_id = NULL, required_plan_tier = 104 WHERE id = $1', [
      id,
    ]);
    return sent.stripeInvoiceId;
  }

  it('FX-13: is not offered by an invoice that is unknown or not open', async () => {
    const someone = await world.organization(30);
    const id = await handMade(someone);
    await expect(fixedPrices().agree(someone.holder, 1, 'in_none')).rejects.toMatchObject(refusedAs('invoice-unknown'));
    world.stripe.payHostedInvoice(id);
    await expect(fixedPrices().agree(someone.holder, 1, id)).rejects.toMatchObject(refusedAs('invoice-not-open'));
  });

  it('FX-14: is taken by paying the invoice that was made for it', async () => {
    const someone = await world.organization(30);
    const id = await handMade(someone);
    await fixedPrices().agree(someone.holder, 120_000, ` ${id} `, operator);
    expect(await eventsOf(someone, 505)).toMatchObject([{ extra_data: { property: 'stripe_customer_id' } }]);
    world.stripe.payHostedInvoice(id);
    await world.settled();
    const plan = { status: 1, billing_schedule: 1, charge_automatically: false, fixed_price: 120_000, tier: 104 };
    expect(await someone.plan()).toMatchObject(plan);
    const { id: customerId } = await someone.customer();
    expect(await world.service.rows('SELECT status FROM plan_offers WHERE customer_id = $1', [customerId])).toEqual([
      { status: 2 },
    ]);
    expect(await world.service.rows('SELECT status FROM stripe_invoices WHERE customer_id = $1', [customerId])).toEqual(
      [{ status: 2 }],
    );
  });

  it('FX-15: is taken back with the invoice that was made for it', async () => {
    const someone = await world.organization(30);
    const id = await handMade(someone);
    await fixedPrices().agree(someone.holder, 120_000, id);
    expect(await fixedPrices().remove(someone.holder)).toBe('offer');
    expect(world.stripe.account.invoices.get(id)).toMatchObject({ status: 'void' });
    await expect(fixedPrices().remove(someone.holder)).rejects.toMatchObject(refusedAs('no-offer'));
  });

  it('FX-17, FX-18: can be prepaid, from some time on', async () => {
    const someone = await world.organization(60);
    const anchor = new Date('2012-01-01T01:01:01Z');
    await expect(fixedPrices().prepaid(someone.holder, anchor)).rejects.toMatchObject(refusedAs('no-customer'));
    await someone.isCustomer({ required_plan_tier: 104 });
    await expect(fixedPrices().prepaid(someone.holder, anchor)).rejects.toMatchObject(refusedAs('no-offer'));
    await fixedPrices().agree(someone.holder, 120_000);
    await expect(fixedPrices().agree(someone.holder, 120_000)).rejects.toMatchObject(refusedAs('offer-exists'));
    await fixedPrices().prepaid(someone.holder, anchor, operator);
    expect(await someone.plan()).toMatchObject({ billing_cycle_anchor: anchor, fixed_price: 120_000, tier: 104 });
    expect(await someone.ledger()).toEqual(['R 0,0']);
    await expect(fixedPrices().prepaid(someone.holder, anchor)).rejects.toMatchObject(refusedAs('on-paid-plan'));
  });

  it('LEG-9: can wait for the end of complimentary access', async () => {
    const END = new Date('2012-04-02T03:04:05Z');
    const someone = await world.organization(30);
    await someone.isCustomer({ required_plan_tier: 104 });
    await world.part(ComplimentaryAccess).grant(someone.holder, END);
    await fixedPrices().agree(someone.holder, 120_000);
    await someone.buys({ tier: TIER.business, schedule: annual, startsAtPlanEnd: true });
    await invoiceOn(someone, END);
    expect(await someone.plan()).toMatchObject({
      status: 1,
      fixed_price: 120_000,
      next_invoice_date: new Date('2012-05-02T03:04:05Z'),
    });
    expect(await someone.lines()).toEqual(['1 × 120000']);
  });
});
