import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { FixedPrices } from '../../src/plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../src/plans/changes/negotiated-terms.js';
import { BillingWorld } from '../support/billing.js';
import { guest, newcomer } from './customers.js';
import { fieldsOf, linksSaying, wordsOf } from './page-text.js';
import { buys, form, NO_DISCOUNT, submits, TODAY } from './purchase-form.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
});
afterAll(() => world.stop());
beforeEach(() => world.stripe.faults.clear());

describe('the purchase form', () => {
  it('54: begins Basic with a free trial, once a card is on file', async () => {
    const someone = await newcomer(world, 11, 'server');
    const { words, text, buy, fields } = await form(someone, 'tier=103');
    expect(words).toContain('Start free trial of Basic');
    expect(words).toContain('If you cancel before February 1, 2012, nothing is charged.');
    expect(words).toContain('Due on February 1, 2012: $18.50');
    expect(buy).toMatch(/disabled aria-describedby="no-card".*>Start 30-day free trial$/);
    expect(text).toMatch(/id="no-card">No card is on file\. Add a card first/);
    expect(fields).toMatchObject({ schedule: 'monthly', billing_modality: 'charge_automatically', tier: '103' });
    expect(fields).toMatchObject({ seat_count: '11', license_management: 'automatic', licenses: '11' });

    const away = await someone.browser.submit(`${someone.base}/upgrade/card/`, fields);
    expect(away.status).toBe(303);
    world.stripe.completeCheckout(away.location?.split('/').at(-1) ?? '');
    await world.settled();
    const after = await form(someone, 'tier=103');
    expect(after.buy).not.toContain('disabled');
    expect(after.words).toContain('Visa ending in 4242');

    const bought = await someone.browser.submit(`${someone.base}/upgrade/`, after.fields);
    expect(bought).toMatchObject({ status: 303, location: `${someone.base}/billing/` });
    expect(wordsOf((await someone.browser.follow(bought)).text)).toContain(
      'Your free trial of Basic has started. It ends on February 1, 2012.',
    );
  });

  it('55: offers no trial to who had a plan before', async () => {
    const someone = await guest(world, 11);
    expect((await form(someone, 'tier=103')).text).not.toMatch(/free trial/i);
  });

  it('56: counts so many licenses that a new customer has something to pay', async () => {
    const { words, fields } = await form(await newcomer(world, 3), 'tier=103&setup_payment_by_invoice=true');
    expect(fields).toMatchObject({ seat_count: '6', licenses: '6' });
    expect(words).toContain('You have 3 users. While the new-customer discount lasts, the smallest purchase is 6');
    expect(words).toMatch(/\$21\.00 \(\$3\.50 × 6 licenses × 1 month\) −\$20\/month off \(12 months remaining\)/);
    expect(words).toMatch(/Due by February 1, 2012: \$1\.00/);
  });

  it('57: counts 25 licenses of Business at least', async () => {
    const { words } = await form(await guest(world, 10, NO_DISCOUNT), 'tier=104');
    expect(words).toContain('You have 10 users. The smallest purchase of Business is 25 licenses.');
    expect(words).toMatch(/\$2,000\.00 \(\$80\.00 × 25 licenses × 12 months\).*Due February 2, 2012:.*\$2,000\.00/);
  });

  it('shows the fixed price that was agreed, mostly paid for a year, and no other ways', async () => {
    const someone = await newcomer(world, 11);
    await world.part(NegotiatedTerms).requireTier(someone.someone.holder, TIER.basic);
    await world.part(FixedPrices).agree(someone.someone.holder, 500_000);
    const { words, fields } = await form(someone, 'tier=103');
    expect(fields['schedule']).toBe('annual');
    expect(words).toContain('Pay monthly Pay annually');
    expect(words).toContain('$5,000.00 for 12 months, as agreed with you');
    expect(words).not.toContain('Pay by invoice');
  });

  it('leads to the other ways to pay and to count, and back', async () => {
    const someone = await guest(world, 30);
    const automatic = await form(someone, 'tier=104');
    const upgrade = `${someone.base}/upgrade/?tier=104`;
    expect(linksSaying(automatic.text, 'Pay by invoice')).toEqual([`${upgrade}&setup_payment_by_invoice=true`]);
    expect(linksSaying(automatic.text, 'Choose the number yourself')).toEqual([
      `${upgrade}&manual_license_management=true`,
    ]);
    const manual = await form(someone, 'tier=104&manual_license_management=true');
    expect(linksSaying(manual.text, 'Let it follow the number of users')).toEqual([upgrade]);
    const invoice = await form(someone, 'tier=104&setup_payment_by_invoice=true');
    expect(linksSaying(invoice.text, 'Pay by card')).toEqual([upgrade]);
  });

  it('keeps what was chosen while somebody enters a card', async () => {
    const someone = await guest(world, 30, NO_DISCOUNT, null);
    const query = 'tier=104&manual_license_management=true';
    const { fields } = await form(someone, query);
    const chosen = { ...fields, ...TODAY, schedule: 'annual', licenses: '40' };
    expect((await someone.browser.submit(`${someone.base}/upgrade/card/`, chosen)).status).toBe(303);
    const after = await form(someone, query);
    expect(after.fields).toMatchObject({ ...TODAY, schedule: 'annual', licenses: '40' });
    expect(after.words).toContain('$3,200.00 ($80.00 × 40 licenses × 12 months)');
  });

  it('takes no words from its address, and no tier that cannot be bought', async () => {
    const someone = await newcomer(world, 11);
    expect((await form(someone, 'tier=103&success_message=Send+me+money')).text).not.toContain('Send me money');
    for (const tier of ['x', '', '1', '100', '102', '105', '99999999999']) {
      const answer = await someone.browser.open(`${someone.base}/upgrade/?tier=${tier}`);
      expect(answer.status).toBe(400);
      expect(wordsOf(answer.text)).toContain('That did not work');
    }
  });

  it('says that the provider does not answer, and can be used', async () => {
    const someone = await guest(world, 11);
    world.stripe.faults.add({ kind: 'rate-limit', endpoint: 'GET /v1/customers/:id', times: 9 });
    const { words, buy } = await form(someone, 'tier=103');
    expect(words).toContain('The payment provider does not answer just now');
    expect(buy).not.toContain('disabled');
  });
});

describe('a purchase by card', () => {
  it('59: is refused where the number of users was tampered with', async () => {
    const someone = await guest(world, 11);
    const tampered = { signed_seat_count: '1:aaaa' };
    expect(await buys(someone, 'tier=103', tampered)).toMatchObject({
      status: 400,
      body: { result: 'error', error_description: 'tampered seat count' },
    });
    const page = await submits(someone, 'tier=103', tampered);
    expect(page.status).toBe(400);
    expect(page.text).toMatch(/role="alert" id="problem"><p>Something went wrong/);
    expect(await someone.someone.invoices()).toEqual([]);
  });

  it('60: is refused for fewer licenses than users, beside the field', async () => {
    const someone = await guest(world, 8);
    const query = 'tier=103&manual_license_management=true';
    const few = { ...TODAY, licenses: '5' };
    const msg = 'You must purchase licenses for all active users in your organization (minimum 8).';
    expect(await buys(someone, query, few)).toMatchObject({ status: 400, body: { result: 'error', msg } });
    const page = await submits(someone, query, few);
    expect(page.status).toBe(400);
    expect(wordsOf(page.text)).toContain(msg);
    expect(page.text).toMatch(/name="licenses"[^>]*value="5"[^>]*aria-invalid="true"/);
    expect(fieldsOf(page.text)).toMatchObject({ ...TODAY, license_management: 'manual' });
  });

  it('61: is for the users there are when it is sent', async () => {
    const someone = await guest(world, 11);
    const { fields } = await form(someone, 'tier=103');
    world.service.clock.advance(60);
    await someone.someone.hasUsers(13);
    const answer = await someone.browser.json('POST', `/json${someone.base}/billing/upgrade`, { ...fields, ...TODAY });
    expect(answer).toMatchObject({ status: 200, body: { result: 'success', msg: '' } });
    expect(answer.body['stripe_invoice_id']).toMatch(/^in_/);
    expect(await someone.someone.lines()).toEqual(['13 × 350', '-2000']);
  });

  it('62: can begin when complimentary access ends', async () => {
    const someone = await guest(world, 11);
    const { words, text } = await form(someone, 'tier=103');
    expect(words).toMatch(/Due today: \$0\.00 Due February 2, 2012:/);
    expect(text).toMatch(/id="buy"[^>]*>Schedule upgrade to Basic</);
    const bought = await submits(someone, 'tier=103');
    expect(bought).toMatchObject({ status: 303, location: `${someone.base}/billing/` });
    expect(wordsOf((await someone.browser.follow(bought)).text)).toContain(
      'Your upgrade to Basic is scheduled for February 2, 2012.',
    );
    const another = await guest(world, 11);
    expect(await buys(another, 'tier=104')).toMatchObject({
      status: 200,
      body: { result: 'success', msg: '', organization_upgrade_successful: true },
    });
  });

  it('63: is refused to who has the plan', async () => {
    const someone = await guest(world, 11);
    const { fields } = await form(someone, 'tier=103');
    await someone.someone.has();
    const answer = await someone.browser.json('POST', `/json${someone.base}/billing/upgrade`, { ...fields, ...TODAY });
    expect(answer).toMatchObject({ status: 400, body: { msg: 'You cannot upgrade from Basic to Basic.' } });
  });

  it('is refused in the words of the provider, with advice', async () => {
    const someone = await guest(world, 11, {}, '4000000000000341');
    expect(await buys(someone, 'tier=103', TODAY)).toMatchObject({
      status: 400,
      body: { msg: 'Your card was declined.', error_description: 'card error' },
    });
    const page = await submits(someone, 'tier=103', TODAY);
    expect(page.status).toBe(400);
    expect(wordsOf(page.text)).toContain('Your card was declined. Please correct your card, or use another one.');
    expect(page.text).toContain('id="update-card"');
    expect((await someone.someone.invoices()).map(({ status }) => status)).toEqual(['void', 'void']);
  });

  it('needs a card, and a provider that answers', async () => {
    const someone = await newcomer(world, 11);
    const cardless = await buys(someone, 'tier=103');
    expect(cardless).toMatchObject({ status: 400, body: { error_description: 'card-missing' } });
    expect(cardless.body['msg']).toContain('before starting your free trial');
    const { fields } = await form(someone, 'tier=103');
    world.stripe.faults.add({ kind: 'rate-limit', endpoint: 'POST /v1/customers', times: 9 });
    const page = await someone.browser.submit(`${someone.base}/upgrade/card/`, fields);
    expect(page.status).toBe(400);
    expect(page.text).toContain('id="problem"');
  });

  it.each([
    ['billing_modality', 'cash'],
    ['schedule', 'weekly'],
    ['tier', '999'],
    ['tier', 'x'],
    ['licenses', 'x'],
    ['license_management', 'guess'],
  ])('is refused where %s is %s', async (name, value) => {
    const someone = await guest(world, 11);
    expect(await buys(someone, 'tier=103', { [name]: value })).toMatchObject({
      status: 400,
      body: { result: 'error' },
    });
    expect((await submits(someone, 'tier=103', { [name]: value })).status).toBe(400);
    expect(await someone.someone.invoices()).toEqual([]);
  });
});
