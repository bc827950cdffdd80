import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '../../src/health/metrics/metrics.service.js';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { StuckEvents } from '../../src/plans/purchase/stuck-events.js';
import { Reconciliations } from '../../src/plans/reconciliation/reconciliations.js';
import { scrape } from '../metrics/scrape.js';
import { BillingWorld, type Organization, withPlan } from '../support/billing.js';
import { T0 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ METRICS_PORT: '0' });
});
afterAll(() => world.stop());

const DAY = 86_400_000;
let day = 0;
beforeEach(() => {
  world.stripe.faults.clear();
  world.service.clock.set(new Date(T0.getTime() + day++ * DAY));
});

const reconciliations = () => world.part(Reconciliations);
/** Two hours on, so that nothing counts as still being made. */
const compare = async () => {
  world.service.clock.advance(7_200);
  const report = await reconciliations().run();
  return report?.findings;
};
const BY_INVOICE = { chargeAutomatically: false, management: 'manual', licenses: 40 } as const;
const bought = async (): Promise<Organization> => {
  const someone = await world.organization(30);
  await someone.isCustomer({}, null);
  await someone.buys(BY_INVOICE);
  return someone;
};
const scraped = async (sample: string) => (await scrape(world.part(Metrics).url ?? '')).value(`push_bouncer_${sample}`);
const noticed = () =>
  world.service.rows<{ text_body: string }>("SELECT * FROM written_mail WHERE kind = 'billing-drift'");

describe('the comparison with Stripe', () => {
  it('finds nothing where all is well, and tells nobody', async () => {
    expect(await scraped('stripe_reconciled_timestamp_seconds')).toBeUndefined();
    await withPlan(world, 11);
    await bought();
    expect(await compare()).toEqual({});
    expect(await noticed()).toEqual([]);
    expect(await reconciliations().last()).toMatchObject({ customers: 2, invoices: 1, findings: {} });
    expect(await scraped('stripe_reconciled_timestamp_seconds')).toBe(world.service.clock.millis() / 1_000);
    expect(await scraped('stripe_drift{kind="card-missing"}')).toBe(0);
  });

  it('is made once a day, however many nodes want to', async () => {
    const both = await Promise.all([reconciliations().run(), reconciliations().run()]);
    expect(both.filter((report) => report !== undefined)).toHaveLength(1);
    expect(await reconciliations().run()).toBeUndefined();
  });

  it('is made on the same day again where Stripe could not be asked', async () => {
    world.stripe.faults.add({ kind: 'rate-limit', endpoint: 'GET /v1/customers', times: 9 });
    await expect(reconciliations().run()).rejects.toMatchObject({ kind: 'temporary' });
    world.stripe.faults.clear();
    expect(await reconciliations().run()).toMatchObject({ findings: {} });
  });

  it('makes good what Stripe never told of, and tells of it', async () => {
    const someone = await bought();
    const another = await bought();
    world.stripe.webhooks.rule('invoice.paid', { drop: true } as never);
    world.stripe.webhooks.hold();
    world.stripe.payHostedInvoice((await someone.invoices())[0]?.id ?? '');
    const id = (await another.invoices())[0]?.id ?? '';
    await fetch(`${world.stripe.origin}/v1/invoices/${id}/void`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_sandbox' },
    });
    expect(await compare()).toEqual({ 'payment-not-noted': 1, 'void-not-noted': 1 });
    expect(await someone.plan()).toMatchObject({ status: 1, tier: 103, charge_automatically: false });
    expect((await another.customer())['flat_discounted_months']).toBe(12);
    expect((await noticed()).at(-1)?.text_body).toMatch(/1 paid invoices .*\n1 voided invoices/);
    expect(await scraped('stripe_drift{kind="void-not-noted"}')).toBe(1);
    await world.stripe.webhooks.release('oldest-first');
    await world.settled();
    expect(await someone.plans()).toHaveLength(1);
  });

  it('finds what only people can set right', async () => {
    const pays = await withPlan(world, 11);
    const gone = await withPlan(world, 11);
    const waits = await bought();
    const { account } = world.stripe;
    const stripeId = (await pays.customer()).stripe_customer_id;
    account.customers.get(stripeId).invoice_settings.default_payment_method = null;
    await world.service.rows("UPDATE customers SET stripe_customer_id = 'cus_gone' WHERE id = $1", [
      (await gone.customer()).id,
    ]);
    const open = (await waits.invoices())[0]?.id ?? '';
    account.invoices.get(open).total = 1;
    await handMade(stripeId);
    const given = await bought();
    await world.service.rows('UPDATE invoice_builds SET step = 9 WHERE stripe_invoice_id = $1', [
      (await given.invoices())[0]?.id,
    ]);
    expect(await compare()).toEqual({
      'card-missing': 1,
      'customer-missing': 1,
      'amount-differs': 1,
      'invoice-unknown': 1,
      'invoice-not-voided': 1,
    });
    const mail = (await noticed()).at(-1);
    expect(mail?.text_body).toContain('1 plans that are charged automatically, without a payment method');
    expect(mail).toMatchObject({ recipient: 'sales@zulip.test', subject: expect.stringContaining('5 places') });
  });
});

describe('an event of Stripe that could not be handled', () => {
  it('BUY-23: is listed, counted, and handled anew once nothing stands in its way', async () => {
    const someone = await bought();
    const id = (await someone.invoices())[0]?.id ?? '';
    const before = await scraped('stripe_events_failed');
    // A plan came from elsewhere in the meantime.
    await world.part(ComplimentaryAccess).grant(someone.holder, new Date(world.service.clock.millis() + 60 * DAY));
    await world.service.rows('UPDATE plans SET tier = 102 WHERE customer_id = $1', [(await someone.customer()).id]);
    world.stripe.payHostedInvoice(id);
    await world.settled();
    const events = world.part(StuckEvents);
    const [stuck] = await events.list();
    expect(stuck).toMatchObject({ type: 'invoice.paid', error: { description: 'already-subscribed' } });
    expect(await scraped('stripe_events_failed')).toBe((before ?? 0) + 1);
    expect(await events.retry(stuck?.id ?? '')).toBe(true);
    expect((await events.list())[0]).toMatchObject({ id: stuck?.id, error: { description: 'already-subscribed' } });

    await world.service.rows('UPDATE plans SET status = 11, next_invoice_date = NULL WHERE customer_id = $1', [
      (await someone.customer()).id,
    ]);
    expect(await events.retry(stuck?.id ?? '')).toBe(true);
    expect(await someone.plan()).toMatchObject({ status: 1, tier: 103, billing_schedule: SCHEDULE.monthly });
    expect(await events.retry(stuck?.id ?? '')).toBe(false);
    expect(await events.retry('999999')).toBe(false);
    expect(await someone.plans()).toHaveLength(2);
    expect(await scraped('stripe_events_failed')).toBe(before);
  });
});

describe('the metrics of queues', () => {
  it('tell how many mails and events wait, and for how long', async () => {
    const someone = await withPlan(world, 11);
    const customerId = (await someone.customer()).id;
    const receivedAt = new Date(world.service.clock.millis() - 90_000);
    await world.service.rows(
      `INSERT INTO stripe_events (stripe_event_id, type, customer_id, invoice_id, received_at)
       SELECT 'evt_waits', 'invoice.paid', $1, id, $2 FROM stripe_invoices WHERE customer_id = $1`,
      [customerId, receivedAt],
    );
    expect(await scraped('stripe_events_waiting')).toBe(1);
    expect(await scraped('stripe_events_oldest_waiting_seconds')).toBe(90);
    await world.service.rows("DELETE FROM stripe_events WHERE stripe_event_id = 'evt_waits'");
    expect(await scraped('stripe_events_waiting')).toBe(0);
    expect(await scraped('mail_given_up')).toBe(0);
  });
});

/** An invoice that somebody wrote at Stripe and nobody noted here. */
async function handMade(customer: string): Promise<void> {
  const call = async (path: string, fields: Record<string, string>) => {
    const answer = await fetch(`${world.stripe.origin}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_sandbox' },
      body: new URLSearchParams(fields),
    });
    return (await answer.json()) as { id: string };
  };
  const { id } = await call('invoices', { customer, collection_method: 'send_invoice', days_until_due: '30' });
  await call('invoiceitems', { customer, invoice: id, currency: 'usd', amount: '500' });
  await call(`invoices/${id}/finalize`, {});
}
