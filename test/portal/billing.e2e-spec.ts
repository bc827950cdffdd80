import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { FixedPrices } from '../../src/plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../src/plans/changes/negotiated-terms.js';
import { BillingWorld } from '../support/billing.js';
import { T0 } from '../support/sample-plan.js';
import { billing, MANUAL, patches, payer, submits, trying } from './billing-page.js';
import { guest, managed, newcomer } from './customers.js';
import { linksSaying, wordsOf } from './page-text.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.stripe.faults.clear();
  world.service.clock.set(T0);
});

const BY_INVOICE = { ...MANUAL, chargeAutomatically: false } as const;

/** The button that acts on the plan. */
const button = (text: string): string | undefined => /id="plan-action"[^>]*>([^<]*)/.exec(text)?.[1];

describe('the billing page', () => {
  it('51: leads a server without a plan to the purchase, and a realm to the plans', async () => {
    const server = await newcomer(world, 11, 'server');
    expect(await server.browser.open(`${server.base}/billing/`)).toMatchObject({
      status: 302,
      location: `${server.base}/upgrade/`,
    });
    const realm = await newcomer(world, 11);
    expect((await realm.browser.open(`${realm.base}/billing/`)).location).toBe(`${realm.base}/plans/`);
  });

  it('lays open what is paid next, and how', async () => {
    const someone = await payer(world, { tier: TIER.business, shown: 25 }, 30, { flat_discounted_months: 12 });
    const { text, words } = await billing(someone);
    expect(words).toContain(`Billing for ${someone.someone.realm.host} Your plan Business Billing frequency`);
    expect(words).toContain('Licenses 30 (managed automatically');
    expect(words).toContain(
      'Renews automatically on February 2, 2012. Expected charge: $220.00 ' +
        '$8.00 × 30 licenses for 1 month = $240.00, less $20.00 for 1 month of the new-customer discount',
    );
    expect(words).toContain('Payment method Visa ending in 4242 Update card');
    expect(words).toContain('Billing contact ann@zulip.test');
    const { base } = someone;
    expect(linksSaying(text, 'View past invoices')).toEqual([`${base}/invoices/`]);
    expect(linksSaying(text, 'View and update name and address')).toEqual([
      `${base}/customer_portal/?return_to_billing_page=true`,
    ]);
    expect(linksSaying(text, 'Business')).toEqual([`${base}/plans/`]);
    expect(linksSaying(text, 'ann@zulip.test')).toEqual(['mailto:ann@zulip.test']);
  });

  it('shows an agreed price without licenses and without another frequency', async () => {
    const someone = await newcomer(world, 11);
    await someone.someone.isCustomer();
    await world.part(NegotiatedTerms).requireTier(someone.someone.holder, TIER.basic);
    await world.part(FixedPrices).agree(someone.someone.holder, 600_000);
    await someone.someone.has({ shown: 11, schedule: SCHEDULE.monthly });
    const { text, words } = await billing(someone);
    expect(words).toContain('Billing frequency Monthly Next payment');
    expect(words).toContain('Expected charge: $500.00 the agreed price for 1 month');
    expect(text).not.toContain('id="licenses"');
    expect(text).not.toContain('id="toggle-management"');
  });

  it('says when the next invoice goes out', async () => {
    const { words, text } = await billing(await payer(world, BY_INVOICE));
    expect(words).toContain('The next invoice goes out on February 2, 2012. Expected charge: $35.00');
    expect(words).toContain('Payment method Invoice');
    expect(text).not.toContain('id="update-card"');
  });

  it('can be used while the provider does not answer', async () => {
    const someone = await payer(world);
    world.stripe.faults.add({ kind: 'rate-limit', endpoint: 'GET /v1/customers/:id', times: 9 });
    const { words } = await billing(someone);
    expect(words).toContain('Payment method not known just now');
    expect(words).toContain('Renews automatically on February 2, 2012');
  });

  it('52: says that no data arrive, instead of what there is to pay', async () => {
    const someone = await payer(world);
    const { id } = someone.someone.server;
    await world.service.rows('UPDATE remote_servers SET last_audit_log_update = $1 WHERE id = $2', [
      '2011-12-30T00:00:00Z',
      id,
    ]);
    const { words, text } = await billing(someone);
    expect(words).toContain('is not uploading usage data');
    expect(text).not.toContain('id="plan-action"');
  });

  it('takes no words from its address', async () => {
    const someone = await payer(world);
    const { text } = await someone.browser.open(`${someone.base}/billing/?success_message=Send+me+money`);
    expect(text).not.toContain('Send me money');
  });
});

describe('the plan', () => {
  it('68: is cancelled once that was confirmed, and taken up again', async () => {
    const someone = await payer(world);
    const { text } = await billing(someone);
    expect(button(text)).toBe('Cancel plan');
    expect(text).toMatch(/<dialog id="question-action" aria-labelledby="question-action-title">/);

    const asked = await submits(someone, { status: 2 });
    expect(asked.status).toBe(200);
    expect(wordsOf(asked.text)).toMatch(
      /^Cancel the plan\? Your plan stays as it is until February 2, 2012.*more than 10/,
    );
    expect(await someone.someone.plan()).toMatchObject({ status: 1 });
    const done = await submits(someone, { status: 2, confirmed: 'true' });
    expect(done).toMatchObject({ status: 303, location: `${someone.base}/billing/` });
    const after = await someone.browser.follow(done);
    expect(wordsOf(after.text)).toContain('Your plan is cancelled. It stays active until the end');
    expect(wordsOf(after.text)).toContain('Your plan becomes Free on February 2, 2012');
    expect(button(after.text)).toBe('Reactivate subscription');
    expect(after.text).not.toContain('id="frequency"');

    expect((await submits(someone, { status: 1 })).status).toBe(303);
    const again = await billing(someone);
    expect(again.words).toContain('Your plan is reactivated and will renew.');
    expect(again.words).toContain('Renews automatically on February 2, 2012');
    expect(button(again.text)).toBe('Cancel plan');
  });

  it('62: keeps what it is where a scheduled upgrade is cancelled', async () => {
    const someone = await guest(world, 11);
    await someone.someone.has({ shown: 11, startsAtPlanEnd: true });
    const { text, words } = await billing(someone);
    expect(words).toContain('You will be upgraded to Basic on February 2, 2012.');
    expect(words).toContain('Your plan Basic (complimentary access), until February 2, 2012');
    expect(words).toContain('Billing frequency Monthly Licenses of the new plan 11 (managed automatically');
    expect(words).toContain('Upgrades to Basic on February 2, 2012. Expected charge: $18.50');
    expect(button(text)).toBe('Cancel upgrade');
    expect(wordsOf((await submits(someone, { status: 1, undoes: 'next-plan' })).text)).toContain('Cancel the upgrade?');
    const done = await submits(someone, { status: 1, undoes: 'next-plan', confirmed: 'true' });
    expect(done).toMatchObject({ status: 303, location: `${someone.base}/upgrade/` });
    expect(wordsOf((await someone.browser.follow(done)).text)).toContain('The scheduled upgrade is cancelled.');
    expect((await someone.someone.plans()).map(({ status }) => status)).toEqual([1, 11]);
  });

  it('is cancelled in a free trial by card, and taken up again', async () => {
    const someone = await trying(world);
    expect((await billing(someone)).words).toContain('Your plan Basic (free trial)');
    expect((await submits(someone, { status: 7, confirmed: 'true' })).status).toBe(303);
    const { text, words } = await billing(someone);
    expect(words).toContain('Nothing will be charged.');
    expect(words).toContain('Your plan becomes Free on February 1, 2012, and nothing is charged.');
    expect(button(text)).toBe('Cancel downgrade');
    expect((await submits(someone, { status: 3 })).status).toBe(303);
    expect((await billing(someone)).words).toContain('Your plan goes on after the free trial.');
  });

  it('is not cancelled in a free trial by invoice, which lapses by itself', async () => {
    const someone = await trying(world, { ...BY_INVOICE, licenses: 11 });
    const { text, words } = await billing(someone);
    expect(words).toContain('Pay the invoice before the free trial ends on February 1, 2012.');
    expect(linksSaying(text, 'the invoice')[0]).toContain(`${world.stripe.origin}/i/`);
    expect(button(text)).toBeUndefined();
    const asked = await submits(someone, { licenses_at_next_renewal: 15 });
    expect(wordsOf(asked.text)).toContain('The invoice that you have is replaced by a new one for that number.');
    const id = (await someone.someone.invoices()).at(-1)?.id ?? '';
    world.stripe.payHostedInvoice(id);
    await world.settled();
    expect((await billing(someone)).words).toContain(
      'Nothing is outstanding. The plan renews on March 1, 2012; the next invoice goes to the billing contact, ann@zulip.test.',
    );
  });

  it('is told to have ended where it did so while the page was open', async () => {
    const someone = await payer(world);
    await submits(someone, { status: 2, confirmed: 'true' });
    world.service.clock.set(new Date('2012-02-02T02:30:00Z'));
    await someone.someone.uploads();
    const later = await managed(someone.someone);
    expect(button((await billing(later)).text)).toBe('Reactivate subscription');
    world.service.clock.advance(3_600);
    expect(await patches(later, { status: 1 })).toMatchObject({
      status: 400,
      body: { msg: 'Unable to update the plan: your plan has ended.', error_description: 'plan-ended' },
    });
    expect((await later.browser.open(`${later.base}/billing/`)).location).toBe(`${later.base}/plans/`);
  });
});
