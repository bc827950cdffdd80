import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { FixedPrices } from '../../src/plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../src/plans/changes/negotiated-terms.js';
import { PlanProperties } from '../../src/plans/changes/plan-properties.js';
import { PlanUpdates } from '../../src/plans/changes/plan-updates.js';
import { BillingPages } from '../../src/plans/overview/billing-pages.js';
import { landingPage, sponsorshipTarget, upgradeTarget } from '../../src/plans/overview/page-targets.js';
import { PlanOverviews } from '../../src/plans/overview/plan-overviews.js';
import { Sponsorships } from '../../src/plans/sponsorship/sponsorships.js';
import { BillingWorld, type Organization, withPlan } from '../support/billing.js';
import { M1, T0, Y1 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.stripe.faults.clear();
  world.service.clock.set(T0);
});

const { annual, monthly } = SCHEDULE;
const AT_END = new Date('2012-04-02T03:04:05Z');
const TRIAL_END = new Date('2012-02-01T03:04:05Z');
const of = async (someone: Organization) => {
  const overview = await world.part(PlanOverviews).of(someone.holder);
  if (!overview) throw new Error('nobody is known');
  return overview;
};
const page = async (someone: Organization) => {
  const opened = await world.part(BillingPages).open(someone.holder);
  if (!opened) throw new Error('nobody is known');
  return opened;
};
const updates = () => world.part(PlanUpdates);
/** Somebody who had a plan before, so that no trial is on offer. */
const veteran = async (users: number, terms = {}) => {
  const someone = await world.organization(users);
  await someone.isCustomer(terms);
  await world.part(ComplimentaryAccess).grant(someone.holder, M1);
  return someone;
};

describe('an overview', () => {
  it('of who never was a customer offers a trial', async () => {
    const someone = await world.organization(11);
    expect(await of(someone)).toMatchObject({
      kind: 'realm',
      uuid: someone.realm.uuid,
      host: someone.realm.host,
      ...{ planType: 100, isCustomer: false, isAtStripe: false, live: null, next: null, scheduledTier: null },
      ...{ isSponsored: false, isOnFreeTier: true, isOnPaidPlan: false, complimentaryEndsAt: null },
      sponsorship: { isPending: false, requestedPlan: '' },
      trialDaysOnOffer: 30,
      fixedPriceOffer: null,
      usage: { uploadedAt: T0, isStale: false, users: 11, knowsRealms: true },
    });
  });

  it('55: offers no trial to who had a plan, nor where a fixed price holds', async () => {
    const someone = await veteran(11);
    expect((await of(someone)).trialDaysOnOffer).toBeNull();
    expect(await of(someone)).toMatchObject({ isOnFreeTier: true, complimentaryEndsAt: M1, planType: 101 });
    const agreed = await world.organization(11);
    await world.part(NegotiatedTerms).requireTier(agreed.holder, TIER.basic);
    await world.part(FixedPrices).agree(agreed.holder, 500_000);
    const fixedPriceOffer = { tier: TIER.basic, perYear: 500_000, isInvoiced: false };
    expect(await of(agreed)).toMatchObject({ trialDaysOnOffer: null, fixedPriceOffer });
  });

  it('52: says that data are missing or old, and when they last came', async () => {
    const someone = await withPlan(world, 11);
    world.service.clock.set(new Date('2012-01-05T03:04:05Z'));
    const overview = await of(someone);
    expect(overview.usage).toMatchObject({ uploadedAt: T0, isStale: true, users: null });
    expect(upgradeTarget({ ...overview, live: null }, TIER.basic)).toEqual({ show: 'not-uploading' });
    const opened = await page(someone);
    expect(opened).toMatchObject({ target: { show: 'not-uploading' }, rows: null });
  });

  it('65, 66, 67: leads requests for sponsorship to their page, unless a plan is paid for', async () => {
    const waits = await world.organization(11);
    await world.part(Sponsorships).setPending(waits.holder, true);
    expect((await page(waits)).target).toEqual({ goTo: 'sponsorship' });
    expect(upgradeTarget(await of(waits), TIER.business)).toEqual({ show: 'page' });
    expect(upgradeTarget(await of(waits), 102)).toEqual({ goTo: 'sponsorship' });
    expect(sponsorshipTarget(await of(waits))).toEqual({ show: 'pending' });

    await world.part(Sponsorships).approve(waits.holder);
    expect(await of(waits)).toMatchObject({ isSponsored: true, isOnFreeTier: false });
    expect((await page(waits)).target).toEqual({ goTo: 'sponsorship' });
    expect(sponsorshipTarget(await of(waits))).toEqual({ show: 'sponsored' });
    expect(upgradeTarget(await of(waits), TIER.basic)).toEqual({ goTo: 'billing' });

    const pays = await withPlan(world, 11);
    await world.part(Sponsorships).setPending(pays.holder, true);
    expect(sponsorshipTarget(await of(pays))).toEqual({ goTo: 'billing' });
    expect((await page(pays)).target).toEqual({ show: 'page' });
  });

  it('51: leads a realm without a plan to the plans, and a server to the upgrade', async () => {
    expect((await page(await world.organization(11))).target).toEqual({ goTo: 'plans' });
    const server = await world.organization(11, 'server');
    expect((await page(server)).target).toEqual({ goTo: 'upgrade' });
    expect(landingPage(await of(server))).toBe('plans');
  });

  it('is of nobody where there is nobody', async () => {
    expect(await world.part(PlanOverviews).of({ realmId: '999999' })).toBeUndefined();
    expect(await world.part(BillingPages).open({ serverId: '999999' })).toBeUndefined();
  });
});

describe('the billing page', () => {
  it('BUY-3: shows an annual plan by card, its next payment and what can be done', async () => {
    const someone = await veteran(11, { flat_discounted_months: 12 });
    await someone.has({ tier: TIER.business, schedule: annual });
    const { rows } = await page(someone);
    expect(rows).toMatchObject({
      plan: { tier: 104, name: 'Business', schedule: annual, pricePerLicense: 8000, trialEndsAt: null },
      frequency: { current: annual, coming: annual, comingAt: null, change: { to: monthly, status: 6 } },
      licenses: {
        ...{ isShown: true, isAutomatic: true, current: 25, next: 25, inUse: 11, fewest: 25 },
        ...{ mayAddNow: false, mayChangeNext: false, mayToggle: true, isExempt: false },
      },
      payment: { method: { kind: 'card', brand: 'Visa', last4: '4242' }, email: 'ann@zulip.test', isKnown: true },
      nextPayment: { kind: 'renews', at: Y1, charge: { due: 200_000, unitPrice: 8000, licenses: 25 } },
      action: { kind: 'cancel', status: STATUS.downgradeAtEndOfCycle },
    });
  });

  it('68: shows a cancelled plan, and takes it up again', async () => {
    const someone = await withPlanNow(11);
    await updates().update(someone.holder, { status: 2 });
    const { rows } = await page(someone);
    expect(rows).toMatchObject({
      nextPayment: { kind: 'cancelled', at: M1, ofTrial: false },
      frequency: { change: null },
      licenses: { next: null },
      action: { kind: 'reactivate', status: 1 },
    });
    await updates().update(someone.holder, { status: rows?.action?.status });
    expect((await page(someone)).rows?.nextPayment).toMatchObject({ kind: 'renews', at: M1 });
  });

  it('72: shows a switch that is queued, with the price to come, and takes it back', async () => {
    const someone = await withPlanNow(30, { flat_discounted_months: 0 });
    const { rows } = await page(someone);
    expect(rows?.frequency.change).toEqual({ to: annual, status: 4 });
    await updates().update(someone.holder, { status: 4 });
    const queued = (await page(someone)).rows;
    expect(queued).toMatchObject({
      frequency: { current: monthly, coming: annual, comingAt: M1, change: { to: monthly, status: 1 } },
      nextPayment: { kind: 'renews', at: M1, charge: { due: 126_000, unitPrice: 4200, schedule: annual } },
    });
    await updates().update(someone.holder, { status: queued?.frequency.change?.status });
    expect((await page(someone)).rows?.frequency).toMatchObject({ coming: monthly, comingAt: null });
  });

  it('62: shows the plan that waits for the end of complimentary access', async () => {
    const someone = await world.organization(18);
    await someone.isCustomer({ flat_discounted_months: 12 });
    await world.part(ComplimentaryAccess).grant(someone.holder, AT_END);
    expect((await page(someone)).target).toEqual({ goTo: 'plans' });
    await someone.buys({ tier: TIER.business, schedule: annual, startsAtPlanEnd: true });
    expect(await of(someone)).toMatchObject({ scheduledTier: 104, isOnFreeTier: true });
    expect(landingPage(await of(someone))).toBe('billing');
    const { rows } = await page(someone);
    expect(rows).toMatchObject({
      plan: { tier: 101, endsAt: AT_END },
      shown: { tier: 104, pricePerLicense: 8000 },
      frequency: { current: annual, change: null },
      nextPayment: { kind: 'next-plan', at: AT_END, tier: 104, isUpgrade: true, charge: { due: 176_000 } },
      action: { kind: 'cancel-next-plan', status: 1 },
    });
  });

  it('FT-1: shows a trial by card, whose schedule changes at once', async () => {
    const someone = await world.organization(18);
    await someone.isCustomer();
    await someone.has();
    expect((await page(someone)).rows).toMatchObject({
      plan: { trialEndsAt: TRIAL_END },
      nextPayment: { kind: 'renews', at: TRIAL_END, charge: { due: 4300, amount: 6300 } },
      frequency: { change: { to: annual, status: 3, schedule: annual } },
      action: { kind: 'cancel-trial', status: 7 },
    });
    await updates().update(someone.holder, { status: 7 });
    expect((await page(someone)).rows).toMatchObject({
      nextPayment: { kind: 'cancelled', at: TRIAL_END, ofTrial: true },
      frequency: { change: null },
      action: { kind: 'undo-cancel-trial', status: 3 },
    });
  });

  it('FT-11: leads on where the plan ended when it was looked at', async () => {
    const someone = await world.organization(18);
    await someone.isCustomer();
    await someone.has();
    await updates().update(someone.holder, { status: 7 });
    world.service.clock.set(TRIAL_END);
    await someone.uploads();
    expect(await page(someone)).toMatchObject({ target: { goTo: 'plans' }, rows: null });
    expect(await someone.plan()).toMatchObject({ status: 11 });
    expect((await page(someone)).target).toEqual({ goTo: 'plans' });
  });

  it('shows a trial by invoice, before and after it is paid', async () => {
    const someone = await world.organization(18);
    await someone.isCustomer({}, null);
    await someone.has({ chargeAutomatically: false, management: 'manual', licenses: 20, schedule: annual });
    const { rows } = await page(someone);
    expect(rows).toMatchObject({
      nextPayment: { kind: 'trial-invoice-unpaid', payBefore: TRIAL_END },
      licenses: { isAutomatic: false, mayAddNow: false, mayChangeNext: true, current: 20, next: 20, fewest: 18 },
      frequency: { change: null },
      payment: { method: { kind: 'none' } },
      action: null,
    });
    expect(rows?.trialInvoiceUrl).toMatch(/^http/);
    const [invoice] = await someone.invoices();
    world.stripe.payHostedInvoice(invoice?.id ?? '');
    await world.settled();
    const renewsAt = new Date('2013-02-01T03:04:05Z');
    expect((await page(someone)).rows).toMatchObject({
      nextPayment: { kind: 'trial-invoice-paid', trialEndsAt: TRIAL_END, renewsAt },
      trialInvoiceUrl: null,
    });
  });

  it('FX-6: shows a fixed price, and that it ends', async () => {
    const someone = await veteran(11);
    await world.part(NegotiatedTerms).requireTier(someone.holder, TIER.basic);
    await world.part(FixedPrices).agree(someone.holder, 120_000);
    await someone.has();
    expect((await page(someone)).rows).toMatchObject({
      plan: { fixedPrice: 120_000, endsAt: Y1 },
      licenses: { isShown: false, mayToggle: false },
      frequency: { change: null },
      nextPayment: { kind: 'renews', at: M1, charge: { due: 10_000, unitPrice: null } },
    });
    const yearly = await veteran(11);
    await world.part(NegotiatedTerms).requireTier(yearly.holder, TIER.basic);
    await world.part(FixedPrices).agree(yearly.holder, 120_000);
    await yearly.has({ schedule: annual });
    expect((await page(yearly)).rows?.nextPayment).toEqual({ kind: 'fixed-price-ends', at: Y1 });
  });

  it('shows an end that an operator set, and licenses that are chosen by who pays by invoice', async () => {
    const someone = await veteran(30);
    await someone.has({ chargeAutomatically: false, management: 'manual', licenses: 40, tier: TIER.business });
    const [invoice] = await someone.invoices();
    world.stripe.payHostedInvoice(invoice?.id ?? '');
    await world.settled();
    expect((await page(someone)).rows).toMatchObject({
      licenses: { isAutomatic: false, mayAddNow: true, mayChangeNext: true, mayToggle: false, current: 40, fewest: 30 },
      nextPayment: { kind: 'next-invoice', at: M1 },
    });
    await world.part(PlanProperties).setEndDate(someone.holder, new Date('2012-01-20T00:00:00Z'));
    expect((await page(someone)).rows?.nextPayment).toMatchObject({ kind: 'ends' });
  });

  it('is shown without what Stripe does not tell', async () => {
    const someone = await withPlanNow(11);
    world.stripe.faults.add({ kind: 'rate-limit', endpoint: 'GET /v1/customers/:id', times: 9 });
    expect((await page(someone)).rows?.payment).toEqual({ method: { kind: 'unknown' }, email: null, isKnown: false });
  });
});

/** Somebody who pays from now on, and had complimentary access before. */
async function withPlanNow(users: number, terms = {}): Promise<Organization> {
  const someone = await veteran(users, terms);
  await someone.has();
  return someone;
}
