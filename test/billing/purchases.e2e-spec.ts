import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { BillingUpkeep } from '../../src/plans/purchase/billing-upkeep.job.js';
import { BillingWorld } from '../support/billing.js';
import { daysAfter, M1, T0, Y1 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const { annual } = SCHEDULE;
const business = { tier: TIER.business } as const;
const byInvoice = { chargeAutomatically: false, management: 'manual' } as const;

const CARD_VECTORS = [
  ['BUY-1', 11, {}, {}, ['11 × 350', '-2000'], 1850, 11],
  ['BUY-3', 11, { ...business, schedule: annual }, {}, ['25 × 8000', '-24000'], 176_000, 0],
  ['BUY-4', 30, { schedule: annual }, {}, ['30 × 4200', '-24000'], 102_000, 0],
  ['BUY-5', 3, {}, {}, ['6 × 350', '-2000'], 100, 11],
  ['BUY-6', 6, { schedule: annual }, {}, ['6 × 4200', '-24000'], 1200, 0],
  ['BUY-7', 3, {}, { flat_discounted_months: 0 }, ['3 × 350'], 1050, 0],
  ['BUY-8', 25, { ...business, schedule: annual }, { flat_discounted_months: 5 }, ['25 × 8000', '-10000'], 190_000, 0],
  [
    'BUY-9',
    6,
    { ...business, schedule: annual },
    { required_plan_tier: 104, annual_discounted_price: 1200, minimum_licenses: 25, flat_discounted_months: 0 },
    ['25 × 1200'],
    30_000,
    0,
  ],
] as const;

describe('a purchase by card', () => {
  it.each(CARD_VECTORS)(
    '%s: %i users are charged by the terms',
    async (id, users, request, terms, lines, due, left) => {
      const someone = await world.organization(users);
      await someone.isCustomer(terms);
      const result = await someone.has(request);
      const invoices = await someone.invoices();
      expect(invoices).toMatchObject([{ status: 'paid', total: due, amount_paid: due, auto_advance: false }]);
      expect(result).toEqual({ kind: 'invoice', stripeInvoiceId: invoices[0]?.id });
      expect(await someone.lines()).toEqual(lines);
      const end = 'schedule' in request ? Y1 : M1;
      expect(await someone.periods()).toEqual(
        lines.map(() => `2012-01-02T03:04:05Z/${end.toISOString().slice(0, 19)}Z`),
      );
      expect(await someone.customer()).toMatchObject({ flat_discounted_months: left });
      const plan = { status: 1, invoicing_status: 1, billing_cycle_anchor: T0, next_invoice_date: M1 };
      expect(await someone.plan()).toMatchObject({ ...plan, discount: id === 'BUY-9' ? '85' : null });
    },
  );

  it('BUY-2: works for a whole server', async () => {
    const someone = await world.organization(18, 'server');
    await someone.isCustomer();
    await someone.has();
    expect(await someone.invoices()).toMatchObject([
      {
        status: 'paid',
        total: 4300,
        collection_method: 'charge_automatically',
        statement_descriptor: 'Zulip Basic',
        metadata: {
          plan_tier: '103',
          billing_schedule: '2',
          licenses: '18',
          license_management: 'automatic',
          on_free_trial: 'False',
          current_plan_id: 'None',
        },
      },
    ]);
    expect(await someone.plan()).toMatchObject({ tier: 103, billing_schedule: 2, price_per_license: 350 });
    expect(await someone.ledger()).toEqual(['R 18,18']);
    const type = 'SELECT plan_type FROM remote_servers WHERE id = $1';
    expect(await world.service.rows(type, [someone.server.id])).toEqual([{ plan_type: 103 }]);
  });

  it.each([
    ['BUY-12', { management: 'manual' as const }, /minimum 25/],
    ['BUY-12 with too few', { management: 'manual' as const, licenses: 24 }, /minimum 25/],
    ['BUY-12 without management', { management: undefined }, /choose automatic or manual/],
    ['BUY-18', { signedUsers: '25:abc', salt: 'x' }, /contact support/],
  ])('%s: is refused', async (_id, request, message) => {
    const someone = await world.organization(11);
    await someone.isCustomer();
    await expect(someone.buys({ ...business, ...request })).rejects.toMatchObject({
      clientMessage: expect.stringMatching(message),
    });
    expect(await someone.invoices()).toEqual([]);
    expect(await someone.plans()).toEqual([]);
  });

  it('BUY-13: has no upper limit', async () => {
    const someone = await world.organization(11);
    await someone.isCustomer();
    await someone.has({ ...business, management: 'manual', licenses: 1001 });
    expect(await someone.ledger()).toEqual(['R 1001,1001']);
    expect(await someone.plan()).toMatchObject({ automanage_licenses: false });
  });

  it('BUY-14: asks for no minimum of who is exempt', async () => {
    const someone = await world.organization(6);
    await someone.isCustomer({ exempt_from_license_number_check: true, flat_discounted_months: 0 });
    await someone.has({ management: 'manual', licenses: 4 });
    expect(await someone.lines()).toEqual(['4 × 350']);
    expect(await someone.ledger()).toEqual(['R 4,4']);
  });

  it.each([
    ['BUY-15', 25, 11, 25],
    ['BUY-16', 30, 26, 26],
    ['BUY-17', 30, 20, 25],
  ])('%s: shown %i, %i at submit, buys %i', async (_id, shown, users, bought) => {
    const someone = await world.organization(users);
    await someone.isCustomer();
    await someone.has({ ...business, shown });
    expect(await someone.ledger()).toEqual([`R ${bought},${bought}`]);
  });

  it('BUY-21: a declined card leaves nothing that could be paid, and the discount whole', async () => {
    const someone = await world.organization(11);
    await someone.isCustomer({}, '4000000000000341');
    await expect(someone.buys()).rejects.toMatchObject({
      clientMessage: 'Your card was declined.',
      extra: { error_description: 'card error' },
    });
    await world.settled();
    expect(await someone.invoices()).toMatchObject([{ status: 'void' }]);
    const { id, flat_discounted_months } = await someone.customer();
    expect(flat_discounted_months).toBe(12);
    const rows = await world.service.rows('SELECT status FROM stripe_invoices WHERE customer_id = $1', [id]);
    expect(rows).toEqual([{ status: 3 }]);
    expect(await someone.plans()).toEqual([]);
  });

  it('BUY-22: needs a card', async () => {
    const someone = await world.organization(11);
    await someone.isCustomer({}, null);
    await expect(someone.buys()).rejects.toMatchObject({
      clientMessage: 'Please add a credit card before upgrading.',
    });
    expect(await someone.invoices()).toEqual([]);
  });
});

describe('users who come and go while an invoice is under way', () => {
  it('BUY-19: are billed at once, and the next invoice date stays', async () => {
    const someone = await world.organization(25);
    await someone.isCustomer({ flat_discounted_months: 0 });
    world.stripe.webhooks.hold();
    await someone.buys({ ...business, schedule: annual });
    await someone.hasUsers(42);
    await world.stripe.webhooks.release();
    await world.settled();
    expect(await someone.ledger()).toEqual(['R 25,25', '42,42']);
    expect(await someone.lines()).toEqual(['17 × 8000']);
    expect(await someone.invoices()).toMatchObject([{ total: 200_000 }, { total: 136_000, auto_advance: true }]);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M1, invoicing_status: 1 });
  });

  it('BUY-20: who left is not paid back, and operators are told', async () => {
    const someone = await world.organization(30);
    await someone.isCustomer();
    world.stripe.webhooks.hold();
    await someone.buys({ ...business, schedule: annual });
    await someone.hasUsers(28);
    await world.stripe.webhooks.release();
    await world.settled();
    expect(await someone.ledger()).toEqual(['R 30,30', '30,28']);
    expect(await someone.mails()).toContain('license-discrepancy');
    expect(await someone.invoices()).toHaveLength(1);
  });
});

describe('a purchase by invoice', () => {
  it('BUY-10: makes the plan when it is paid', async () => {
    const someone = await world.organization(30);
    const result = await someone.buys({ ...byInvoice, schedule: annual, licenses: 40 });
    expect(await someone.invoices()).toMatchObject([
      { status: 'open', total: 144_000, auto_advance: true, due_date: daysAfter(T0, 1).getTime() / 1_000 },
    ]);
    expect(await someone.plans()).toEqual([]);
    if (result.kind !== 'invoice') throw new Error('no invoice');
    world.service.clock.set(daysAfter(T0, 20));
    world.stripe.payHostedInvoice(result.stripeInvoiceId);
    await world.settled();
    expect(await someone.plan()).toMatchObject({
      status: 1,
      automanage_licenses: false,
      charge_automatically: false,
      billing_cycle_anchor: daysAfter(T0, 20),
    });
    expect(await someone.ledger()).toEqual(['R 40,40']);
  });

  it('BUY-11: needs a license for everybody', async () => {
    const someone = await world.organization(26);
    await expect(someone.buys({ ...business, ...byInvoice, licenses: 20 })).rejects.toMatchObject({
      clientMessage: expect.stringContaining('minimum 26'),
    });
  });

  it('takes back the one before, so that never two can be paid', async () => {
    const someone = await world.organization(30);
    await someone.buys({ ...byInvoice, licenses: 40 });
    await someone.buys({ ...byInvoice, licenses: 50 });
    await world.settled();
    expect(await someone.invoices()).toMatchObject([{ status: 'void' }, { status: 'open', total: 15_500 }]);
    expect(await someone.customer()).toMatchObject({ flat_discounted_months: 11 });
  });
});

describe('a purchase that is repeated', () => {
  it('charges once, at the same time and before Stripe has told of the payment', async () => {
    const someone = await world.organization(11);
    await someone.isCustomer();
    world.stripe.webhooks.hold();
    const results = await Promise.all([someone.buys(), someone.buys(), someone.buys()]);
    const again = await someone.buys();
    const { stripe_customer_id: id } = await someone.customer();
    expect(new Set([...results, again].map((one) => JSON.stringify(one))).size).toBe(1);
    expect(world.stripe.chargesOf(id)).toHaveLength(1);
    await expect(someone.buys({ schedule: annual })).rejects.toMatchObject({
      extra: { error_description: 'payment-pending' },
    });
    await world.stripe.webhooks.release();
    await world.settled();
    expect(await someone.plans()).toHaveLength(1);
    expect(world.stripe.chargesOf(id)).toHaveLength(1);
    await expect(someone.buys()).rejects.toMatchObject({ extra: { error_description: 'not-upgradable' } });
  });

  it.each(['drop-after', 'error-after', 'drop-before', 'error-before'] as const)(
    'charges once where Stripe fails at any step (%s)',
    async (kind) => {
      for (const endpoint of [
        'POST /v1/invoices',
        'POST /v1/invoiceitems',
        'POST /v1/invoices/:id/finalize',
        'POST /v1/invoices/:id/pay',
      ]) {
        const someone = await world.organization(11);
        await someone.isCustomer();
        world.stripe.faults.add({ kind, endpoint, times: 4 });
        await someone.buys().catch(() => undefined);
        world.stripe.faults.clear();
        await someone.buys().catch(() => undefined);
        await world.settled();
        const { stripe_customer_id: id } = await someone.customer();
        expect(world.stripe.chargesOf(id), endpoint).toHaveLength(1);
        expect(await someone.plans(), endpoint).toHaveLength(1);
        expect((await someone.invoices()).filter(({ status }) => status !== 'void')).toHaveLength(1);
      }
    },
  );

  it('makes its plan although the event of the payment is lost', async () => {
    const someone = await world.organization(11);
    await someone.isCustomer();
    world.stripe.webhooks.rule('invoice.paid', { times: 0 });
    await someone.buys();
    world.stripe.webhooks.clearRules();
    world.service.clock.advance(3_600);
    await world.part(BillingUpkeep).run();
    expect(await someone.plans()).toMatchObject([{ status: 1 }]);
  });
});
