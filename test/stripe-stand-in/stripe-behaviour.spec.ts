import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultKind } from '../../src/sandbox/stripe/faults.js';
import type { StripeStandIn } from '../../src/sandbox/stripe/stripe-stand-in.js';
import type { MovableClock } from '../support/movable-clock.js';
import { draftOf, failure, stripeWorld } from './stripe-client.js';

let standIn: StripeStandIn;
let stripe: Stripe;
let clock: MovableClock;
let customer: string;

beforeEach(async () => {
  ({ standIn, stripe, clock } = await stripeWorld());
  customer = (await stripe.customers.create({ email: 'a@zulip.test' })).id;
});
afterEach(() => standIn.stop());

const openInvoice = async (cents: number, more: Stripe.InvoiceCreateParams = {}) =>
  (await stripe.invoices.finalizeInvoice(await draftOf(stripe, customer, cents, more))).id;

describe('paying an invoice', () => {
  it.each([
    ['4242424242424242', undefined],
    ['4000000000000341', { code: 'card_declined', decline_code: 'generic_decline', statusCode: 402 }],
    ['4000008260003178', { code: 'card_declined', decline_code: 'insufficient_funds', statusCode: 402 }],
    ['4000002500003155', undefined],
    ['4000002760003184', { code: 'invoice_payment_intent_requires_action', statusCode: 402 }],
    ['4000000000000069', { code: 'expired_card', statusCode: 402 }],
  ])('with card %s ends as its number says', async (number, refusal) => {
    standIn.giveCard(customer, number);
    const id = await openInvoice(1000);
    if (refusal) {
      expect(await failure(stripe.invoices.pay(id))).toMatchObject({ type: 'StripeCardError', ...refusal });
    } else await stripe.invoices.pay(id);
    expect((await stripe.invoices.retrieve(id)).status).toBe(refusal ? 'open' : 'paid');
    expect(standIn.chargesOf(customer)).toHaveLength(refusal ? 0 : 1);
    expect(standIn.eventsOf('invoice.payment_failed')).toHaveLength(refusal ? 1 : 0);
  });

  it('without a card is refused', async () => {
    const error = await failure(stripe.invoices.pay(await openInvoice(1000)));
    expect(error).toMatchObject({ type: 'StripeInvalidRequestError', code: 'resource_missing', statusCode: 400 });
  });

  it('fails as often as was ordered', async () => {
    standIn.giveCard(customer);
    standIn.declineNextCharges(customer, 'insufficient_funds');
    const id = await openInvoice(1000);
    expect((await failure(stripe.invoices.pay(id))).decline_code).toBe('insufficient_funds');
    expect((await stripe.invoices.pay(id)).status).toBe('paid');
  });
});

describe("a customer's balance", () => {
  it('pays invoices first, goes down by what it paid, and comes back when one is voided', async () => {
    standIn.giveCard(customer);
    await stripe.customers.createBalanceTransaction(customer, { amount: -1500, currency: 'usd' });
    const covered = await stripe.invoices.retrieve(await openInvoice(1000));
    expect(covered).toMatchObject({
      status: 'paid',
      total: 1000,
      amount_due: 0,
      starting_balance: -1500,
      ending_balance: -500,
    });
    const partly = await openInvoice(2000, { collection_method: 'send_invoice', days_until_due: 1 });
    expect(await stripe.invoices.retrieve(partly)).toMatchObject({ amount_due: 1500, ending_balance: 0 });
    await stripe.invoices.voidInvoice(partly);
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: -500 });
  });

  it('grows by a negative invoice, and carries what is too little to charge', async () => {
    expect(await stripe.invoices.retrieve(await openInvoice(-300))).toMatchObject({
      status: 'paid',
      ending_balance: -300,
    });
    expect(await stripe.invoices.retrieve(await openInvoice(349))).toMatchObject({
      status: 'paid',
      ending_balance: 49,
    });
    expect(standIn.chargesOf(customer)).toEqual([]);
  });
});

describe('as time passes', () => {
  it('a draft under automatic collection becomes final after an hour and is charged', async () => {
    standIn.giveCard(customer);
    const id = await draftOf(stripe, customer, 1000, { auto_advance: true });
    clock.advance(3_500);
    expect((await stripe.invoices.retrieve(id)).status).toBe('draft');
    clock.advance(200);
    expect((await stripe.invoices.retrieve(id)).status).toBe('paid');
    expect(standIn.chargesOf(customer)).toMatchObject([{ by: 'automatic', amount: 1000 }]);
  });

  it('a final invoice is charged after an hour, and again after days while it fails', async () => {
    standIn.giveCard(customer, '4000000000000341');
    const id = await openInvoice(1000, { auto_advance: true });
    clock.advance(3_700);
    const tried = await stripe.invoices.retrieve(id);
    expect(tried).toMatchObject({ status: 'open', attempt_count: 1 });
    standIn.giveCard(customer);
    clock.advance(3 * 86_400);
    expect((await stripe.invoices.retrieve(id)).status).toBe('paid');
  });

  it('one without automatic collection stays as it is', async () => {
    standIn.giveCard(customer);
    const draft = await draftOf(stripe, customer, 1000);
    const open = await openInvoice(1000);
    clock.advance(30 * 86_400);
    expect((await stripe.invoices.retrieve(draft)).status).toBe('draft');
    expect((await stripe.invoices.retrieve(open)).status).toBe('open');
  });

  it('an invoice to be paid by its customer has its term, and is announced when it is over', async () => {
    const id = await openInvoice(1000, { collection_method: 'send_invoice', days_until_due: 15, auto_advance: true });
    const { due_date, effective_at } = await stripe.invoices.retrieve(id);
    expect(due_date).toBe((effective_at ?? 0) + 15 * 86_400);
    expect(standIn.eventsOf('invoice.sent')).toHaveLength(1);
    clock.advance(15 * 86_400 + 10);
    standIn.advance();
    standIn.advance();
    expect(standIn.eventsOf('invoice.overdue')).toHaveLength(1);
    standIn.payHostedInvoice(id);
    expect((await stripe.invoices.retrieve(id)).status).toBe('paid');
  });
});

describe('an idempotency key', () => {
  const idempotencyKey = 'plan:1:create';

  it('gives the first answer again, success or refusal', async () => {
    const first = await stripe.invoices.create({ customer }, { idempotencyKey });
    const again = await stripe.invoices.create({ customer }, { idempotencyKey });
    expect(again.id).toBe(first.id);
    expect(standIn.invoicesOf(customer)).toHaveLength(1);
    standIn.giveCard(customer, '4000000000000341');
    const id = await openInvoice(1000);
    const pay = () => failure(stripe.invoices.pay(id, {}, { idempotencyKey: 'pay' }));
    expect((await pay()).code).toBe('card_declined');
    standIn.giveCard(customer);
    expect((await pay()).code).toBe('card_declined');
    expect(standIn.account.charges).toHaveLength(1);
    expect((await stripe.invoices.pay(id, {}, { idempotencyKey: 'pay with the new card' })).status).toBe('paid');
  });

  it('is refused with other parameters, and is not used up by a request that was malformed', async () => {
    const bad = stripe.invoices.create({ customer, days_until_due: 3 }, { idempotencyKey });
    expect((await failure(bad)).param).toBe('days_until_due');
    await stripe.invoices.create({ customer }, { idempotencyKey });
    const other = stripe.invoices.create({ customer, description: 'other' }, { idempotencyKey });
    expect(await failure(other)).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 });
  });

  it('is in use while its first request runs', async () => {
    standIn.faults.add({ kind: 'delay-before', delayMs: 500, endpoint: 'POST /v1/invoices' });
    const first = stripe.invoices.create({ customer }, { idempotencyKey });
    while (standIn.calls.filter(({ endpoint }) => endpoint === 'POST /v1/invoices').length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await failure(stripe.invoices.create({ customer }, { idempotencyKey }))).toMatchObject({ statusCode: 409 });
    await first;
  });

  it('is forgotten after a day', async () => {
    await stripe.invoices.create({ customer }, { idempotencyKey });
    clock.advance(86_401);
    await stripe.invoices.create({ customer }, { idempotencyKey });
    expect(standIn.invoicesOf(customer)).toHaveLength(2);
  });
});

describe('ordered faults', () => {
  it.each<[FaultKind, object, number]>([
    ['drop-after', { type: 'StripeConnectionError' }, 1],
    ['drop-before', { type: 'StripeConnectionError' }, 0],
    ['rate-limit', { type: 'StripeRateLimitError', statusCode: 429 }, 0],
    ['error-before', { type: 'StripeAPIError', statusCode: 500 }, 0],
    ['error-after', { type: 'StripeAPIError', statusCode: 500 }, 1],
  ])('%s', async (kind, expected, done) => {
    // The library itself tries once more where a connection breaks.
    standIn.faults.add({ kind, endpoint: 'POST /v1/invoices', times: 2 });
    const create = () => stripe.invoices.create({ customer }, { idempotencyKey: 'one' });
    expect(await failure(create())).toMatchObject(expected);
    expect(standIn.invoicesOf(customer)).toHaveLength(done);
    standIn.faults.clear();
    // What was done and answered by 500 stays a 500 for its key.
    if (kind === 'error-after') expect(await failure(create())).toMatchObject(expected);
    else await create();
    expect(standIn.invoicesOf(customer)).toHaveLength(1);
  });

  it('spare the calls that are to be skipped', async () => {
    standIn.faults.add({ kind: 'rate-limit', endpoint: 'GET /v1/invoices', skip: 1 });
    await stripe.invoices.list({ customer });
    expect((await failure(stripe.invoices.list({ customer }))).statusCode).toBe(429);
    await stripe.invoices.list({ customer });
  });

  it('let others act before and after a call is executed', async () => {
    const seen: string[] = [];
    standIn.onBefore(({ endpoint }) => void seen.push(`before ${endpoint} ${standIn.invoicesOf(customer).length}`));
    standIn.onAfter(({ endpoint }) => void seen.push(`after ${endpoint} ${standIn.invoicesOf(customer).length}`));
    await stripe.invoices.create({ customer });
    expect(seen).toEqual(['before POST /v1/invoices 0', 'after POST /v1/invoices 1']);
  });
});
