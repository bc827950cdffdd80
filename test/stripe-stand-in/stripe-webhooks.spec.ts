import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StripeStandIn } from '../../src/sandbox/stripe/stripe-stand-in.js';
import { stripeWorld } from './stripe-client.js';
import { receiveWebhooks } from './webhook-receiver.js';

const secret = 'whsec_sandbox';
let standIn: StripeStandIn;
let stripe: Stripe;
let receiver: Awaited<ReturnType<typeof receiveWebhooks>>;

beforeEach(async () => {
  ({ standIn, stripe } = await stripeWorld());
  receiver = await receiveWebhooks();
});
afterEach(async () => {
  await standIn.stop();
  receiver.stop();
});

const listen = (types?: string[]) =>
  standIn.webhooks.sendTo({ url: receiver.url, secret, ...(types ? { types } : {}) });

describe('webhooks', () => {
  it('are signed as the library of Stripe checks it', async () => {
    listen();
    const { id } = await stripe.customers.create({ email: 'a@zulip.test' });
    await standIn.webhooks.idle();
    const [hook] = receiver.arrived;
    const event = stripe.webhooks.constructEvent(hook!.body, hook!.signature!, secret);
    expect(event).toMatchObject({
      type: 'customer.created',
      api_version: '2025-11-17.clover',
      data: { object: { id } },
    });
    expect(() => stripe.webhooks.constructEvent(hook!.body, hook!.signature!, 'whsec_other')).toThrow();
    expect(standIn.webhooks.acknowledged(event.id)).toBe(true);
  });

  it('can be sent twice, or never, or only of some types', async () => {
    listen(['customer.created', 'invoice.created']);
    standIn.webhooks.rule('customer.created', { times: 2 }).rule('invoice.created', { times: 0 });
    const { id } = await stripe.customers.create({ email: 'a@zulip.test' });
    await stripe.customers.update(id, { name: 'A' });
    await stripe.invoices.create({ customer: id });
    await standIn.webhooks.idle();
    expect(receiver.types()).toEqual(['customer.created', 'customer.created']);
    expect(new Set(receiver.arrived.map((one) => one.id)).size).toBe(1);
  });

  it('can be held back and sent in the wrong order', async () => {
    listen();
    standIn.webhooks.hold();
    const { id } = await stripe.customers.create({ email: 'a@zulip.test' });
    await stripe.customers.update(id, { name: 'A' });
    await standIn.webhooks.idle();
    expect(receiver.arrived).toEqual([]);
    await standIn.webhooks.release('newest-first');
    expect(receiver.types()).toEqual(['customer.updated', 'customer.created']);
  });

  it('come again until they are acknowledged', async () => {
    receiver.stop();
    receiver = await receiveWebhooks(500, 503);
    listen();
    await stripe.customers.create({ email: 'a@zulip.test' });
    await standIn.webhooks.idle();
    expect(standIn.webhooks.deliveries.map(({ status }) => status)).toEqual([500, 503, 200]);
  });

  it('can be sent by hand', async () => {
    await stripe.customers.create({ email: 'a@zulip.test' });
    listen();
    await standIn.webhooks.send(standIn.eventsOf('customer.created')[0]!);
    expect(receiver.types()).toEqual(['customer.created']);
  });
});
