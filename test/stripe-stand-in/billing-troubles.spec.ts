import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/config/settings.js';
import { BillingProblem, WebhookRefused } from '../../src/plans/stripe/billing-problem.js';
import { StripeBillingGateway } from '../../src/plans/stripe/stripe-billing-gateway.js';
import type { FaultKind } from '../../src/sandbox/stripe/faults.js';
import type { StripeStandIn } from '../../src/sandbox/stripe/stripe-stand-in.js';
import { signatureHeader } from '../../src/sandbox/stripe/webhook-sender.js';
import type { MovableClock } from '../support/movable-clock.js';
import { billingWorld, key, WEBHOOK_SECRET } from './billing-world.js';
import { receiveWebhooks } from './webhook-receiver.js';

let clock: MovableClock;
let standIn: StripeStandIn;
let gateway: StripeBillingGateway;
let customerId: string;
let openInvoice: (cents?: number, collection?: 'card' | 'invoice') => Promise<string>;

beforeEach(async () => {
  ({ clock, standIn, gateway, customerId, openInvoice } = await billingWorld());
});
afterEach(() => standIn.stop());

const problem = async (call: Promise<unknown>): Promise<BillingProblem> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(BillingProblem);
  return error as BillingProblem;
};

describe('what goes wrong', () => {
  it.each<[FaultKind, number]>([
    ['rate-limit', 1],
    ['drop-before', 10],
    ['drop-after', 10],
    ['error-before', 10],
    ['error-after', 10],
  ])('%s is temporary, and the same key makes it good', async (kind, times) => {
    const request = { customerId, collection: 'card', autoAdvance: false, statementDescriptor: 'x' } as const;
    standIn.faults.add({ kind, times, endpoint: 'POST /v1/invoices' });
    const failed = await problem(gateway.createInvoice(request, 'invoice:1'));
    expect(failed).toMatchObject({ kind: 'temporary', userMessage: expect.stringContaining('try again') });
    standIn.faults.clear();
    if (kind !== 'error-after') await gateway.createInvoice(request, 'invoice:1');
    expect(await gateway.invoices({ customerId })).toHaveLength(1);
  });

  it('a key of ours that is not taken is a matter of configuration', async () => {
    const env = { STRIPE_SECRET_KEY: 'sk_test_other', STRIPE_API_ORIGIN: standIn.origin };
    const other = new StripeBillingGateway(parseSettings(env), clock);
    expect(await problem(other.customer(customerId))).toMatchObject({ kind: 'not-configured' });
  });

  it('nothing is asked of Stripe without a key', async () => {
    const unset = new StripeBillingGateway(parseSettings({}), clock);
    expect([unset.configured, gateway.configured]).toEqual([false, true]);
    expect((await problem(unset.customer(customerId))).kind).toBe('not-configured');
  });

  it('a refusal says nothing about the customer', async () => {
    const invoice = {
      customerId,
      collection: 'card',
      autoAdvance: false,
      statementDescriptor: 'ann@zulip.test <too long>',
    } as const;
    const failed = await problem(gateway.createInvoice(invoice, key()));
    expect(failed).toMatchObject({ kind: 'refused', detail: { status: 400, param: 'statement_descriptor' } });
    expect(failed.message + failed.userMessage).not.toContain('ann@');
  });

  it('the same key with another request is refused', async () => {
    await gateway.creditCustomer(customerId, 1, 'x', 'credit:1');
    expect((await problem(gateway.creditCustomer(customerId, 2, 'x', 'credit:1'))).kind).toBe('refused');
  });
});

describe('webhooks', () => {
  const event = {
    id: 'evt_1',
    object: 'event',
    api_version: '2025-11-17.clover',
    type: 'invoice.paid',
    created: 1_760_000_000,
  };
  const body = (changes: object = {}) =>
    Buffer.from(JSON.stringify({ ...event, data: { object: { id: 'in_1', customer: 'cus_1' } }, ...changes }));
  const sign = (raw: Buffer, secret = WEBHOOK_SECRET, age = 0) =>
    signatureHeader(raw.toString(), secret, clock.seconds() - age);

  it('are read as what they name', async () => {
    const raw = body();
    const expected = {
      id: 'evt_1',
      type: 'invoice.paid',
      objectId: 'in_1',
      customerId: 'cus_1',
      createdAt: new Date(1_760_000_000_000),
    };
    expect(gateway.verifyWebhook(raw, sign(raw))).toEqual(expected);
    clock.set('2030-01-01T00:00:00Z');
    expect(gateway.verifyWebhook(raw, sign(raw, WEBHOOK_SECRET, 299)).id).toBe('evt_1');
  });

  it.each<[string, () => readonly [Buffer, string | undefined], string]>([
    ['without a signature', () => [body(), undefined], 'unsigned'],
    ['signed with another secret', () => [body(), sign(body(), 'whsec_other')], 'wrong-signature'],
    ['changed on the way', () => [body({ id: 'evt_2' }), sign(body())], 'wrong-signature'],
    ['with a signature that is none', () => [body(), 'nonsense'], 'wrong-signature'],
    ['older than five minutes', () => [body(), sign(body(), WEBHOOK_SECRET, 310)], 'too-old'],
    [
      'of another version',
      () => [body({ api_version: '2024-06-20' }), sign(body({ api_version: '2024-06-20' }))],
      'wrong-version',
    ],
    ['that are no events', () => [body({ type: 5 }), sign(body({ type: 5 }))], 'malformed'],
    ['that are no JSON', () => [Buffer.from('{'), sign(Buffer.from('{'))], 'malformed'],
    ['that are empty', () => [Buffer.alloc(0), sign(Buffer.alloc(0))], 'malformed'],
  ])('%s are refused', (_what, make, reason) => {
    const [raw, signature] = make();
    expect(() => gateway.verifyWebhook(raw, signature)).toThrow(
      expect.objectContaining({ name: 'WebhookRefused', reason }),
    );
  });

  it('are refused where no secret is set', () => {
    const unset = new StripeBillingGateway(parseSettings({ STRIPE_SECRET_KEY: 'sk_test_x' }), clock);
    expect(() => unset.verifyWebhook(body(), sign(body()))).toThrow(WebhookRefused);
  });

  it('of the stand-in are believed, and what they would have told can be asked for', async () => {
    const receiver = await receiveWebhooks();
    standIn.webhooks.sendTo({ url: receiver.url, secret: WEBHOOK_SECRET, types: ['invoice.paid'] });
    standIn.giveCard(customerId);
    const since = clock.now();
    const id = await openInvoice();
    await gateway.payInvoice(id, key());
    await standIn.webhooks.idle();
    receiver.stop();
    const [hook] = receiver.arrived;
    const told = gateway.verifyWebhook(hook!.body, hook!.signature);
    expect(told).toMatchObject({ type: 'invoice.paid', objectId: id, customerId });
    expect(await gateway.events(['invoice.paid', 'invoice.voided'], since)).toEqual([told]);
  });
});
