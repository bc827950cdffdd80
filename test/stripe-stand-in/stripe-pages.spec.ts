import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StripeStandIn } from '../../src/sandbox/stripe/stripe-stand-in.js';
import { draftOf, stripeWorld } from './stripe-client.js';

let standIn: StripeStandIn;
let stripe: Stripe;
let customer: string;

beforeAll(async () => {
  ({ standIn, stripe } = await stripeWorld());
  customer = (await stripe.customers.create({ email: 'a@zulip.test' })).id;
});
afterAll(() => standIn.stop());

/** Sends a form as a browser does, without following where it leads. */
const submit = (url: string, fields: Record<string, string>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

const checkout = () =>
  stripe.checkout.sessions.create({
    mode: 'setup',
    currency: 'usd',
    customer,
    success_url: 'http://localhost/done?id={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://localhost/back?a=1&b=2',
    customer_update: { address: 'auto', name: 'auto' },
  });

describe('the Checkout page', () => {
  it('saves a card with name and address and leads back', async () => {
    const session = await checkout();
    const page = await (await fetch(session.url!)).text();
    expect(page).toContain('href="http://localhost/back?a&#x3D;1&amp;b&#x3D;2"');
    const form = { card: '4242424242424242', name: 'Ann', line1: '1 Road', city: 'Town', action: 'save' };
    const answer = await submit(session.url!, form);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `http://localhost/done?id=${session.id}`]);
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ name: 'Ann', address: { line1: '1 Road' } });
    expect(standIn.eventsOf('checkout.session.completed')).toHaveLength(1);
    expect((await fetch(session.url!)).status).toBe(410);
  });

  it.each([
    ['4000000000000002', 'Your card was declined.'],
    ['4000000000009995', 'Your card has insufficient funds.'],
    ['4000000000000069', 'Your card has expired.'],
    ['1234', 'Your card number is invalid.'],
  ])('says why card %s cannot be saved', async (card, message) => {
    const session = await checkout();
    const answer = await submit(session.url!, { card, action: 'save' });
    expect(answer.status).toBe(402);
    expect(await answer.text()).toContain(message.replace("'", '&#x27;'));
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
  });

  it('asks for authentication, which can fail and be done again', async () => {
    const session = await checkout();
    const form = { card: '4000002500003155', name: 'Ann' };
    expect(await (await submit(session.url!, { ...form, action: 'save' })).text()).toContain('Complete authentication');
    const failed = await submit(session.url!, { ...form, action: 'fail' });
    expect(await failed.text()).toContain('unable to authenticate');
    expect((await submit(session.url!, { ...form, action: 'complete' })).status).toBe(303);
  });
});

describe("an invoice's page", () => {
  const sent = async () => {
    const terms = { collection_method: 'send_invoice', days_until_due: 1 } as const;
    const invoice = await stripe.invoices.finalizeInvoice(await draftOf(stripe, customer, 2000, terms));
    return { id: invoice.id, url: invoice.hosted_invoice_url! };
  };

  it.each([
    [{ action: 'bank' }, 'paid'],
    [{ action: 'card', card: '4242424242424242' }, 'paid'],
    [{ action: 'card', card: '4000000000000002' }, 'open'],
    [{ action: 'card', card: '4000000000000341' }, 'open'],
    [{ action: 'card', card: '4000002760003184' }, 'open'],
    [{ action: 'complete', card: '4000002760003184' }, 'paid'],
  ])('after %o it is %s', async (form, status) => {
    const { id, url } = await sent();
    expect(await (await fetch(url)).text()).toContain('$20.00');
    await submit(url, form);
    expect((await stripe.invoices.retrieve(id)).status).toBe(status);
    expect(await (await fetch(url)).text()).toContain(`data-status="${status}"`);
  });

  it('of a draft does not exist', async () => {
    expect((await fetch(`${standIn.origin}/i/${await draftOf(stripe, customer, 100)}`)).status).toBe(404);
  });
});

describe('the portal', () => {
  it('changes what it is allowed to change', async () => {
    const update = { enabled: true, allowed_updates: ['email' as const] };
    const configuration = await stripe.billingPortal.configurations.create({ features: { customer_update: update } });
    const visit = { customer, configuration: configuration.id, return_url: 'http://localhost/billing' };
    const { url } = await stripe.billingPortal.sessions.create(visit);
    const before = (await stripe.customers.retrieve(customer)) as Stripe.Customer;
    expect((await submit(url, { email: 'new@zulip.test', name: 'Other' })).status).toBe(303);
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ email: 'new@zulip.test', name: before.name });
  });
});
