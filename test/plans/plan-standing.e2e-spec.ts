import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { STATUS } from '../../src/plans/catalogue/plan-status.js';
import { Customers } from '../../src/plans/customers/customers.js';
import { EndOfCycle } from '../../src/plans/ledger/end-of-cycle.service.js';
import type { PlanTerms } from '../../src/plans/rules/plan-terms.js';
import { anEvent, roles, upload } from '../analytics/uploads.js';
import { callApi } from '../support/api-client.js';
import { daysAfter, renewal, T0, Y1 } from '../support/sample-plan.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { addCustomer, addPlan, inTransaction, ledgerRows, notesOn, part, planRow, planTypeOf } from './billing-rows.js';

let service: TestService;
let second: NestFastifyApplication;
let nodes: string[];
beforeAll(async () => {
  service = await TestService.start();
  const { settings, databaseUrl, clock } = service;
  second = await createApp({ settings, databaseUrl, clock });
  await second.listen(0, '127.0.0.1');
  nodes = [service.origin, await second.getUrl()];
});
afterAll(async () => {
  await second.close();
  await service.stop();
});

let auth: TestServerRow;
let customerId: string;
beforeEach(async () => {
  service.clock.set(daysAfter(T0, 0.5));
  auth = await service.addServer({ featureLevel: 235 });
  const eighteen = anEvent({ event_time: T0.getTime() / 1_000, extra_data: roles(1, 1, 0, 14, 2) });
  const answer = await upload(service, auth, { realmauditlog_rows: [eighteen], api_feature_level: 235 });
  expect(answer.status, answer.text).toBe(200);
  await service.call('push/register', { auth, form: { user_id: 10, token: 'phone', token_kind: 2 } });
  customerId = await addCustomer(service, { serverId: auth.id });
});

/** What each node answers to a notification. */
function notify(): Promise<number[]> {
  const json = { user_id: 10, gcm_payload: { event: 'message' } };
  const ask = async (node: string) => (await callApi(node, '/api/v1/remotes/push/notify', { auth, json })).status;
  return Promise.all(nodes.map(ask));
}

const plan = (given: Partial<PlanTerms> = {}) => addPlan(service, customerId, given, [renewal(T0, 18)]);

/** Brings the customer's plan up to now, as everything does that looks at it. */
const settle = () =>
  inTransaction(service, async (tx) => {
    const owner = await part(service, Customers).lock(tx, customerId);
    return owner && part(service, EndOfCycle).settle(tx, owner, service.clock.now());
  });

it('lets a server in, and turns it away, on every node as soon as its plan has changed', async () => {
  expect(await notify()).toEqual([400, 400]);
  await plan({ status: STATUS.downgradeAtEndOfCycle });
  expect(await notify()).toEqual([200, 200]);
  service.clock.set(daysAfter(Y1, 1));
  // The plan that nobody has looked at goes on.
  expect(await notify()).toEqual([200, 200]);
  expect(await settle()).toBeNull();
  expect(await notify()).toEqual([400, 400]);
  expect(await planTypeOf(service, { serverId: auth.id })).toBe(100);
  expect(await notesOn(service, { serverId: auth.id })).toEqual([
    { event_type: 10204, extra_data: { old_value: 104, new_value: 100 }, acting_billing_user_id: null },
  ]);
});

it.each([
  ['PU-5: a cancelled plan ends with its cycle', { status: STATUS.downgradeAtEndOfCycle }, Y1],
  [
    'PU-7: a cancelled trial ends with the trial',
    { status: STATUS.downgradeAtEndOfFreeTrial, nextInvoiceDate: daysAfter(T0, 30) },
    daysAfter(T0, 30),
  ],
  ['an active plan has no end, though a date is set', { endDate: Y1 }, null],
  ['a free trial has no end', { status: STATUS.freeTrial }, null],
  ['a plan that makes way for another has no end', { status: STATUS.switchPlanAtPlanEnd, endDate: Y1 }, null],
] as const)('%s', async (_name, given, end) => {
  await plan(given);
  const rows = await service.rows('SELECT ending_at FROM permission_plans WHERE server_id = $1', [auth.id]);
  expect(rows).toEqual([{ ending_at: end }]);
});

it.each([STATUS.ended, STATUS.neverStarted])('a plan of status %i is none', async (status) => {
  await plan({ status });
  expect(await notify()).toEqual([400, 400]);
});

it('CAN-1: ends a plan without billing anything that it owes, and without touching its next invoice date', async () => {
  const planId = await plan({ status: STATUS.downgradeAtEndOfCycle });
  service.clock.set(daysAfter(Y1, 1));
  await settle();
  expect(await planRow(service, planId)).toMatchObject({ status: 11, invoiced_through_id: null });
  expect((await planRow(service, planId))?.['next_invoice_date']).not.toBeNull();
});

it('CAL-10: renews once at the end of a cycle, and again only at the next', async () => {
  const planId = await plan();
  for (const days of [-1, 0, 1]) {
    service.clock.set(daysAfter(Y1, days));
    expect((await settle())?.id).toBe(planId);
  }
  expect(await ledgerRows(service, planId)).toEqual(['R 18,18', 'R 18,18']);
});

it('renews as often as cycles have passed (docs/decisions/0010-billing-hazards.md, 16)', async () => {
  const planId = await plan({ billingSchedule: 2, pricePerLicense: 800 });
  service.clock.set(daysAfter(T0, 95));
  await settle();
  expect(await ledgerRows(service, planId)).toEqual(Array(4).fill('R 18,18'));
});

it('FX-11: hands over to the plan that waits, once, however many look at it at the same time', async () => {
  const fixed = { pricePerLicense: null, fixedPrice: 120_000, nextInvoiceDate: Y1, endDate: Y1 };
  const planId = await plan({ ...fixed, status: STATUS.switchPlanAtPlanEnd });
  const next = { ...fixed, fixedPrice: 170_000, billingCycleAnchor: Y1, endDate: daysAfter(Y1, 365) };
  const nextId = await addPlan(service, customerId, { ...next, status: STATUS.neverStarted, invoicingStatus: 3 }, []);
  service.clock.set(daysAfter(Y1, 1));
  const held = await Promise.all([settle(), settle(), settle()]);
  expect(held.map((found) => found?.id)).toEqual([nextId, nextId, nextId]);
  expect([await planRow(service, planId), await planRow(service, nextId)]).toMatchObject([
    { status: 11 },
    { status: 1 },
  ]);
  expect(await ledgerRows(service, nextId)).toEqual(['R 18,18']);
  expect(await notify()).toEqual([200, 200]);
});
