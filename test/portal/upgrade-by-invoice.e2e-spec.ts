import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { BillingWorld } from '../support/billing.js';
import { guest, newcomer } from './customers.js';
import { fieldsOf, linksSaying, wordsOf } from './page-text.js';
import { buys, form, NO_DISCOUNT, submits, TODAY } from './purchase-form.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
});
afterAll(() => world.stop());

describe('a purchase by invoice', () => {
  const BY_INVOICE = 'tier=104&setup_payment_by_invoice=true';

  it('58: asks where the invoice goes before it sends one', async () => {
    const someone = await guest(world, 30, NO_DISCOUNT);
    const { text, fields, buy } = await form(someone, BY_INVOICE);
    expect(fields).toMatchObject({ billing_modality: 'send_invoice', license_management: 'manual', licenses: '30' });
    expect(buy).toContain('data-now="Send invoice"');
    expect(text).toMatch(/<dialog id="confirm-invoice" aria-labelledby="confirm-invoice-title">/);
    const chosen = { ...TODAY, licenses: '40', schedule: 'annual' };
    const asked = await submits(someone, BY_INVOICE, chosen);
    expect(asked.status).toBe(200);
    expect(wordsOf(asked.text)).toMatch(
      /^Send the invoice\?.*Sent to ann@zulip\.test Licenses 40 Amount \$3,200\.00, for 12/,
    );
    expect(await someone.someone.invoices()).toEqual([]);
    const again = await form(someone, linksSaying(asked.text, 'Back')[0]?.split('?')[1] ?? '');
    expect(again.fields).toMatchObject(chosen);
    const sent = await someone.browser.submit(`${someone.base}/upgrade/`, fieldsOf(asked.text));
    expect(sent).toMatchObject({ status: 303, location: `${someone.base}/upgrade/?${BY_INVOICE}` });
    expect(await someone.someone.lines()).toEqual(['40 × 8000']);
    expect(wordsOf((await someone.browser.follow(sent)).text)).toContain('The invoice was sent.');
  });

  it('64: is shown alone until it is paid', async () => {
    const someone = await guest(world, 30, NO_DISCOUNT);
    const answer = await buys(someone, BY_INVOICE, { ...TODAY, licenses: '30' });
    expect(answer).toMatchObject({ status: 200, body: { result: 'success' } });
    for (const query of ['tier=103', BY_INVOICE]) {
      const { text, words } = await form(someone, query);
      expect(words).toMatch(/^An invoice is waiting for payment.*Amount \$240\.00 Sent to ann@zulip\.test/);
      expect(text).not.toContain('upgrade-form');
      expect(linksSaying(text, 'See and pay the invoice')[0]).toContain(`${world.stripe.origin}/i/`);
      expect(linksSaying(text, 'reload this page')).toEqual([`${someone.base}/upgrade/?tier=104`]);
    }
    world.stripe.payHostedInvoice(String(answer.body['stripe_invoice_id']));
    await world.settled();
    expect((await someone.browser.open(`${someone.base}/upgrade/`)).location).toBe(`${someone.base}/billing/`);
  });

  it('is not asked for fewer licenses than can be bought', async () => {
    const someone = await guest(world, 30);
    for (const licenses of ['29', '', 'x', '-40', '4e9']) {
      const page = await submits(someone, BY_INVOICE, { ...TODAY, licenses });
      expect(page.status).toBe(400);
      expect(page.text).toContain('id="problem"');
    }
    expect(await someone.someone.invoices()).toEqual([]);
  });

  it('begins a trial at once, and says by when the invoice is to be paid', async () => {
    const someone = await newcomer(world, 11);
    const query = 'tier=103&setup_payment_by_invoice=true';
    const { words } = await form(someone, query);
    expect(words).toMatch(/The invoice goes out now, to owner-\w+@zulip\.test\..*pay by February 1, 2012/);
    const sent = await submits(someone, query, { confirmed: 'true' });
    expect(sent).toMatchObject({ status: 303, location: `${someone.base}/billing/` });
    expect(wordsOf((await someone.browser.follow(sent)).text)).toContain(
      'pay the invoice before that to keep the plan.',
    );
    expect((await someone.someone.invoices()).map(({ status }) => status)).toEqual(['open']);
  });

  it('can be scheduled for the end of complimentary access, without an invoice now', async () => {
    const someone = await guest(world, 30);
    const { buy } = await form(someone, BY_INVOICE);
    expect(buy).toMatch(/>Schedule upgrade to Business$/);
    expect(await submits(someone, BY_INVOICE)).toMatchObject({ status: 303, location: `${someone.base}/billing/` });
    expect(await someone.someone.invoices()).toEqual([]);
  });

  it('of an expired trial can be paid later', async () => {
    const someone = await newcomer(world, 11);
    const schedule = SCHEDULE.monthly;
    await someone.someone.buys({ chargeAutomatically: false, management: 'manual', licenses: 11, schedule });
    await world.service.rows('UPDATE plans SET status = 11, next_invoice_date = NULL WHERE customer_id = $1', [
      (await someone.someone.customer()).id,
    ]);
    expect((await form(someone, 'tier=104')).words).toMatch(
      /^Your free trial has ended.*trial of Basic has ended without a payment.*See and pay the invoice/,
    );
  });
});
