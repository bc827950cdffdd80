import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CardSetups } from '../../src/plans/purchase/card-setups.js';
import { StripeEventHandler } from '../../src/plans/purchase/stripe-event-handler.js';
import { BillingGateway } from '../../src/plans/stripe/billing-gateway.js';
import { WebhookInbox } from '../../src/plans/stripe/webhook-inbox.js';
import { signatureHeader } from '../../src/sandbox/stripe/webhook-sender.js';
import { notesOn } from '../plans/billing-rows.js';
import { BillingWorld, type Organization } from '../support/billing.js';
import { T0 } from '../support/sample-plan.js';

let world: BillingWorld;
let someone: Organization;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(async () => {
  world.service.clock.set(T0);
  someone = await world.organization(11);
});

const byInvoice = { chargeAutomatically: false, licenses: 11 } as const;

async function send(body: string, signature?: string): Promise<number> {
  const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
  if (signature) headers['stripe-signature'] = signature;
  const answer = await fetch(`${world.service.origin}/stripe/webhook/`, { method: 'POST', headers, body });
  return answer.status;
}

const signed = (event: object) => {
  const body = JSON.stringify(event);
  return send(body, signatureHeader(body, 'whsec_test', world.service.clock.seconds()));
};

let number = 0;
const anEvent = (type: string, id: string, version = '2025-11-17.clover') => ({
  id: `evt_test_${++number}`,
  object: 'event',
  api_version: version,
  created: world.service.clock.seconds(),
  type,
  data: { object: { id, object: 'invoice' } },
});

const events = async () => {
  const { id } = await someone.customer();
  return world.service.rows(
    'SELECT type, status, handler_error FROM stripe_events WHERE customer_id = $1 ORDER BY id',
    [id],
  );
};
const count = async () =>
  (await world.service.rows<{ n: number }>('SELECT count(*)::int AS n FROM stripe_events'))[0]?.n;

describe('the webhook', () => {
  it.each([
    ['WH-1: no event', '{}', signatureHeader('{}', 'whsec_test', 1), 400],
    ['WH-1: not JSON', 'x', signatureHeader('x', 'whsec_test', 1), 400],
    ['WH-1: a wrong signature', '{"id":"evt"}', signatureHeader('{"id":"evt"}', 'whsec_other', 1), 400],
    ['WH-1: no signature', '{"id":"evt"}', undefined, 400],
  ])('%s is refused', async (_name, body, signature, status) => {
    const before = await count();
    const now = world.service.clock.seconds();
    expect(await send(body, signature?.replace('t=1,', `t=${now},`))).toBe(status);
    expect(await send(body, signature)).toBe(status);
    expect(await count()).toBe(before);
  });

  it('WH-1: refuses what was signed long ago', async () => {
    const body = JSON.stringify(anEvent('invoice.paid', 'in_1'));
    expect(await send(body, signatureHeader(body, 'whsec_test', world.service.clock.seconds() - 400))).toBe(400);
  });

  it('WH-2: refuses another version of the API', async () => {
    const before = await count();
    expect(await signed(anEvent('invoice.paid', 'in_1', '1991-02-20'))).toBe(400);
    expect(await count()).toBe(before);
  });

  it.each([
    ['WH-3', 'invoice.updated', 'in_unknown'],
    ['WH-4', 'invoice.paid', 'in_unknown'],
    ['WH-4', 'checkout.session.completed', 'cs_unknown'],
  ])('%s: acknowledges and forgets %s of something unknown', async (_id, type, id) => {
    const before = await count();
    expect(await signed(anEvent(type, id))).toBe(200);
    expect(await count()).toBe(before);
  });

  it('WH-5: handles the same event once, also where it comes in twice at the same time', async () => {
    world.stripe.webhooks.rule('invoice.paid', { times: 3 });
    await someone.isCustomer();
    await someone.has();
    world.stripe.webhooks.clearRules();
    expect(await events()).toEqual([{ type: 'invoice.paid', status: 50, handler_error: null }]);
    expect(await someone.plans()).toHaveLength(1);
    const paid = world.stripe.eventsOf('invoice.paid').at(-1);
    expect(await signed({ ...paid })).toBe(200);
    expect(await events()).toHaveLength(1);
  });

  it('WH-6, BUY-23: notes why an event makes no plan, and tells operators', async () => {
    const sent = await someone.buys(byInvoice);
    const { id } = await someone.customer();
    // Somebody made a plan by hand in the meantime.
    await world.service.rows(
      `INSERT INTO plans (customer_id, tier, status, billing_schedule, price_per_license, automanage_licenses, charge_automatically,
         billing_cycle_anchor, next_invoice_date, created_at)
       VALUES ($1, 103, 1, 2, 350, false, true, $2, $2, $2)`,
      [id, T0],
    );
    if (sent.kind !== 'invoice') throw new Error('no invoice');
    world.stripe.payHostedInvoice(sent.stripeInvoiceId);
    await world.settled();
    const message = 'Your organization already has the plan Basic. Please contact support about this payment.';
    expect(await events()).toEqual([
      { type: 'invoice.paid', status: 40, handler_error: { message, description: 'already-subscribed' } },
    ]);
    expect(await world.service.rows('SELECT status FROM stripe_invoices WHERE customer_id = $1', [id])).toEqual([
      { status: 2 },
    ]);
    expect(await someone.mails()).toContain('invoice-event-failed');
    expect(await world.part(WebhookInbox).stuck()).toMatchObject([{ customerId: id, attempts: 1 }]);
  });

  it('is not lost where Stripe cannot be asked just then', async () => {
    await someone.isCustomer();
    world.stripe.webhooks.hold();
    await someone.buys();
    world.stripe.faults.add({ kind: 'error-before', endpoint: 'GET /v1/invoices/:id', times: 3 });
    await world.stripe.webhooks.release();
    await world.stripe.webhooks.idle();
    expect(await events()).toMatchObject([{ status: 30 }]);

    await world.part(StripeEventHandler).handleAll();
    expect(await events()).toMatchObject([{ status: 50 }]);
    expect(await someone.plans()).toHaveLength(1);
  });

  it('gives the discount back where an invoice is voided', async () => {
    const sent = await someone.buys(byInvoice);
    expect(await someone.customer()).toMatchObject({ flat_discounted_months: 11 });
    if (sent.kind !== 'invoice') throw new Error('no invoice');

    await world.part(BillingGateway).voidInvoice(sent.stripeInvoiceId, 'by hand');
    await world.settled();
    expect(await someone.customer()).toMatchObject({ flat_discounted_months: 12 });
    expect(await events()).toMatchObject([{ type: 'invoice.voided', status: 50 }]);
  });
});

describe('saving a card', () => {
  const urls = { successUrl: 'https://x.test/?s={CHECKOUT_SESSION_ID}', cancelUrl: 'https://x.test/' };

  it('from the upgrade page makes a customer, and the card the default', async () => {
    const from = { page: 'upgrade', tier: 103, manual: true, email: 'ann@zulip.test' } as const;
    const { url, id } = await world.part(CardSetups).start(someone.holder, { from, ...urls });
    expect(url).toContain(id);
    world.stripe.completeCheckout(id);
    await world.settled();
    const { stripe_customer_id: customer } = await someone.customer();
    expect(world.stripe.account.customers.get(customer)).toMatchObject({
      email: 'ann@zulip.test',
      invoice_settings: { default_payment_method: expect.stringMatching(/^pm_/) },
      metadata: { remote_realm_uuid: someone.realm.uuid, remote_realm_host: someone.realm.host },
    });
    const rows = await world.service.rows(
      'SELECT type, status, tier FROM stripe_sessions WHERE stripe_session_id = $1',
      [id],
    );
    expect(rows).toEqual([{ type: 50, status: 10, tier: 103 }]);

    expect((await notesOn(world.service, someone.holder)).map(({ event_type }) => event_type)).toEqual([401, 402]);
    await someone.has();
    expect(await someone.plan()).toMatchObject({ status: 1 });
  });

  it('from the billing page needs a customer', async () => {
    const request = { from: { page: 'billing' } as const, ...urls };
    await expect(world.part(CardSetups).start(someone.holder, request)).rejects.toMatchObject({
      extra: { error_description: 'no-stripe-customer' },
    });
  });

  it('WH-7: keeps the card although an open invoice cannot be paid by it', async () => {
    await someone.isCustomer();
    await someone.has();
    await world.invoice('2012-02-02T03:04:05Z');
    await someone.uploads();
    await world.invoice('2012-02-02T03:04:05Z');
    expect((await someone.invoices()).at(-1)).toMatchObject({ status: 'open' });
    const request = { from: { page: 'billing' } as const, ...urls };
    const { id } = await world.part(CardSetups).start(someone.holder, request);
    world.stripe.completeCheckout(id, '4000000000000341');
    await world.settled();
    expect((await events()).at(-1)).toMatchObject({
      type: 'checkout.session.completed',
      status: 40,
      handler_error: { message: 'Your card was declined.' },
    });
    expect(await world.service.rows('SELECT status FROM stripe_sessions WHERE stripe_session_id = $1', [id])).toEqual([
      { status: 10 },
    ]);
    const again = await world.part(CardSetups).start(someone.holder, request);
    world.stripe.completeCheckout(again.id);
    await world.settled();
    expect((await someone.invoices()).at(-1)).toMatchObject({ status: 'paid' });
    expect((await events()).at(-1)).toMatchObject({ status: 50 });
  });
});
