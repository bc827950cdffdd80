import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { FixedPrices } from '../../src/plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../src/plans/changes/negotiated-terms.js';
import type { UpgradeView } from '../../src/plans/overview/upgrade-offer.js';
import { UpgradePages } from '../../src/plans/overview/upgrade-pages.js';
import { CardSetups } from '../../src/plans/purchase/card-setups.js';
import { EventStatuses } from '../../src/plans/purchase/event-statuses.js';
import { UserCountSignature } from '../../src/plans/purchase/user-count-signature.js';
import { Sponsorships } from '../../src/plans/sponsorship/sponsorships.js';
import { BillingWorld, type Organization, withPlan } from '../support/billing.js';
import { M1, T0 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.stripe.faults.clear();
  world.service.clock.set(T0);
});

const { annual } = SCHEDULE;
const TRIAL_END = new Date('2012-02-01T03:04:05Z');
const open = (someone: Organization, view: Partial<UpgradeView> = {}) =>
  world.part(UpgradePages).open(someone.holder, { tier: TIER.basic, manual: false, byInvoice: false, ...view });
const offerTo = async (someone: Organization, view: Partial<UpgradeView> = {}) => {
  const page = await open(someone, view);
  if (page?.kind !== 'offer') throw new Error(`no offer but ${page?.kind}`);
  return page.offer;
};
const refusedAs = (why: string) => ({ extra: { error_description: why } });
/** Somebody who had a plan before, so that no trial is on offer. */
const veteran = async (users: number, terms = {}, card: string | null = '4242424242424242') => {
  const someone = await world.organization(users);
  await someone.isCustomer(terms, card);
  await world.part(ComplimentaryAccess).grant(someone.holder, M1);
  return someone;
};

describe('the purchase form', () => {
  it('56: of a new customer demands so many licenses that something is left to pay', async () => {
    const someone = await world.organization(3);
    expect(await offerTo(someone)).toMatchObject({
      ...{ tier: 103, tierName: 'Basic', users: 3, seatCount: 6, fewest: 6, minimumReason: 'discount' },
      ...{ management: 'automatic', byInvoice: false, fixedPrice: null, complimentaryEndsAt: null },
      prices: {
        monthly: { unitPrice: 350, amount: 2100, discountMonths: 1, discount: 2000, due: 100 },
        annual: { unitPrice: 4200, amount: 25_200, discountMonths: 12, discount: 24_000, due: 1200 },
      },
      flatDiscount: { perMonth: 2000, monthsLeft: 12 },
      trial: { days: 30, endsAt: TRIAL_END },
      payment: { method: { kind: 'none' }, email: null, isKnown: true },
    });
  });

  it('57: of Business is for 25 at least', async () => {
    const someone = await veteran(10, { flat_discounted_months: 0 });
    const offer = await offerTo(someone, { tier: TIER.business });
    expect(offer).toMatchObject({
      ...{ users: 10, seatCount: 25, minimumReason: 'tier', flatDiscount: null, trial: null, complimentaryEndsAt: M1 },
      prices: { annual: { amount: 200_000, due: 200_000, discount: 0 } },
      payment: { method: { kind: 'card', brand: 'Visa', last4: '4242' }, email: 'ann@zulip.test' },
    });
    const { signedSeatCount: signedUsers, salt } = offer;
    expect(world.part(UserCountSignature).verify({ signedUsers, salt })).toBe(25);
  });

  it('has the negotiated prices and minimum, and says what they take off', async () => {
    const terms = { required_plan_tier: 104, monthly_discounted_price: 400, annual_discounted_price: 1200 };
    const someone = await veteran(6, { ...terms, minimum_licenses: 12, flat_discounted_months: 0 });
    expect(await offerTo(someone, { tier: TIER.business })).toMatchObject({
      ...{ seatCount: 12, fewest: 12, minimumReason: 'customer' },
      prices: { monthly: { percentOff: '50', due: 4800 }, annual: { percentOff: '85', due: 14_400 } },
    });
    expect(await offerTo(someone, { tier: TIER.basic })).toMatchObject({ prices: { monthly: { percentOff: null } } });
  });

  it('lets who is exempt choose any number', async () => {
    const someone = await veteran(6, { exempt_from_license_number_check: true });
    expect(await offerTo(someone, { manual: true })).toMatchObject({
      ...{ management: 'manual', fewest: 1, minimumReason: 'exempt', seatCount: 6 },
    });
  });

  it('58: by invoice is for a number that is chosen', async () => {
    expect(await offerTo(await veteran(30), { byInvoice: true })).toMatchObject({
      ...{ byInvoice: true, management: 'manual', fewest: 30, minimumReason: 'users' },
    });
  });

  it('90: has the fixed price that was agreed, of that tier only, and no trial', async () => {
    const someone = await world.organization(11);
    await world.part(NegotiatedTerms).requireTier(someone.holder, TIER.basic);
    await world.part(FixedPrices).agree(someone.holder, 500_000);
    expect(await offerTo(someone, { manual: true })).toMatchObject({
      ...{ fixedPrice: 500_000, management: 'automatic', trial: null, flatDiscount: null },
      prices: { monthly: { unitPrice: null, amount: 41_667, due: 41_667 }, annual: { due: 500_000 } },
    });
    expect(await offerTo(someone, { tier: TIER.business })).toMatchObject({ fixedPrice: null });
  });

  it('is shown without what Stripe does not tell', async () => {
    const someone = await veteran(11);
    world.stripe.faults.add({ kind: 'rate-limit', endpoint: 'GET /v1/customers/:id', times: 9 });
    expect((await offerTo(someone)).payment).toMatchObject({ method: { kind: 'unknown' }, isKnown: false });
  });

  it('is not for unknown tiers, nor for who has a plan', async () => {
    const someone = await world.organization(11);
    for (const tier of [1, 100, 102, 105, 999]) expect(await open(someone, { tier })).toEqual({ kind: 'unknown-tier' });
    await world.part(Sponsorships).setPending(someone.holder, true);
    expect(await open(someone, { tier: 105 })).toMatchObject({ kind: 'elsewhere', target: { goTo: 'sponsorship' } });
    const pays = await withPlan(world, 11);
    expect(await open(pays)).toMatchObject({ kind: 'elsewhere', target: { goTo: 'billing' } });
  });
});

describe('an invoice that is to be paid', () => {
  it('64: takes the place of the form until it is paid', async () => {
    const someone = await veteran(30, { flat_discounted_months: 12 });
    const bought = { chargeAutomatically: false, management: 'manual', licenses: 40, schedule: annual } as const;
    await someone.buys(bought);
    const page = await open(someone);
    expect(page).toMatchObject({
      kind: 'outstanding',
      invoice: {
        kind: 'ordinary',
        tier: 103,
        tierName: 'Basic',
        amount: 144_000,
        email: 'ann@zulip.test',
        isPaid: false,
      },
    });
    expect(page?.kind === 'outstanding' && page.invoice.url).toMatch(/^http/);
    world.stripe.faults.add({ kind: 'rate-limit', endpoint: 'GET /v1/invoices/:id', times: 9 });
    expect(await open(someone)).toMatchObject({ invoice: { amount: 144_000, url: null } });
    world.stripe.faults.clear();
    world.stripe.payHostedInvoice((await someone.invoices())[0]?.id ?? '');
    await world.settled();
    expect(await open(someone)).toMatchObject({ kind: 'elsewhere', target: { goTo: 'billing' } });
  });

  it('is that of a trial that ended unpaid', async () => {
    const someone = await world.organization(18);
    await someone.isCustomer({}, null);
    await someone.has({ chargeAutomatically: false, management: 'manual', licenses: 20 });
    expect(await open(someone)).toMatchObject({ kind: 'elsewhere' });
    world.service.clock.set(TRIAL_END);
    await someone.uploads();
    expect(await open(someone)).toMatchObject({
      kind: 'outstanding',
      invoice: { kind: 'trial-expired', amount: 5000 },
    });
  });

  it('may be made by hand for an offer, of its tier only', async () => {
    const someone = await veteran(11, { required_plan_tier: 103 });
    const id = await handMadeInvoice(someone, 120_000);
    await world.part(FixedPrices).agree(someone.holder, 120_000, id);
    expect(await open(someone)).toMatchObject({
      kind: 'outstanding',
      invoice: { kind: 'fixed-price', amount: 120_000 },
    });
    expect(await open(someone, { tier: TIER.business })).toMatchObject({ kind: 'offer' });
  });

  it('is not the charge of a card', async () => {
    const someone = await veteran(11);
    world.stripe.declineNextCharges((await someone.customer()).stripe_customer_id, 'generic_decline');
    await someone.buys().catch(() => undefined);
    expect(await open(someone)).toMatchObject({ kind: 'offer' });
  });
});

describe('the status of an event', () => {
  const statuses = () => world.part(EventStatuses);
  const visit = async (someone: Organization) =>
    world.part(CardSetups).start(someone.holder, {
      from: { page: 'upgrade', tier: TIER.basic, manual: true, email: 'ann@zulip.test' },
      successUrl: 'http://localhost/done?id={CHECKOUT_SESSION_ID}',
      cancelUrl: 'http://localhost/',
    });

  it('of a card is created, then completed by its event', async () => {
    const someone = await veteran(11);
    const { id } = await visit(someone);
    const session = {
      type: 'card_update_from_upgrade_page',
      is_manual_license_management_upgrade_session: true,
      tier: 103,
    };
    expect(await statuses().of(someone.holder, { stripe_session_id: id })).toEqual({
      session: { ...session, status: 'created' },
    });
    world.stripe.completeCheckout(id);
    await world.settled();
    expect(await statuses().ofSession(someone.holder, id)).toEqual({
      session: { ...session, status: 'completed', event_handler: { status: 'succeeded' } },
    });
  });

  it('WH-7: of a card by which an open invoice could not be paid has failed', async () => {
    const someone = await veteran(11);
    await someone.has();
    const stripeId = (await someone.customer()).stripe_customer_id;
    const started = world.part(CardSetups).start(someone.holder, {
      from: { page: 'billing' },
      successUrl: 'http://localhost/',
      cancelUrl: 'http://localhost/',
    });
    await handMadeInvoice(someone, 5000, 'charge_automatically');
    world.stripe.declineNextCharges(stripeId, 'generic_decline');
    world.stripe.completeCheckout((await started).id, '4000000000000341');
    await world.settled();
    expect(await statuses().ofSession(someone.holder, (await started).id)).toMatchObject({
      session: {
        type: 'card_update_from_billing_page',
        status: 'completed',
        event_handler: { status: 'failed', error: { message: expect.stringContaining('declined') } },
      },
    });
  });

  it('75: of an invoice is sent, then paid by its event', async () => {
    const someone = await veteran(30);
    await someone.buys({ chargeAutomatically: false, management: 'manual', licenses: 40 });
    const id = (await someone.invoices())[0]?.id ?? '';
    expect(await statuses().ofInvoice(someone.holder, id)).toEqual({ stripe_invoice: { status: 'sent' } });
    world.stripe.payHostedInvoice(id);
    await world.settled();
    expect(await statuses().of(someone.holder, { stripe_invoice_id: id })).toEqual({
      stripe_invoice: { status: 'paid', event_handler: { status: 'succeeded' } },
    });
  });

  it('74: is told of nothing but what is their own', async () => {
    const [someone, another] = [await veteran(11), await veteran(11)];
    const { id } = await visit(someone);
    await expect(statuses().ofSession(another.holder, id)).rejects.toMatchObject(refusedAs('session-unknown'));
    await expect(statuses().ofInvoice(another.holder, 'in_1')).rejects.toMatchObject(refusedAs('invoice-not-yours'));
    await expect(statuses().of(another.holder, {})).rejects.toMatchObject(refusedAs('event-not-named'));
    const stranger = await world.organization(3);
    await expect(statuses().ofSession(stranger.holder, id)).rejects.toMatchObject(refusedAs('no-customer'));
  });
});

/** An invoice that somebody wrote at Stripe. */
async function handMadeInvoice(someone: Organization, amount: number, collection = 'send_invoice'): Promise<string> {
  const customer = (await someone.customer()).stripe_customer_id;
  const call = async (path: string, fields: Record<string, string>) => {
    const answer = await fetch(`${world.stripe.origin}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_sandbox' },
      body: new URLSearchParams(fields),
    });
    return (await answer.json()) as { id: string };
  };
  const due: Record<string, string> = collection === 'send_invoice' ? { days_until_due: '30' } : {};
  const { id } = await call('invoices', { customer, collection_method: collection, ...due });
  await call('invoiceitems', { customer, invoice: id, currency: 'usd', amount: String(amount) });
  await call(`invoices/${id}/finalize`, {});
  return id;
}
