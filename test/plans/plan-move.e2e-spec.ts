import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/common/errors.js';
import { STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { PlanManagements } from '../../src/plans/moving/plan-management.js';
import { PlanMove } from '../../src/plans/moving/plan-move.js';
import type { PlanTerms } from '../../src/plans/rules/plan-terms.js';
import { anEvent, aRealm, roles, upload } from '../analytics/uploads.js';
import { daysAfter, renewal, T0 } from '../support/sample-plan.js';
import { type TestServerRow, TestService } from '../support/service.js';
import {
  addCustomer,
  addPlan,
  type Columns,
  insert,
  inTransaction,
  ledgerRows,
  notesOn,
  part,
  planRow,
  planTypeOf,
} from './billing-rows.js';

const SUPPORT = 'help@bouncer.test';
const REFUSED = {
  result: 'error',
  code: 'BAD_REQUEST',
  msg: `Couldn't reconcile billing data between server and realm. Please contact ${SUPPORT}`,
};
const END = daysAfter(T0, 91);
const COMPLIMENTARY: Partial<PlanTerms> = {
  tier: TIER.complimentary,
  pricePerLicense: 0,
  chargeAutomatically: false,
  nextInvoiceDate: END,
  endDate: END,
};
const COMMUNITY: Partial<PlanTerms> = {
  tier: TIER.community,
  pricePerLicense: 0,
  chargeAutomatically: false,
  nextInvoiceDate: null,
};

let service: TestService;
beforeAll(async () => {
  service = await TestService.start({ env: { SUPPORT_EMAIL: SUPPORT } });
});
afterAll(() => service.stop());

let auth: TestServerRow;
let bots: ReturnType<typeof aRealm>;
let humans: ReturnType<typeof aRealm>[];
beforeEach(async () => {
  service.clock.set(daysAfter(T0, 0.5));
  auth = await service.addServer();
  bots = aRealm({ is_system_bot_realm: true, host: 'zulipinternal.zulip.test' });
});

/** Uploads the bot realm and so many others, each with eleven people. */
async function withRealms(count: number): Promise<string> {
  humans = Array.from({ length: count }, () => aRealm());
  await uploaded(humans);
  return idOf(humans[0]);
}

async function uploaded(realms: readonly object[]) {
  const people = humans.map(({ id }) =>
    anEvent({ realm: id, event_time: T0.getTime() / 1_000, extra_data: roles(1, 1, 0, 7, 2) }),
  );
  const answer = await upload(service, auth, { realms: [...realms, bots], realmauditlog_rows: people });
  expect(answer.status, answer.text).toBe(200);
}

async function idOf(realm: { uuid: string } | undefined): Promise<string> {
  const [row] = await service.rows<{ id: string }>('SELECT id FROM remote_realms WHERE uuid = $1', [realm?.uuid]);
  return row?.id ?? '';
}

/** The server's customer, with a plan from T0 for eleven people. */
async function serverPlan(plan: Partial<PlanTerms>, terms: Columns = {}) {
  const customerId = await addCustomer(service, { serverId: auth.id }, terms);
  return { customerId, planId: await addPlan(service, customerId, plan, [renewal(T0, 11)]) };
}

const move = (realmId: string) => inTransaction(service, (tx) => part(service, PlanMove).move(tx, realmId));
const forRealm = (realmId: string) =>
  inTransaction(service, (tx) => part(service, PlanManagements).ofRealm(tx, realmId));
const forServer = () => inTransaction(service, (tx) => part(service, PlanManagements).ofServer(tx, auth.id));

async function everything() {
  const tables = [
    'customers',
    'plans',
    'license_ledger',
    'remote_servers',
    'remote_realms',
    'permission_plans',
    'remote_realm_audit_log',
  ];
  return Promise.all(tables.map((table) => service.rows(`SELECT * FROM ${table} ORDER BY id`)));
}

async function expectNothing(realmId: string) {
  const before = await everything();
  expect(await move(realmId)).toBe('nothing');
  expect(await everything()).toEqual(before);
}

async function expectRefusal(realmId: string) {
  const before = await everything();
  const refusal = await move(realmId).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(AppError);
  expect([(refusal as AppError).status, (refusal as AppError).toBody()]).toEqual([400, REFUSED]);
  expect(await everything()).toEqual(before);
}

const customersOf = (ids: readonly string[]) =>
  service.rows('SELECT id, server_id, realm_id, stripe_customer_id FROM customers WHERE id = ANY ($1) ORDER BY id', [
    ids,
  ]);

const permissionOf = async (uuid: string | undefined) => {
  const answer = await upload(service, auth, { realms: [...humans, bots] });
  return (answer.body['realms'] as Record<string, object>)[uuid ?? ''];
};

describe('the plan of a server', () => {
  it('H1, MIG-3: stays where several organizations share it, and their log-in shows which plan it is', async () => {
    const realmId = await withRealms(3);
    await serverPlan({ ...COMPLIMENTARY, status: STATUS.switchPlanAtPlanEnd });
    await expectNothing(realmId);
    expect(await planTypeOf(service, { serverId: auth.id })).toBe(101);
    expect(await forRealm(realmId)).toEqual({
      available: false,
      because: 'server-has-plan',
      planName: 'Basic (complimentary)',
    });
    expect(await forServer()).toEqual({ available: true });
  });

  it('H2, MIG-1: moves with its customer once one organization is left, a plan that waits too', async () => {
    const realmId = await withRealms(3);
    const { customerId, planId } = await serverPlan(
      { ...COMPLIMENTARY, status: STATUS.switchPlanAtPlanEnd },
      { stripe_customer_id: 'cus_h2' },
    );
    const waits = {
      status: STATUS.neverStarted,
      billingCycleAnchor: END,
      nextInvoiceDate: END,
      invoicingStatus: 3,
    } as const;
    const nextId = await addPlan(service, customerId, waits, []);
    humans = humans.map((realm, i) => ({ ...realm, deactivated: i > 0 }));
    await uploaded(humans);
    expect(await move(realmId)).toBe('moved');
    expect(await customersOf([customerId])).toEqual([
      { id: customerId, server_id: null, realm_id: realmId, stripe_customer_id: 'cus_h2' },
    ]);
    expect([await planRow(service, planId), await planRow(service, nextId)]).toMatchObject([
      { status: 8 },
      { status: 12 },
    ]);
    expect(await planTypeOf(service, { realmId })).toBe(101);
    expect(await planTypeOf(service, { serverId: auth.id })).toBe(100);
    expect(await notesOn(service, { realmId })).toEqual([
      {
        event_type: 20002,
        extra_data: { attr_name: 'plan_type', old_value: 100, new_value: 101 },
        acting_billing_user_id: null,
      },
    ]);
    expect(await notesOn(service, { serverId: auth.id })).toEqual([]);
    expect(await service.rows('SELECT 1 FROM customers WHERE realm_id = $1', [await idOf(bots)])).toEqual([]);
    expect(await forRealm(realmId)).toEqual({ available: true });
    expect(await forServer()).toMatchObject({ available: false, because: 'realm-has-plan' });
    // Free access does not count licenses anew.
    expect(await ledgerRows(service, planId)).toEqual(['R 11,11']);
    expect(await move(realmId)).toBe('nothing');
  });

  it('takes push permission along', async () => {
    const realmId = await withRealms(1);
    await serverPlan({});
    expect(await move(realmId)).toBe('moved');
    expect(await permissionOf(humans[0]?.uuid)).toEqual({ can_push: true, expected_end_timestamp: null });
    const rows = await service.rows('SELECT realm_id FROM permission_plans WHERE server_id = $1', [auth.id]);
    expect(rows).toEqual([{ realm_id: realmId }]);
  });

  it('H3: is not moved to an organization that has a plan', async () => {
    const realmId = await withRealms(1);
    await serverPlan(COMMUNITY);
    await addPlan(service, await addCustomer(service, { realmId }), {}, [renewal(T0, 11)]);
    await expectRefusal(realmId);
  });

  it('H4, MIG-5: is not moved to a customer while another plan waits for its end', async () => {
    const realmId = await withRealms(1);
    await serverPlan({ ...COMPLIMENTARY, status: STATUS.switchPlanAtPlanEnd });
    const realmCustomer = await addCustomer(service, { realmId });
    await addPlan(service, realmCustomer, { status: STATUS.ended, nextInvoiceDate: null }, [renewal(T0, 11)]);
    await expectRefusal(realmId);
  });

  it('H5: is not moved to a customer that Stripe knows', async () => {
    const realmId = await withRealms(1);
    await serverPlan({});
    await addCustomer(service, { realmId }, { stripe_customer_id: 'cus_h5' });
    await expectRefusal(realmId);
  });

  it('H6, MIG-4: joins a customer that Stripe does not know, and what Stripe calls it goes along', async () => {
    const realmId = await withRealms(1);
    const { customerId, planId } = await serverPlan(COMMUNITY, { stripe_customer_id: 'cus_h6' });
    const realmCustomer = await addCustomer(service, { realmId }, { minimum_licenses: 7 });
    const old = await addPlan(service, customerId, { status: STATUS.ended, nextInvoiceDate: null }, [renewal(T0, 1)]);
    expect(await move(realmId)).toBe('moved');
    expect(await customersOf([customerId, realmCustomer])).toEqual([
      { id: customerId, server_id: auth.id, realm_id: null, stripe_customer_id: null },
      { id: realmCustomer, server_id: null, realm_id: realmId, stripe_customer_id: 'cus_h6' },
    ]);
    expect(await planRow(service, planId)).toMatchObject({ customer_id: realmCustomer, status: 1 });
    expect(await planRow(service, old)).toMatchObject({ customer_id: customerId });
    expect(await planTypeOf(service, { realmId })).toBe(102);
    expect(await planTypeOf(service, { serverId: auth.id })).toBe(100);
  });

  it('MIG-4: that is paid counts the people of the organization from then on, and its invoices go along', async () => {
    const realmId = await withRealms(1);
    const { customerId, planId } = await serverPlan({}, { stripe_customer_id: 'cus_mig4' });
    const build = { customer_id: customerId, plan_id: planId, purpose: 3, pass_time: T0, content: '{}' };
    const buildId = await insert(service, 'invoice_builds', { ...build, created_at: T0, updated_at: T0 });
    await service.rows('UPDATE license_ledger SET licenses = 20, licenses_at_next_renewal = 20 WHERE plan_id = $1', [
      planId,
    ]);
    const realmCustomer = await addCustomer(service, { realmId });
    expect(await move(realmId)).toBe('moved');
    expect(await ledgerRows(service, planId)).toEqual(['R 20,20', '20,11']);
    const [moved] = await service.rows('SELECT customer_id FROM invoice_builds WHERE id = $1', [buildId]);
    expect(moved).toEqual({ customer_id: realmCustomer });
  });

  it('that is paid is not moved while nobody knows for how many people', async () => {
    const realmId = await withRealms(1);
    await serverPlan({});
    service.clock.set(daysAfter(T0, 3));
    await expectRefusal(realmId);
  });

  it('that is paid and ended in the meantime leaves the organization without a plan', async () => {
    const realmId = await withRealms(1);
    const { planId } = await serverPlan({ status: STATUS.downgradeAtEndOfCycle, endDate: daysAfter(T0, 1) });
    service.clock.set(daysAfter(T0, 1.5));
    expect(await move(realmId)).toBe('moved');
    expect(await planRow(service, planId)).toMatchObject({ status: 11 });
    expect(await planTypeOf(service, { realmId })).toBe(100);
    expect(await permissionOf(humans[0]?.uuid)).toEqual({ can_push: false, expected_end_timestamp: null });
  });

  it('H7, MIG-2: stays while a request for sponsorship waits, and the log-in shows which plan it is', async () => {
    const realmId = await withRealms(1);
    await serverPlan({}, { sponsorship_pending: true });
    await expectNothing(realmId);
    expect(await forRealm(realmId)).toEqual({ available: false, because: 'server-has-plan', planName: 'Business' });
  });

  it.each([
    ['is deactivated', { realm_deactivated: true }],
    ['is gone', { realm_locally_deleted: true }],
    ['has its registration deactivated', { registration_deactivated: true }],
  ])('stays where the only organization %s', async (_what, flags) => {
    const realmId = await withRealms(1);
    await serverPlan({});
    const [[column] = ['']] = Object.entries(flags);
    await service.rows(`UPDATE remote_realms SET ${column} = true WHERE id = $1`, [realmId]);
    await expectNothing(realmId);
  });

  it('that has ended does not move, and stands in nobody’s way', async () => {
    const realmId = await withRealms(1);
    await serverPlan({ status: STATUS.ended, nextInvoiceDate: null });
    await expectNothing(realmId);
    expect(await forRealm(realmId)).toEqual({ available: true });
  });
});
