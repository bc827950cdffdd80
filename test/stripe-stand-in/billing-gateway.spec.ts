import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StripeBillingGateway } from '../../src/plans/stripe/stripe-billing-gateway.js';
import type { StripeStandIn } from '../../src/sandbox/stripe/stripe-stand-in.js';
import type { MovableClock } from '../support/movable-clock.js';
import { billingWorld, key, period } from './billing-world.js';

let clock: MovableClock;
let standIn: StripeStandIn;
let gateway: StripeBillingGateway;
let customerId: string;
let openInvoice: (cents?: number, collection?: 'card' | 'invoice') => Promise<string>;

beforeEach(async () => {
  ({ clock, standIn, gateway, customerId, openInvoice } = await billingWorld());
});
afterEach(() => standIn.stop());

describe('customers', () => {
  it('are made once for one key, and read with what they pay by', async () => {
    const details = { description: 'd', email: 'b@zulip.test', metadata: {} };
    const made = await gateway.createCustomer(details, 'customer:7');
    expect((await gateway.createCustomer(details, 'customer:7')).id).toBe(made.id);
    expect(await gateway.customer(made.id)).toMatchObject({ email: 'b@zulip.test', description: 'd', balance: 0 });
    expect(await gateway.customer(made.id)).not.toHaveProperty('defaultPayment');
    const method = standIn.giveCard(made.id);
    expect((await gateway.setDefaultPayment(made.id, method.id, key())).defaultPayment).toEqual({
      id: method.id,
      kind: 'card',
      brand: 'visa',
      last4: '4242',
    });
    standIn.giveBankAccount(made.id);
    expect((await gateway.customer(made.id))?.defaultPayment?.kind).toBe('other');
    const changed = await gateway.updateCustomer(made.id, { email: 'c@zulip.test' }, key());
    expect(changed).toMatchObject({ email: 'c@zulip.test', description: 'd' });
  });

  it('that do not exist are undefined', async () => {
    expect(await gateway.customer('cus_none')).toBeUndefined();
  });

  it('can be credited whole cents only', async () => {
    await gateway.creditCustomer(customerId, 12_345, 'Credit from early termination of active plan', key());
    expect((await gateway.customer(customerId))?.balance).toBe(-12_345);
    await expect(gateway.creditCustomer(customerId, 1.5, 'x', key())).rejects.toThrow(RangeError);
    await expect(gateway.creditCustomer(customerId, 0, 'x', key())).rejects.toThrow(RangeError);
  });
});

describe('saving a card', () => {
  it('leads to a page and answers the card when it is saved', async () => {
    const setup = await gateway.startCardSetup(
      {
        customerId,
        successUrl: 'https://push.zulip.test/status/?session={CHECKOUT_SESSION_ID}',
        cancelUrl: 'https://push.zulip.test/upgrade/',
        updatesCustomer: true,
        metadata: { type: 'card_update' },
      },
      key(),
    );
    expect(setup).toMatchObject({ status: 'open', customerId, url: expect.stringContaining('/c/pay/') });
    const address = { line1: '1 Road', line2: null, city: 'Town', state: null, postal_code: '1', country: 'US' };
    standIn.completeCheckout(setup.id, '4242424242424242', address);
    const done = await gateway.cardSetup(setup.id);
    expect(done).toMatchObject({ status: 'complete', metadata: { type: 'card_update' } });
    expect(done?.paymentMethodId).toMatch(/^pm_/);
    expect(done).not.toHaveProperty('url');
    expect((await gateway.customer(customerId))?.address).toEqual({
      line1: '1 Road',
      city: 'Town',
      postalCode: '1',
      country: 'US',
    });
    expect(await gateway.cardSetup('cs_none')).toBeUndefined();
  });
});

describe('invoices', () => {
  it('have lines by quantity and by amount, in the order in which they were added', async () => {
    const { id } = await gateway.createInvoice(
      { customerId, collection: 'invoice', autoAdvance: true, daysUntilDue: 15, statementDescriptor: 'Zulip Business' },
      key(),
    );
    const line = { customerId, invoiceId: id, period };
    for (let n = 0; n < 12; n++) {
      const price = { quantity: 8, unitPrice: 350 };
      await gateway.addInvoiceLine({ ...line, description: `Line ${n}`, price, metadata: { ledger: `${n}` } }, key());
    }
    await gateway.addInvoiceLine(
      { ...line, description: '$20.00/month new customer discount', price: { amount: -2000 } },
      key(),
    );
    const lines = await gateway.invoiceLines(id);
    expect(lines).toHaveLength(13);
    expect(lines[0]).toMatchObject({
      description: 'Line 0',
      amount: 2800,
      quantity: 8,
      unitPrice: 350,
      period,
      metadata: { ledger: '0' },
    });
    expect(lines[12]).toMatchObject({ amount: -2000 });
    const final = await gateway.finalizeInvoice(id, key());
    expect(final).toMatchObject({
      status: 'open',
      collection: 'invoice',
      total: 31_600,
      amountDue: 31_600,
      hostedUrl: `${standIn.origin}/i/${id}`,
    });
    expect(final.dueAt?.getTime()).toBeGreaterThan(clock.millis() + 14 * 86_400_000);
    expect((await gateway.finalizeInvoice(id, key())).status).toBe('open');
  });

  it('are listed whole, by status and collection', async () => {
    for (let n = 0; n < 3; n++) await openInvoice();
    const sent = await openInvoice(1000, 'invoice');
    expect(await gateway.invoices({ customerId })).toHaveLength(4);
    expect((await gateway.invoices({ customerId, collection: 'invoice' })).map(({ id }) => id)).toEqual([sent]);
    expect(await gateway.invoices({ customerId, status: 'paid' })).toEqual([]);
  });

  it('are voided, and answered as they are where that is too late', async () => {
    standIn.giveCard(customerId);
    const id = await openInvoice();
    expect((await gateway.voidInvoice(id, key())).status).toBe('void');
    expect((await gateway.voidInvoice(id, key())).status).toBe('void');
    const paid = await openInvoice();
    await gateway.payInvoice(paid, key());
    expect((await gateway.voidInvoice(paid, key())).status).toBe('paid');
  });

  it('are deleted while they are drafts', async () => {
    const draft = await gateway.createInvoice(
      { customerId, collection: 'card', autoAdvance: false, statementDescriptor: 'x' },
      key(),
    );
    expect(await gateway.deleteDraft(draft.id)).toBe(true);
    expect(await gateway.deleteDraft(draft.id)).toBe(false);
    expect(await gateway.deleteDraft(await openInvoice())).toBe(false);
  });
});

describe('paying', () => {
  it.each([
    ['4242424242424242', { kind: 'paid' }],
    ['4000000000000341', { kind: 'declined', reason: 'generic_decline', message: 'Your card was declined.' }],
    [
      '4000008260003178',
      { kind: 'declined', reason: 'insufficient_funds', message: 'Your card has insufficient funds.' },
    ],
    ['4000000000000069', { kind: 'declined', reason: 'expired_card', message: 'Your card has expired.' }],
    ['4000002760003184', { kind: 'needs-authentication', message: expect.stringContaining('bank') }],
  ])('by card %s', async (number, expected) => {
    standIn.giveCard(customerId, number);
    const id = await openInvoice();
    expect(await gateway.payInvoice(id, key())).toMatchObject(expected);
    expect((await gateway.invoice(id))?.status).toBe(expected.kind === 'paid' ? 'paid' : 'open');
  });

  it('without a card asks for one', async () => {
    expect(await gateway.payInvoice(await openInvoice(), key())).toMatchObject({ kind: 'no-payment-method' });
  });

  it('what is paid already answers that it is, what is void that it cannot be', async () => {
    standIn.giveCard(customerId);
    const id = await openInvoice();
    await gateway.payInvoice(id, key());
    expect(await gateway.payInvoice(id, key())).toMatchObject({ kind: 'paid', invoice: { id } });
    const gone = await openInvoice();
    await gateway.voidInvoice(gone, key());
    expect(await gateway.payInvoice(gone, key())).toMatchObject({ kind: 'not-payable', invoice: { status: 'void' } });
    expect(standIn.chargesOf(customerId)).toHaveLength(1);
  });

  it('charges once, although the answer is lost', async () => {
    standIn.giveCard(customerId);
    const id = await openInvoice();
    standIn.faults.add({ kind: 'drop-after', endpoint: 'POST /v1/invoices/:id/pay' });
    expect(await gateway.payInvoice(id, 'pay:1')).toMatchObject({ kind: 'paid' });
    expect(standIn.chargesOf(customerId)).toHaveLength(1);
    const keysUsed = standIn.calls.filter(({ endpoint }) => endpoint.endsWith('/pay')).map((one) => one.idempotencyKey);
    expect(keysUsed).toEqual(['pay:1', 'pay:1']);
  });
});

describe('the portal', () => {
  it.each(['invoice-history', 'contact-details'] as const)('is opened for %s', async (purpose) => {
    const returnUrl = 'https://push.zulip.test/billing/';
    const url = await gateway.startPortalVisit({ customerId, purpose, returnUrl, headline: 'Plan' }, key());
    const page = await (await fetch(url)).text();
    expect(page).toContain(purpose === 'invoice-history' ? 'Invoice history' : 'Billing information');
    expect(page).not.toContain(purpose === 'invoice-history' ? 'Billing information' : 'Invoice history');
    expect(page).toContain(returnUrl);
  });
});
