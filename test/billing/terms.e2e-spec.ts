import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { Downgrades } from '../../src/plans/changes/downgrades.js';
import { NegotiatedTerms } from '../../src/plans/changes/negotiated-terms.js';
import { PlanProperties } from '../../src/plans/changes/plan-properties.js';
import { PlanUpdates } from '../../src/plans/changes/plan-updates.js';
import { DeactivationService } from '../../src/plans/deactivation/deactivation.service.js';
import { Sponsorships } from '../../src/plans/sponsorship/sponsorships.js';
import { insert, notesOn, planTypeOf } from '../plans/billing-rows.js';
import { BillingWorld, invoiceOn, type Organization, withPlan } from '../support/billing.js';
import { M1, M2, T0, Y1 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const { annual } = SCHEDULE;
const operator = { operatorId: '7' } as const;
const refusedAs = (why: string) => ({ extra: { error_description: why } });
const terms = () => world.part(NegotiatedTerms);

const eventsOf = async (someone: Organization, type: number) =>
  (await notesOn(world.service, someone.holder)).filter(({ event_type }) => event_type === type);

describe('negotiated terms', () => {
  it('PR-10: change a plan at once, and its next renewal', async () => {
    const prices = { monthly_discounted_price: 600, annual_discounted_price: 6000 };
    const negotiated = { required_plan_tier: 104, ...prices, flat_discounted_months: 0 };
    const someone = await withPlan(world, 30, { tier: TIER.business, schedule: annual }, negotiated);
    expect(await someone.plan()).toMatchObject({ price_per_license: 6000, discount: '25' });
    await terms().setPrices(someone.holder, { monthly: 400, annual: 4000 }, operator);
    expect(await someone.plan()).toMatchObject({ price_per_license: 4000, discount: '50' });
    expect(await eventsOf(someone, 10_209)).toMatchObject([
      {
        extra_data: {
          old_monthly_discounted_price: 600,
          old_annual_discounted_price: 6000,
          new_monthly_discounted_price: 400,
          new_annual_discounted_price: 4000,
        },
      },
    ]);
    await invoiceOn(someone, Y1);
    expect(await someone.lines()).toEqual(['30 × 4000']);
  });

  it('PR-16, PR-17: a minimum needs a discount, and no plan', async () => {
    const someone = await world.organization(30);
    await expect(terms().setMinimum(someone.holder, 25)).rejects.toMatchObject(refusedAs('no-discount'));
    await terms().requireTier(someone.holder, 104, operator);
    await terms().setPrices(someone.holder, { monthly: 400, annual: 4000 });
    expect(await terms().setMinimum(someone.holder, 25)).toEqual({ before: null, after: 25 });
    expect(await someone.customer()).toMatchObject({ minimum_licenses: 25, flat_discounted_months: 0 });
    const planned = await withPlan(
      world,
      30,
      {},
      { required_plan_tier: 103, monthly_discounted_price: 1, flat_discounted_months: 0 },
    );
    await expect(terms().setMinimum(planned.holder, 25)).rejects.toMatchObject(refusedAs('live-plan'));
  });

  it('PR-18, PR-19, PR-20: are for a tier that can be bought', async () => {
    const someone = await world.organization(30);
    await expect(terms().requireTier(someone.holder, 100)).rejects.toMatchObject(refusedAs('not-billable'));
    const prices = { monthly: 400, annual: 4000 };
    await expect(terms().setPrices(someone.holder, prices)).rejects.toMatchObject(refusedAs('no-required-tier'));
    await terms().requireTier(someone.holder, 104);
    await terms().setPrices(someone.holder, prices);
    await expect(terms().requireTier(someone.holder, null)).rejects.toMatchObject(refusedAs('discount-set'));
    await terms().setPrices(someone.holder, { monthly: 0, annual: 0 });
    await terms().requireTier(someone.holder, null);
    expect(await someone.customer()).toMatchObject({ required_plan_tier: null, flat_discounted_months: 0 });
  });
});

describe('properties of a plan', () => {
  it('can be its end, in the future, and how it is paid', async () => {
    const someone = await withPlan(world, 30, { schedule: annual });
    const properties = world.part(PlanProperties);
    await expect(properties.setEndDate(someone.holder, T0)).rejects.toMatchObject(refusedAs('past-date'));
    await properties.setEndDate(someone.holder, M2, operator);
    expect(await someone.plan()).toMatchObject({ end_date: M2, next_invoice_date: M1 });
    await properties.setModality(someone.holder, false, operator);
    expect(await someone.plan()).toMatchObject({ charge_automatically: false, automanage_licenses: false });
    expect(await eventsOf(someone, 506)).toHaveLength(1);
    expect(await eventsOf(someone, 10_211)).toHaveLength(1);
  });

  it('can be whether licenses follow users, where that makes sense', async () => {
    const someone = await withPlan(world, 30);
    const updates = world.part(PlanUpdates);
    await updates.update(someone.holder, { toggleLicenseManagement: true });
    expect(await someone.plan()).toMatchObject({ automanage_licenses: false });
    await updates.update(someone.holder, { toggleLicenseManagement: true });
    expect(await someone.plan()).toMatchObject({ automanage_licenses: true });
    const both = { toggleLicenseManagement: true, licenses: 40 };
    await expect(updates.update(someone.holder, both)).rejects.toMatchObject(refusedAs('change-not-possible'));
  });
});

describe('sponsorship', () => {
  const form = {
    orgType: 10,
    orgTypeName: 'Open-source project',
    orgWebsite: 'https://zulip.test',
    orgDescription: 'We write software',
    expectedTotalUsers: '50',
    planToUse: 'Daily',
    paidUsersCount: '0',
    paidUsersDescription: '',
    requestedPlan: 'Community',
  } as const;
  const ann = { name: 'Ann', email: 'ann@zulip.test' };
  const sponsorships = () => world.part(Sponsorships);

  it('SPO-1: is requested, then granted', async () => {
    const someone = await world.organization(30);
    if (!('realmId' in someone.holder)) throw new Error('no realm');
    const { realmId } = someone.holder;
    const userUuid = '11111111-1111-4111-8111-111111111111';
    const user = { realm_id: realmId, user_uuid: userUuid, email: 'bob@zulip.test', created_at: T0 };
    const billingUserId = await insert(world.service, 'realm_billing_users', user);
    await sponsorships().request(someone.holder, form, ann, { billingUserId });
    expect(await someone.customer()).toMatchObject({ sponsorship_pending: true });
    await expect(sponsorships().request(someone.holder, form, ann)).rejects.toMatchObject(
      refusedAs('sponsorship-pending'),
    );
    expect(await sponsorships().approve(someone.holder, operator)).toBe(1);
    const plan = { tier: 102, status: 1, price_per_license: 0, next_invoice_date: null };
    expect(await someone.plan()).toMatchObject(plan);
    expect(await someone.ledger()).toEqual(['R 30,30']);
    expect(await planTypeOf(world.service, someone.holder)).toBe(102);
    expect(await someone.customer()).toMatchObject({ sponsorship_pending: false });
    expect(await someone.mails()).toEqual(['sponsorship-requested', 'community-plan-approved']);
    const types = (await notesOn(world.service, someone.holder)).map(({ event_type }) => event_type);
    expect(types).toEqual([10_213, 502, 10_204, 10_210]);
    expect((await eventsOf(someone, 10_213))[0]).toMatchObject({ acting_billing_user_id: billingUserId });
  });

  it('SPO-2: is not granted on a paid plan, or where an upgrade is scheduled', async () => {
    const someone = await withPlan(world, 30);
    await expect(sponsorships().approve(someone.holder)).rejects.toMatchObject(refusedAs('live-plan'));
    const other = await world.organization(30);
    await other.isCustomer();
    await world.part(ComplimentaryAccess).grant(other.holder, M2);
    await other.buys({ startsAtPlanEnd: true });
    await expect(sponsorships().approve(other.holder)).rejects.toMatchObject(refusedAs('upgrade-scheduled'));
  });

  it('is refused by taking the flag away', async () => {
    const someone = await world.organization(30);
    await sponsorships().request(someone.holder, form, ann);
    await sponsorships().setPending(someone.holder, false, operator);
    expect(await someone.customer()).toMatchObject({ sponsorship_pending: false });
    expect(await eventsOf(someone, 10_213)).toHaveLength(2);
  });
});

describe('the end of a registration', () => {
  const deactivate = (someone: Organization) =>
    world.service.call('server/deactivate', { auth: someone.server, json: {} });

  it('DEA-1: is free for who has no plan', async () => {
    const someone = await world.organization(30);
    expect((await deactivate(someone)).status).toBe(200);
    expect((await deactivate(someone)).status).toBe(401);
  });

  it('DEA-3: waits until paid plans are cancelled, those that have not begun too', async () => {
    const someone = await withPlan(world, 30);
    expect((await deactivate(someone)).status).toBe(400);
    await world.part(PlanUpdates).update(someone.holder, { status: STATUS.downgradeAtEndOfCycle });
    expect((await deactivate(someone)).status).toBe(200);
    const other = await world.organization(30);
    await other.isCustomer();
    await world.part(ComplimentaryAccess).grant(other.holder, M2);
    await other.buys({ startsAtPlanEnd: true });
    expect((await deactivate(other)).status).toBe(400);
    await world.part(PlanUpdates).update(other.holder, { status: STATUS.active });
    expect((await deactivate(other)).status).toBe(200);
  });
});

describe('what operators do', () => {
  it('names them in the log: a cancellation, an end, a deactivation', async () => {
    const someone = await withPlan(world, 11);
    await world.part(Downgrades).atCycleEnd(someone.holder, operator);
    expect(await someone.plan()).toMatchObject({ status: 2 });
    const { id } = await someone.plan();
    const values = { plan_id: Number(id), property: 'status', old_value: 1, new_value: 2 };
    expect((await eventsOf(someone, 506)).map(({ extra_data }) => extra_data)).toEqual([values]);
    const service = world.part(DeactivationService);
    const serverId = someone.server.id;
    await service.deactivate(serverId, { actor: operator, reason: 'tos_violation' });
    await service.reactivate(serverId, operator);
    expect(
      await world.service.rows(
        `SELECT event_type, extra_data, acting_operator_id FROM remote_server_audit_log
         WHERE server_id = $1 AND event_type IN (10201, 10202) ORDER BY id`,
        [serverId],
      ),
    ).toEqual([
      { event_type: 10_201, extra_data: { deactivation_reason: 'tos_violation' }, acting_operator_id: '7' },
      { event_type: 10_202, extra_data: {}, acting_operator_id: '7' },
    ]);
    const [realm] = await world.service.rows(
      'SELECT acting_operator_id FROM remote_realm_audit_log WHERE event_type = 506 AND remote_realm_id = $1',
      ['realmId' in someone.holder ? someone.holder.realmId : ''],
    );
    expect(realm).toEqual({ acting_operator_id: '7' });
  });
});
