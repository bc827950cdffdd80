import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestServerRow, TestService } from '../support/service.js';
import { anEvent, aRealm, aRealmCount, everything, IN_1988, OK, refused, stored, upload } from './uploads.js';

let service: TestService;
let auth: TestServerRow;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());
beforeEach(async () => {
  auth = await service.addServer();
});

const realms = (server = auth) =>
  service.rows('SELECT * FROM remote_realms WHERE server_id = $1 ORDER BY host', [server.id]);

/** What the service noted of the server's realms. */
const noted = () =>
  service.rows(
    `SELECT event_type, extra_data, realm_id, remote_id, remote_realm_id IS NOT NULL AS linked FROM remote_realm_audit_log
     WHERE server_id = $1 AND remote_id IS NULL ORDER BY id`,
    [auth.id],
  );

const note = (type: number, realm: { id: number } | null, extra: object = {}) => ({
  event_type: type,
  extra_data: extra,
  realm_id: realm ? String(realm.id) : null,
  remote_id: null,
  linked: true,
});

const change = (realm: { id: number }, name: string, before: unknown, after: unknown) =>
  note(20001, realm, { attr_name: name, old_value: before, new_value: after });

async function accepted(parameters: object) {
  const answer = await upload(service, auth, { ...parameters });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

async function expectRefusal(parameters: object, msg: string) {
  const before = await everything(service, auth);
  const answer = await upload(service, auth, { ...parameters });
  expect(answer.body).toEqual(refused(msg));
  expect(answer.status).toBe(400);
  expect(await everything(service, auth)).toEqual(before);
}

describe('realms', () => {
  it('C1: are stored as described, and answered', async () => {
    const human = aRealm({ org_type: 1000, date_created: 574_300_800.25, uuid: randomUUID() });
    const bots = aRealm({ is_system_bot_realm: true, host: 'zulipinternal.zulip.test' });
    const body = await accepted({ realms: [human, bots] });
    expect(body['realms']).toEqual({
      [human.uuid]: { can_push: true, expected_end_timestamp: null },
      [bots.uuid]: { can_push: true, expected_end_timestamp: null },
    });
    const common = {
      id: expect.any(String),
      server_id: auth.id,
      uuid_owner_secret: human.uuid_owner_secret,
      authentication_methods: { Email: true, GitHub: false },
      created_at: expect.any(Date),
      updated_at: expect.any(Date),
      registration_deactivated: false,
      realm_deactivated: false,
      realm_locally_deleted: false,
      plan_type: 100,
    };
    expect(await realms()).toEqual([
      {
        ...common,
        uuid: human.uuid,
        host: human.host,
        name: human.name,
        org_type: 1000,
        is_system_bot_realm: false,
        realm_date_created: new Date('1988-03-14T00:00:00.250Z'),
      },
      {
        ...common,
        uuid: bots.uuid,
        host: bots.host,
        name: bots.name,
        org_type: 10,
        is_system_bot_realm: true,
        realm_date_created: new Date('1988-03-14T00:00:00Z'),
      },
    ]);
    expect(await noted()).toEqual([]);
  });

  it.each([
    ['C2', 'host', 'host', 'other.zulip.test'],
    ['C3', 'org_type', 'org_type', 70],
    ['C4', 'name', 'name', 'Other'],
    ['C5', 'authentication_methods', 'authentication_methods', { Email: false, LDAP: true }],
    ['C6', 'deactivated', 'realm_deactivated', true],
    ['a bot realm', 'is_system_bot_realm', 'is_system_bot_realm', true],
  ] as const)('%s: note a change of %s', async (_vector, key, column, value) => {
    const realm = aRealm();
    await accepted({ realms: [realm] });
    await accepted({ realms: [{ ...realm, [key]: value }] });
    expect(await realms()).toMatchObject([{ [column]: value }]);
    expect(await noted()).toEqual([change(realm, column, realm[key], value)]);
  });

  it('C7, C8, C22, 120: note changes of one upload in order, and take no other date or secret', async () => {
    const realm = aRealm();
    await accepted({ realms: [realm] });
    const after = {
      ...realm,
      deactivated: true,
      authentication_methods: {},
      name: 'After',
      org_type: 70,
      host: 'after.zulip.test',
      date_created: IN_1988 + 1,
      uuid_owner_secret: 'zuliprealm_another',
      url: 'https://after.zulip.test',
    };
    await accepted({ realms: [after], realmauditlog_rows: [anEvent({ event_type: 201, realm: realm.id })] });
    expect(await noted()).toEqual([
      change(realm, 'host', realm.host, 'after.zulip.test'),
      change(realm, 'org_type', 10, 70),
      change(realm, 'name', realm.name, 'After'),
      change(realm, 'authentication_methods', { Email: true, GitHub: false }, {}),
      change(realm, 'realm_deactivated', false, true),
    ]);
    expect(await stored(service, auth)).toEqual([0, 0, 6, 1]);
    expect(await realms()).toMatchObject([
      {
        realm_date_created: new Date('1988-03-14T00:00:00Z'),
        uuid_owner_secret: realm.uuid_owner_secret,
        realm_deactivated: true,
      },
    ]);
  });

  it('C9, C21: note nothing where nothing but the order of keys has changed', async () => {
    const realm = aRealm();
    await accepted({ realms: [realm] });
    await accepted({ realms: [{ ...realm, authentication_methods: { GitHub: false, Email: true } }] });
    expect(await noted()).toEqual([]);
  });

  it('C11, C12, 119: of another server are refused, with everything that came along', async () => {
    const other = await service.addServer();
    const taken = aRealm();
    await upload(service, other, { realms: [taken] });
    await expectRefusal(
      { realms: [aRealm(), taken], realm_counts: [aRealmCount()], version: '"11.0"' },
      'Duplicate registration detected.',
    );
    expect(await realms(other)).toHaveLength(1);
  });

  it('named twice are refused while they are new', async () => {
    const realm = aRealm();
    await expectRefusal({ realms: [realm, { ...realm, id: realm.id + 500 }] }, 'Duplicate registration detected.');
  });

  it('C13, C15, C16, C17, 121: are marked when they are missing, once, and unmarked when they return', async () => {
    const [stays, leaves] = [aRealm(), aRealm()];
    await accepted({ realms: [stays, leaves] });
    const answer = await accepted({ realms: [stays] });
    expect(Object.keys(answer['realms'] as object)).toEqual([stays.uuid]);
    const flags = async () =>
      (await realms()).map((row) => [row['uuid'], row['realm_locally_deleted'], row['registration_deactivated']]);
    expect(await flags()).toEqual(
      [stays, leaves]
        .toSorted((a, b) => (a.host < b.host ? -1 : 1))
        .map(({ uuid }) => [uuid, uuid === leaves.uuid, false]),
    );
    expect(await noted()).toEqual([note(20003, null)]);
    await accepted({ realms: [stays] });
    expect(await noted()).toEqual([note(20003, null)]);
    await accepted({ realms: [stays, { ...leaves, name: 'Back' }] });
    expect((await flags()).map(([, deleted]) => deleted)).toEqual([false, false]);
    expect(await noted()).toEqual([
      note(20003, null),
      change(leaves, 'name', leaves.name, 'Back'),
      note(20004, leaves),
    ]);
  });

  it('C18: are left alone where none are sent, and all marked where the list is empty', async () => {
    await accepted({ realms: [aRealm()] });
    expect(await accepted({})).toEqual(OK);
    expect(await realms()).toMatchObject([{ realm_locally_deleted: false }]);
    expect(await accepted({ realms: [] })).toEqual(OK);
    expect(await realms()).toMatchObject([{ realm_locally_deleted: true }]);
  });

  it('C20: may leave out what has a default', async () => {
    const { name: _n, org_type: _o, authentication_methods: _a, is_system_bot_realm: _b, ...least } = aRealm();
    await accepted({ realms: [least] });
    expect(await realms()).toMatchObject([
      { name: '', org_type: 0, authentication_methods: {}, is_system_bot_realm: false },
    ]);
  });

  it('are known by their UUID in any spelling', async () => {
    const realm = aRealm({ uuid: randomUUID() });
    await accepted({ realms: [realm] });
    const body = await accepted({ realms: [{ ...realm, uuid: realm.uuid.toUpperCase().replaceAll('-', '') }] });
    expect(Object.keys(body['realms'] as object)).toEqual([realm.uuid]);
    expect(await stored(service, auth)).toEqual([0, 0, 0, 1]);
  });

  it('that share a number link rows to the last of them', async () => {
    const [first, last] = [aRealm({ id: 2 }), aRealm({ id: 2 })];
    await accepted({ realms: [first, last], realm_counts: [aRealmCount()] });
    const rows = await service.rows(
      `SELECT uuid FROM remote_realm_counts c JOIN remote_realms r ON r.id = c.remote_realm_id WHERE c.server_id = $1`,
      [auth.id],
    );
    expect(rows).toEqual([{ uuid: last.uuid }]);
  });
});
