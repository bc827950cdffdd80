import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { PlanUpdates } from '../../src/plans/changes/plan-updates.js';
import { DeactivationService } from '../../src/plans/deactivation/deactivation.service.js';
import { BillingPages } from '../../src/plans/overview/billing-pages.js';
import { PushPermissions } from '../../src/plans/permission/push-permission.js';
import { anEvent, roles } from '../analytics/uploads.js';
import { addPlan, notesOn } from '../plans/billing-rows.js';
import { BillingWorld, invoiceOn, type Organization, withPlan } from '../support/billing.js';
import { BASIC_MONTHLY, daysAfter, M1, renewal, T0, Y1 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const { annual } = SCHEDULE;
const NO_DISCOUNT = { flat_discounted_months: 0, minimum_licenses: 1 };
const refusedAs = (why: string) => ({ extra: { error_description: why } });
const update = (someone: Organization, change: Parameters<PlanUpdates['update']>[1]) =>
  world.part(PlanUpdates).update(someone.holder, change);

/** A server, and what its organization reports of its people. */
async function reporting(...events: object[]): Promise<Organization> {
  const someone = await world.organization(1, 'server');
  const seconds = T0.getTime() / 1_000;
  await someone.uploads(events.map((row) => anEvent({ realm: someone.realm.id, event_time: seconds, ...row })));
  return someone;
}

async function boughtFor(someone: Organization): Promise<string[]> {
  await someone.isCustomer(NO_DISCOUNT);
  await addPlan(world.service, (await someone.customer()).id, { status: STATUS.ended, nextInvoiceDate: null }, []);
  await someone.has();
  return someone.ledger();
}

describe('who is counted', () => {
  it('CNT-1: all people of all roles, by the last report of the organization', async () => {
    const someone = await reporting(
      { extra_data: roles(10, 10, 10, 10, 10) },
      { extra_data: roles(20, 10, 0, 30, 10) },
    );
    expect(await boughtFor(someone)).toEqual(['R 70,70']);
  });

  it('CNT-2: nobody knows where a server never reported, or not for five days', async () => {
    const [never, longAgo] = [await world.organization(20), await world.organization(20)];
    await world.service.rows('UPDATE remote_servers SET last_audit_log_update = NULL WHERE id = $1', [never.server.id]);
    await expect(boughtFor(never)).rejects.toMatchObject(refusedAs('user counts are missing'));
    world.service.clock.set(daysAfter(T0, 5));
    await expect(boughtFor(longAgo)).rejects.toMatchObject(refusedAs('user counts are missing'));
  });

  it('CNT-3: a report without numbers says nothing', async () => {
    const someone = await reporting({ extra_data: roles(0, 0, 0, 40, 2) }, { extra_data: {} });
    expect(await boughtFor(someone)).toEqual(['R 42,42']);
  });
});

describe('who may push', () => {
  const TOO_MANY = 'Push notifications access with 10+ users requires signing up for a plan. https://zulip.com/plans/';
  const of = async (someone: Organization, realmId?: string) => {
    const subject = { serverId: someone.server.id, ...(realmId ? { realmId } : {}) };
    const { canPush, expectedEndTimestamp: end, reason } = await world.part(PushPermissions).of(subject);
    return [canPush, end, reason];
  };
  const realmOf = async (someone: Organization) =>
    (await world.service.rows('SELECT id FROM remote_realms WHERE uuid = $1', [someone.realm.uuid]))[0]?.['id'];

  it('PU-1: not a server that never reported', async () => {
    const server = await world.service.addServer({ uploaded: false, featureLevel: 235 });
    const json = { user_id: 10, gcm_payload: { event: 'message' } };
    const answer = await world.service.call('push/notify', { auth: server, json });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'PUSH_NOTIFICATIONS_DISALLOWED', msg: expect.stringContaining('Missing data') },
    });
  });

  it('PU-2, PU-3, PU-4: ten people, or more where they are sponsored', async () => {
    const eleven = await reporting({ extra_data: roles(1, 1, 0, 7, 2) });
    expect(await of(eleven)).toEqual([false, null, TOO_MANY]);
    expect(await of(await reporting({ extra_data: roles(1, 1, 0, 6, 2) }))).toEqual([true, null, 'No plan few users']);
    await world.service.rows('UPDATE remote_servers SET plan_type = 102 WHERE id = $1', [eleven.server.id]);
    expect(await of(eleven)).toEqual([true, null, 'Community plan']);
  });

  it.each([
    ['PU-5', 18, 1_357_095_845],
    ['PU-6', 9, null],
  ])('%s: until the end of a plan that is cancelled, and longer where %i are few', async (_id, users, end) => {
    const request = { tier: TIER.business, schedule: annual };
    const someone = await withPlan(world, users, request, NO_DISCOUNT);
    await update(someone, { status: STATUS.downgradeAtEndOfCycle });
    expect((await of(someone, await realmOf(someone))).slice(0, 2)).toEqual([true, end]);
    expect(Y1.getTime() / 1_000).toBe(1_357_095_845);
  });

  it('PU-7: until the end of a trial that is cancelled', async () => {
    const someone = await world.organization(18);
    await someone.isCustomer();
    await someone.buys();
    world.service.clock.set(daysAfter(T0, 1));
    await update(someone, { status: STATUS.downgradeAtEndOfFreeTrial });
    expect((await of(someone, await realmOf(someone))).slice(0, 2)).toEqual([true, 1_328_065_445]);
  });

  it('PU-8: without an end during complimentary access', async () => {
    const someone = await world.organization(500);
    await world.part(ComplimentaryAccess).grant(someone.holder, new Date('2012-04-02T00:00:00Z'));
    expect((await of(someone, await realmOf(someone))).slice(0, 2)).toEqual([true, null]);
  });

  it("PU-9: by the server's plan where the organization's has ended", async () => {
    const someone = await withPlan(world, 50, {}, NO_DISCOUNT);
    await update(someone, { status: STATUS.ended });
    const realmId = await realmOf(someone);
    expect(await of(someone, realmId)).toEqual([false, null, TOO_MANY]);
    const customer = `INSERT INTO customers (server_id, created_at) VALUES ($1, $2) RETURNING id`;
    const [row] = await world.service.rows<{ id: string }>(customer, [someone.server.id, T0]);
    await addPlan(world.service, row?.id ?? '', {}, [renewal(T0, 50)]);
    expect(await of(someone, realmId)).toEqual([true, null, 'Active plan']);
  });
});

describe('the number of licenses', () => {
  it('LED-2: goes up now and either way at the renewal, where it is chosen', async () => {
    const someone = await withPlan(
      world,
      6,
      { tier: TIER.business, schedule: annual, management: 'manual', licenses: 7 },
      NO_DISCOUNT,
    );
    await update(someone, { licenses: 9 });
    await update(someone, { licensesAtNextRenewal: 6 });
    await update(someone, { licenses: 16 });
    await invoiceOn(someone, Y1);
    expect(await someone.ledger()).toEqual(['R 7,7', '9,9', '9,6', '16,16', 'R 16,16']);
  });

  it('LED-6: to renew with is none of a plan that is cancelled', async () => {
    const someone = await withPlan(world, 20, {}, NO_DISCOUNT);
    const next = async () => (await world.part(BillingPages).open(someone.holder))?.rows?.licenses.next;
    await update(someone, { status: STATUS.downgradeAtEndOfFreeTrial });
    expect(await next()).toBeNull();
    expect(await someone.ledger()).toEqual(['R 20,20']);
    await update(someone, { status: STATUS.freeTrial });
    expect(await next()).toBe(20);
  });
});

describe('invoicing', () => {
  it('JOB-5: skips a plan of a customer whose earlier one failed, and goes on with others', async () => {
    const someone = await world.organization(20);
    const id = await someone.isCustomer(NO_DISCOUNT);
    const due = { ...BASIC_MONTHLY, nextInvoiceDate: M1 };
    const first = await addPlan(world.service, id, { ...due, status: STATUS.ended, invoicingStatus: 2 }, [
      renewal(T0, 20),
    ]);
    const second = await addPlan(world.service, id, due, [renewal(T0, 20)]);
    const other = await withPlan(world, 20, { tier: TIER.business }, NO_DISCOUNT);
    world.service.clock.set(M1);
    await someone.uploads();
    await other.uploads();
    const report = await world.invoice(M1);
    expect(report.failed).toEqual([{ planId: first, reason: 'invoicing-cut-off' }]);
    expect(report.skipped).toEqual([second]);
    expect(report.done).toContain((await other.plan()).id);
    expect(await someone.invoices()).toEqual([]);
    await world.service.rows('DELETE FROM customers WHERE id = $1', [id]);
  });
});

describe('a registration', () => {
  it('DEA-2: that has ended cannot end again, and is taken up once', async () => {
    const someone = await world.organization(20, 'server');
    const service = world.part(DeactivationService);
    expect(await service.deactivate(someone.server.id)).toBe(true);
    expect(await service.deactivate(someone.server.id)).toBe(false);
    expect(await service.reactivate(someone.server.id)).toBe(true);
    expect(await service.reactivate(someone.server.id)).toBe(false);
    const notes = (await notesOn(world.service, someone.holder)).map(({ event_type }) => event_type);
    expect(notes.filter((type) => type === 10_201 || type === 10_202)).toEqual([10_201, 10_202]);
  });

  it('DEA-3: does not end during a trial that goes on', async () => {
    const someone = await world.organization(20);
    await someone.isCustomer();
    await someone.buys();
    const deactivate = () => world.part(DeactivationService).deactivate(someone.server.id);
    await expect(deactivate()).rejects.toMatchObject(refusedAs('paid-plan'));
    await update(someone, { status: STATUS.downgradeAtEndOfFreeTrial });
    expect(await deactivate()).toBe(true);
  });
});
