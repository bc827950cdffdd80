import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STRIPE_ENDPOINTS } from '../../src/sandbox/stripe/routes.js';
import type { StripeStandIn } from '../../src/sandbox/stripe/stripe-stand-in.js';
import { draftOf, failure, stripeWorld } from './stripe-client.js';

let standIn: StripeStandIn;
let stripe: Stripe;
let customer: string;

beforeAll(async () => {
  ({ standIn, stripe } = await stripeWorld());
  customer = (await stripe.customers.create({ email: 'a@zulip.test', description: 'A', metadata: { uuid: 'u' } })).id;
});
afterAll(() => standIn.stop());

describe('the library of Stripe against the stand-in', () => {
  it('makes, changes, reads and lists customers', async () => {
    await stripe.customers.update(customer, { name: 'Anna', metadata: { more: '1' } });
    const read = await stripe.customers.retrieve(customer);
    expect(read).toMatchObject({ email: 'a@zulip.test', name: 'Anna', metadata: { uuid: 'u', more: '1' }, balance: 0 });
    expect((await stripe.customers.list({ email: 'a@zulip.test' })).data.map(({ id }) => id)).toEqual([customer]);
    expect((await stripe.customers.list({ email: 'b@zulip.test' })).data).toEqual([]);
  });

  it('credits a customer', async () => {
    const own = (await stripe.customers.create({ email: 'c@zulip.test' })).id;
    const credit = { amount: -1234, currency: 'usd', description: 'unused time' };
    const made = await stripe.customers.createBalanceTransaction(own, credit);
    expect(made).toMatchObject({ amount: -1234, ending_balance: -1234, type: 'adjustment' });
    expect((await stripe.customers.listBalanceTransactions(own)).data).toHaveLength(1);
    expect(await stripe.customers.retrieve(own)).toMatchObject({ balance: -1234 });
  });

  it('saves a card by Checkout, and expands what it names', async () => {
    const session = await stripe.checkout.sessions.create({
      mode: 'setup',
      ...({ payment_method_types: ['card'] } as object),
      customer,
      success_url: 'http://localhost/done?id={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://localhost/back',
      billing_address_collection: 'required',
      customer_update: { address: 'auto', name: 'auto' },
      metadata: { type: 'card_update' },
    });
    expect(session).toMatchObject({ status: 'open', url: `${standIn.origin}/c/pay/${session.id}` });
    standIn.completeCheckout(session.id);
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['setup_intent.payment_method'] });
    expect(done).toMatchObject({
      status: 'complete',
      metadata: { type: 'card_update' },
      setup_intent: { status: 'succeeded', payment_method: { object: 'payment_method', card: { last4: '4242' } } },
    });
    const intentId = (done.setup_intent as Stripe.SetupIntent).id;
    const intent = await stripe.setupIntents.retrieve(intentId);
    const method = await stripe.paymentMethods.retrieve(intent.payment_method as string);
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
    const read = await stripe.customers.retrieve(customer, { expand: ['invoice_settings.default_payment_method'] });
    expect(read).toMatchObject({ invoice_settings: { default_payment_method: { card: { brand: 'visa' } } } });
    expect((await stripe.checkout.sessions.list({ customer })).data).toHaveLength(1);
    expect((await stripe.customers.listPaymentMethods(customer)).data).toHaveLength(1);
    expect((await stripe.paymentMethods.list({ customer, type: 'card' })).data).toHaveLength(1);
    const other = await stripe.checkout.sessions.create({
      mode: 'setup',
      currency: 'usd',
      success_url: 'http://localhost/',
    });
    expect((await stripe.checkout.sessions.expire(other.id)).status).toBe('expired');
  });

  it('attaches and detaches the cards of test mode', async () => {
    const own = (await stripe.customers.create({ email: 'd@zulip.test' })).id;
    const method = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: own });
    expect(method.card).toMatchObject({ brand: 'mastercard', last4: '4444' });
    expect((await stripe.paymentMethods.detach(method.id)).customer).toBeNull();
  });

  it('writes an invoice, charges it, and lists its lines with the newest first', async () => {
    const created = await stripe.invoices.create({
      customer,
      auto_advance: false,
      collection_method: 'charge_automatically',
      statement_descriptor: 'Zulip Basic',
      metadata: { plan_tier: '103' },
    });
    const line = { customer, invoice: created.id, currency: 'usd', discountable: false };
    await stripe.invoiceItems.create({
      ...line,
      description: 'Zulip Basic',
      quantity: 8,
      unit_amount_decimal: Stripe.Decimal.from('350'),
      period: { start: 1_700_000_000, end: 1_702_592_000 },
    });
    await stripe.invoiceItems.create({ ...line, description: 'Discount', amount: -2000 });
    expect(await stripe.invoices.update(created.id, { metadata: { step: '2' } })).toMatchObject({ total: 800 });
    const final = await stripe.invoices.finalizeInvoice(created.id);
    expect(final).toMatchObject({
      status: 'open',
      total: 800,
      amount_due: 800,
      metadata: { plan_tier: '103', step: '2' },
    });
    const lines = await stripe.invoices.listLineItems(created.id);
    expect(lines.data.map(({ description, amount }) => [description, amount])).toEqual([
      ['Discount', -2000],
      ['Zulip Basic', 2800],
    ]);
    expect(String(lines.data[1]?.pricing?.unit_amount_decimal)).toBe('350');
    expect(lines.data[1]?.period).toEqual({ start: 1_700_000_000, end: 1_702_592_000 });
    expect(await stripe.invoices.pay(created.id)).toMatchObject({
      status: 'paid',
      amount_paid: 800,
      amount_remaining: 0,
    });
    expect(standIn.chargesOf(customer).map(({ amount }) => amount)).toEqual([800]);
    expect((await failure(stripe.invoices.pay(created.id))).message).toBe('Invoice is already paid');
    expect((await failure(stripe.invoices.voidInvoice(created.id))).message).toContain('only pass in open invoices');
  });

  it('sends an invoice, voids it, writes one off, deletes a draft', async () => {
    const terms = { collection_method: 'send_invoice', days_until_due: 15, auto_advance: true } as const;
    const sent = await draftOf(stripe, customer, 5000, terms);
    expect((await stripe.invoices.sendInvoice(sent)).status).toBe('open');
    expect((await stripe.invoices.voidInvoice(sent)).status).toBe('void');
    const bad = await draftOf(stripe, customer, 5000, terms);
    await stripe.invoices.finalizeInvoice(bad);
    expect((await stripe.invoices.markUncollectible(bad)).status).toBe('uncollectible');
    const draft = await draftOf(stripe, customer, 5000);
    const items = await stripe.invoiceItems.list({ invoice: draft });
    const item = items.data[0]?.id ?? '';
    expect((await stripe.invoiceItems.retrieve(item)).amount).toBe(5000);
    await stripe.invoiceItems.del(item);
    expect((await stripe.invoices.retrieve(draft)).total).toBe(0);
    expect(await stripe.invoices.del(draft)).toMatchObject({ id: draft, deleted: true });
    expect((await failure(stripe.invoices.retrieve(draft))).code).toBe('resource_missing');
  });

  it('opens the billing portal', async () => {
    const configuration = await stripe.billingPortal.configurations.create({
      business_profile: { headline: 'Plan' },
      features: { invoice_history: { enabled: true } },
    });
    const session = await stripe.billingPortal.sessions.create({
      customer,
      configuration: configuration.id,
      return_url: 'http://localhost/billing',
    });
    expect(session.url).toBe(`${standIn.origin}/p/session/${session.id}`);
    expect((await stripe.billingPortal.configurations.list()).data).toHaveLength(1);
  });

  it('reads events', async () => {
    const paid = await stripe.events.list({ type: 'invoice.paid' });
    expect(paid.data).toHaveLength(1);
    const event = await stripe.events.retrieve(paid.data[0]?.id ?? '');
    expect(event).toMatchObject({ type: 'invoice.paid', data: { object: { object: 'invoice', status: 'paid' } } });
    expect(event.request?.id).toMatch(/^req_/);
  });

  it('pages through lists, newest first', async () => {
    const own = (await stripe.customers.create({ email: 'e@zulip.test' })).id;
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.push((await stripe.invoices.create({ customer: own })).id);
    const first = await stripe.invoices.list({ customer: own, limit: 2 });
    expect(first).toMatchObject({ has_more: true });
    expect(first.data.map(({ id }) => id)).toEqual([made[4], made[3]]);
    const all: string[] = [];
    for await (const invoice of stripe.invoices.list({ customer: own, limit: 2 })) all.push(invoice.id);
    expect(all).toEqual(made.toReversed());
  });

  it('was called at every endpoint that there is', () => {
    const called = new Set(standIn.calls.filter(({ status }) => status === 200).map(({ endpoint }) => endpoint));
    expect([...called].sort()).toEqual([...STRIPE_ENDPOINTS].sort());
  });
});

describe('what Stripe refuses', () => {
  it.each<[string, (stripe: Stripe) => Promise<unknown>, object]>([
    [
      'a parameter that it does not know',
      (api) => api.customers.create({ emial: 'x' } as Stripe.CustomerCreateParams),
      { type: 'StripeInvalidRequestError', code: 'parameter_unknown', param: 'emial', statusCode: 400 },
    ],
    [
      'an invoice without a customer',
      (api) => api.invoices.create({}),
      { type: 'StripeInvalidRequestError', code: 'parameter_missing', param: 'customer', statusCode: 400 },
    ],
    [
      'a customer that does not exist',
      (api) => api.customers.retrieve('cus_none'),
      { type: 'StripeInvalidRequestError', code: 'resource_missing', statusCode: 404 },
    ],
    [
      'a term of payment with automatic collection',
      (api) => api.invoices.create({ customer, days_until_due: 3 }),
      { type: 'StripeInvalidRequestError', param: 'days_until_due', statusCode: 400 },
    ],
    [
      'a statement descriptor of 23 characters',
      (api) => api.invoices.create({ customer, statement_descriptor: 'x'.repeat(23) }),
      { type: 'StripeInvalidRequestError', param: 'statement_descriptor', statusCode: 400 },
    ],
    [
      'a page of more than 100',
      (api) => api.invoices.list({ limit: 101 }),
      { type: 'StripeInvalidRequestError', param: 'limit', statusCode: 400 },
    ],
    [
      'expanding what is no id',
      (api) => api.customers.retrieve(customer, { expand: ['email'] }),
      { type: 'StripeInvalidRequestError', param: 'expand', statusCode: 400 },
    ],
    [
      'another key than it knows',
      (api) => api.customers.list({}, { apiKey: 'nonsense' }),
      { type: 'StripeAuthenticationError', statusCode: 401 },
    ],
    [
      'another version than is pinned',
      (api) => api.customers.list({}, { apiVersion: '2020-08-27' }),
      { type: 'StripeInvalidRequestError', param: 'Stripe-Version', statusCode: 400 },
    ],
  ])('%s', async (_what, call, expected) => {
    expect(await failure(call(stripe))).toMatchObject(expected);
  });
});
