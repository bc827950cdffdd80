import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlanState } from '../../src/plans/permission/decide-permission.js';
import type { ApiAnswer } from '../support/api-client.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { permissions, population, type Roles, report, setPlan } from './population.js';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());
beforeEach(() => {
  service.clock.set(new Date());
  service.apns.reset();
  service.fcm.reset();
});

const TOO_MANY = 'Push notifications access with 10+ users requires signing up for a plan. https://zulip.com/plans/';
const GRANTED = {
  result: 'success',
  msg: '',
  total_android_devices: 1,
  total_apple_devices: 0,
  deleted_devices: { android_devices: [], apple_devices: [] },
  realm: null,
};
const refused = (reason: string) => ({
  result: 'error',
  msg: `Your plan doesn't allow sending push notifications. Reason provided by the server: ${reason}`,
  code: 'PUSH_NOTIFICATIONS_DISALLOWED',
});
const ELEVEN: Roles = [1, 1, 0, 7, 2];
const TEN: Roles = [1, 1, 0, 6, 2];
const ENDING: PlanState = { kind: 'ending', nextCycleAt: new Date('2023-12-03T00:00:00Z') };
const hoursAgo = (hours: number) => new Date(service.clock.millis() - hours * 3_600_000);

type ServerRow = Parameters<TestService['addServer']>[0];

/** A server with one phone of user 10. */
async function serverWithPhone(row: ServerRow): Promise<TestServerRow> {
  const server = await service.addServer(row);
  await service.call('push/register', { auth: server, form: { user_id: 10, token: 'phone', token_kind: 2 } });
  return server;
}

function notify(auth: TestServerRow, realm?: { uuid: string }): Promise<ApiAnswer> {
  const user = realm ? { user_id: 10, user_uuid: randomUUID(), realm_uuid: realm.uuid } : { user_id: 10 };
  return service.call('push/notify', { auth, json: { ...user, gcm_payload: { event: 'message' } } });
}

async function uploadedAt(server: TestServerRow, at: Date): Promise<void> {
  await service.rows('UPDATE remote_servers SET last_audit_log_update = $2 WHERE id = $1', [server.id, at]);
}

describe('a notification', () => {
  interface Vector {
    readonly name: string;
    readonly server: ServerRow;
    readonly users?: Roles;
    readonly uploadedHoursAgo?: number;
    readonly status: number;
    readonly body: object;
  }
  const old = {
    result: 'error',
    msg: "Your plan doesn't allow sending push notifications.",
    code: 'INVALID_ZULIP_SERVER',
  };
  const vectors: readonly Vector[] = [
    {
      name: '39, E11: of a server that never told its feature level is refused in words that it understands',
      server: { uploaded: false },
      status: 400,
      body: old,
    },
    { name: 'of such a server with 11 users is refused likewise', server: {}, users: ELEVEN, status: 400, body: old },
    {
      name: '40, E1, E12: of a server that never uploaded is refused',
      server: { featureLevel: 235, uploaded: false },
      status: 400,
      body: refused('Missing data'),
    },
    {
      name: 'E2: of a server that has not uploaded for five days is refused',
      server: { featureLevel: 235 },
      users: TEN,
      uploadedHoursAgo: 120,
      status: 400,
      body: refused('Missing data'),
    },
    {
      name: 'E5: of a server that uploaded a little less than 48 hours ago is sent',
      server: { featureLevel: 235 },
      users: TEN,
      uploadedHoursAgo: 47.99,
      status: 200,
      body: GRANTED,
    },
    {
      name: 'E5: of a server that uploaded more than 48 hours ago is refused',
      server: { featureLevel: 235 },
      users: TEN,
      uploadedHoursAgo: 48.001,
      status: 400,
      body: refused('Missing data'),
    },
    {
      name: '41, E13: of a server with 11 users is refused, guests counting like everybody',
      server: { featureLevel: 235 },
      users: ELEVEN,
      uploadedHoursAgo: 1 / 6,
      status: 400,
      body: refused(TOO_MANY),
    },
    {
      name: '42, E14: of a sponsored server with 11 users is sent',
      server: { featureLevel: 235, planType: 102 },
      users: ELEVEN,
      status: 200,
      body: GRANTED,
    },
    {
      name: '43, E15: of a server with 10 users is sent',
      server: { featureLevel: 235 },
      users: TEN,
      status: 200,
      body: GRANTED,
    },
  ];
  it.each(vectors)('$name', async ({ server: row, users, uploadedHoursAgo, status, body }) => {
    const server = await serverWithPhone(row);
    if (users) await report(service, server.id, [{ extraData: population(users) }]);
    if (uploadedHoursAgo) await uploadedAt(server, hoursAgo(uploadedHoursAgo));
    const answer = await notify(server);
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body });
    expect(service.fcm.receivedFor('phone')).toHaveLength(status === 200 ? 1 : 0);
  });

  it('43: is sent again as soon as a later record brings the users down to 10', async () => {
    const server = await serverWithPhone({ featureLevel: 235 });
    await report(service, server.id, [{ extraData: population(ELEVEN) }]);
    expect((await notify(server)).status).toBe(400);
    await report(service, server.id, [{ extraData: population(TEN), eventType: 103 }]);
    expect((await notify(server)).body).toEqual(GRANTED);
  });

  it('tells the realm when its permission is going to end', async () => {
    const server = await serverWithPhone({ featureLevel: 235 });
    const realm = await service.addRealm(server);
    await report(service, server.id, [{ extraData: population(ELEVEN), realmId: realm.id }]);
    expect((await notify(server, realm)).body).toEqual(refused(TOO_MANY));
    await setPlan(service, { realmId: realm.id }, ENDING);
    expect((await notify(server, realm)).body['realm']).toEqual({
      can_push: true,
      expected_end_timestamp: 1_701_561_600,
    });
    await setPlan(service, { realmId: realm.id }, { kind: 'active' });
    expect((await notify(server, realm)).body['realm']).toEqual({ can_push: true, expected_end_timestamp: null });
    await setPlan(service, { realmId: realm.id }, { kind: 'none' });
    expect((await notify(server, realm)).status).toBe(400);
  });

  it('goes by the users of its realm, and by those of the server where the realm is not known', async () => {
    const server = await serverWithPhone({ featureLevel: 235 });
    const [small, large] = [await service.addRealm(server), await service.addRealm(server)];
    await report(service, server.id, [
      { realm: 1, realmId: small.id, extraData: population(TEN) },
      { realm: 2, realmId: large.id, extraData: population(ELEVEN) },
    ]);
    const statuses = [small, large, undefined, { uuid: randomUUID() }].map((realm) => notify(server, realm));
    expect((await Promise.all(statuses)).map(({ status }) => status)).toEqual([200, 400, 400, 400]);
  });

  it('E8: is refused once a record dated in the future takes effect', async () => {
    const server = await serverWithPhone({ featureLevel: 235 });
    const tomorrow = new Date(service.clock.millis() + 86_400_000);
    await report(service, server.id, [
      { extraData: population(TEN) },
      { extraData: population(ELEVEN), eventTime: tomorrow },
    ]);
    expect((await notify(server)).body).toEqual(GRANTED);
    service.clock.advance(86_401);
    expect((await notify(server)).body).toEqual(refused(TOO_MANY));
  });
});

describe('the push status of a realm, as uploads answer it', () => {
  interface Vector {
    readonly name: string;
    readonly users?: number;
    readonly planType?: number;
    readonly uploaded?: boolean;
    readonly realmPlan?: PlanState;
    readonly serverPlan?: PlanState;
    readonly expected: readonly [canPush: boolean, end: number | null];
  }
  const END = 1_701_561_600;
  const vectors: readonly Vector[] = [
    { name: 'D1, 124: without a plan, 10 users', users: 10, expected: [true, null] },
    { name: 'D2, 124: without a plan, 11 users', users: 11, expected: [false, null] },
    { name: 'D3: with a plan that is over, few users', users: 3, realmPlan: { kind: 'none' }, expected: [true, null] },
    { name: 'D4: with a plan that is over, 11 users', users: 11, realmPlan: { kind: 'none' }, expected: [false, null] },
    { name: 'D5: of a sponsored community', users: 500, planType: 102, uploaded: false, expected: [true, null] },
    { name: 'D6, 124: with an ending plan, 11 users', users: 11, realmPlan: ENDING, expected: [true, END] },
    {
      name: 'D7, 124: with an ending plan, nothing known',
      users: 3,
      uploaded: false,
      realmPlan: ENDING,
      expected: [true, END],
    },
    { name: 'D8, 124: with an ending plan, 10 users', users: 10, realmPlan: ENDING, expected: [true, null] },
    { name: 'D9, 124: with an active plan', users: 500, realmPlan: { kind: 'active' }, expected: [true, null] },
    {
      name: "D10, 124: with the server's active plan",
      users: 500,
      serverPlan: { kind: 'active' },
      expected: [true, null],
    },
    { name: 'D11: of a server that never uploaded its audit log', uploaded: false, expected: [false, null] },
    { name: 'D12: of a server that uploaded an empty audit log', expected: [true, null] },
  ];
  it.each(vectors)('$name', async ({ users = 0, planType, uploaded, realmPlan, serverPlan, expected }) => {
    const server = await service.addServer({ featureLevel: 235, uploaded: uploaded ?? true });
    const realm = await service.addRealm(server, planType ? { planType } : {});
    const other = await service.addRealm(await service.addServer());
    if (users > 0)
      await report(service, server.id, [{ realmId: realm.id, extraData: population([users, 0, 0, 0, 0]) }]);
    if (realmPlan) {
      await setPlan(service, { realmId: realm.id }, { kind: 'active' });
      await setPlan(service, { realmId: realm.id }, realmPlan);
    }
    if (serverPlan) await setPlan(service, { serverId: server.id }, serverPlan);
    const tx = service.app.get(DataSource).manager;
    const answer = await permissions(service).ofRealms(tx, server.id, [realm.id, other.id]);
    expect([...answer].map(([id, { canPush, expectedEndTimestamp }]) => [id, canPush, expectedEndTimestamp])).toEqual([
      [realm.id, ...expected],
    ]);
  });
});

describe('an upload', () => {
  it('changes at once what may be sent, and says so', async () => {
    const server = await serverWithPhone({ featureLevel: 235, uploaded: false });
    const realm = { uuid: randomUUID() };
    const upload = (id: number, users: Roles) =>
      service.call('server/analytics', {
        auth: server,
        form: {
          realm_counts: '[]',
          installation_counts: '[]',
          realmauditlog_rows: JSON.stringify([
            {
              id,
              realm: 1,
              event_time: service.clock.seconds(),
              backfilled: false,
              event_type: 101,
              extra_data: population(users),
            },
          ]),
          realms: JSON.stringify([
            {
              id: 1,
              uuid: realm.uuid,
              uuid_owner_secret: 'zuliprealm_secret',
              host: 'zulip.test',
              url: 'https://zulip.test',
              date_created: 1_700_000_000,
              deactivated: false,
            },
          ]),
          version: '"8.0"',
          api_feature_level: 235,
        },
      });
    const status = (canPush: boolean) => ({ [realm.uuid]: { can_push: canPush, expected_end_timestamp: null } });
    expect((await notify(server)).body).toEqual(refused('Missing data'));
    expect((await upload(1, TEN)).body['realms']).toEqual(status(true));
    expect((await notify(server, realm)).body['realm']).toEqual(status(true)[realm.uuid]);
    expect((await upload(2, ELEVEN)).body['realms']).toEqual(status(false));
    expect((await notify(server, realm)).body).toEqual(refused(TOO_MANY));
    expect((await notify(server)).body).toEqual(refused(TOO_MANY));
  });
});

it('F7: what the service counts itself does not look like something that the server uploaded', async () => {
  const server = await serverWithPhone({ featureLevel: 235 });
  expect((await notify(server, await service.addRealm(server))).status).toBe(200);
  const status = await service.call('server/analytics/status', { method: 'GET', auth: server });
  expect(status.body).toEqual({
    result: 'success',
    msg: '',
    last_realm_count_id: 0,
    last_installation_count_id: 0,
    last_realmauditlog_id: 0,
  });
});
