import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestServerRow, TestService } from '../support/service.js';
import {
  anEvent,
  anInstallationCount,
  aRealm,
  aRealmCount,
  everything,
  OK,
  refused,
  roles,
  stored,
  upload,
  uploadStatus,
} from './uploads.js';

let service: TestService;
let auth: TestServerRow;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());
beforeEach(async () => {
  auth = await service.addServer({ uploaded: false });
});

const ids = async (server = auth) => {
  const { body } = await uploadStatus(service, server);
  return [body['last_realm_count_id'], body['last_installation_count_id'], body['last_realmauditlog_id']];
};

/** Uploads what must be accepted. */
async function accepted(parameters: object) {
  const answer = await upload(service, auth, { ...parameters });
  expect(answer.body).toMatchObject({ result: 'success' });
  expect(answer.status).toBe(200);
  return answer.body;
}

/** Uploads what must be refused with the text and without a trace. */
async function expectRefusal(parameters: object, msg: string) {
  const before = await everything(service, auth);
  const answer = await upload(service, auth, { ...parameters });
  expect(answer.body).toEqual(refused(msg));
  expect(answer.status).toBe(400);
  expect(await everything(service, auth)).toEqual(before);
}

const serverRow = async () => (await service.rows('SELECT * FROM remote_servers WHERE id = $1', [auth.id]))[0] ?? {};

describe('the status', () => {
  it('A1, 111: is three zeros for a server that has uploaded nothing', async () => {
    const answer = await uploadStatus(service, auth);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      result: 'success',
      msg: '',
      last_realm_count_id: 0,
      last_installation_count_id: 0,
      last_realmauditlog_id: 0,
    });
  });

  it('A2, A3, A4: is the highest number per list, of this server only, without what the service wrote itself', async () => {
    await accepted({
      realm_counts: [aRealmCount({ id: 3 }), aRealmCount({ id: 7 })],
      installation_counts: [anInstallationCount({ id: 4 })],
      realmauditlog_rows: [anEvent({ id: 12 })],
    });
    const other = await service.addServer();
    await upload(service, other, { realm_counts: [aRealmCount({ id: 90 })] });
    await service.rows(
      `INSERT INTO remote_installation_counts (server_id, property, end_time, value)
       VALUES ($1, 'mobile_pushes_received::day', now(), 5)`,
      [auth.id],
    );
    await service.rows(
      `INSERT INTO remote_realm_audit_log (server_id, event_time, event_type) VALUES ($1, now(), 20001)`,
      [auth.id],
    );
    expect(await ids()).toEqual([7, 4, 12]);
    expect(await ids(other)).toEqual([90, 0, 0]);
  });

  it('A5: is refused for a wrong key', async () => {
    const answer = await uploadStatus(service, { uuid: auth.uuid, key: 'x'.repeat(64) });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({
      result: 'error',
      msg: `Zulip server auth failure: key does not match role ${auth.uuid}`,
      code: 'UNAUTHORIZED',
    });
  });

  it('A6: and the upload answer wrong methods with 405', async () => {
    const posted = await service.call('server/analytics/status', { auth });
    expect(posted.status).toBe(405);
    expect(posted.body).toEqual({ result: 'error', msg: 'Method Not Allowed', allowed_methods: ['GET'] });
    const got = await service.call('server/analytics', { auth, method: 'GET' });
    expect(got.status).toBe(405);
    expect(got.body).toEqual({ result: 'error', msg: 'Method Not Allowed', allowed_methods: ['POST'] });
  });

  it('A7: names parameters that it does not know', async () => {
    const answer = await service.call('server/analytics/status?x=1', { auth, method: 'GET' });
    expect(answer.status).toBe(200);
    expect(answer.body['ignored_parameters_unsupported']).toEqual(['x']);
  });

  it('is exact for numbers beyond 53 bits', async () => {
    await accepted({
      realm_counts: JSON.stringify([aRealmCount({ id: 0 })]).replace('"id":0', '"id":9007199254740993'),
    });
    const answer = await uploadStatus(service, auth);
    expect(answer.text).toContain('"last_realm_count_id":9007199254740993');
  });
});

describe('an upload of events', () => {
  it('B2: stores an event', async () => {
    expect(await accepted({ realmauditlog_rows: [anEvent()] })).toEqual(OK);
    expect(await stored(service, auth)).toEqual([0, 0, 1, 0]);
  });

  it('B7, B8: does not mind gaps between events, nor an empty list of them', async () => {
    await accepted({ realmauditlog_rows: [anEvent({ id: 1 })] });
    await accepted({ realmauditlog_rows: [anEvent({ id: 3, event_type: 104 })] });
    await accepted({ realmauditlog_rows: [] });
    expect(await stored(service, auth)).toEqual([0, 0, 2, 0]);
  });

  it('B14, 115: is refused for an event that is no servers to report', async () => {
    await expectRefusal(
      { realmauditlog_rows: [anEvent(), anEvent({ event_type: 205 }), anEvent()] },
      'Invalid event type.',
    );
    await expectRefusal({ realmauditlog_rows: [anEvent({ event_type: 2 ** 40 })] }, 'Invalid event type.');
  });

  it.each([
    ['B19, B22, 122', { ...roles(1, 2, 3, 4, 5), '1': 'old' }, { ...roles(1, 2, 3, 4, 5), '1': 'old' }],
    ['B20, 122', JSON.stringify(roles(1, 2, 3, 4, 5)), roles(1, 2, 3, 4, 5)],
    ['B21, 122', null, {}],
    ['B23', {}, {}],
    ['text of null', 'null', {}],
  ])('%s: stores an event with its extra data', async (_vector, sent, kept) => {
    const event = anEvent({ backfilled: true, event_type: 104, extra_data: sent });
    await accepted({ realmauditlog_rows: [event] });
    const rows = await service.rows('SELECT * FROM remote_realm_audit_log WHERE server_id = $1', [auth.id]);
    expect(rows).toMatchObject([
      {
        id: expect.any(String),
        server_id: auth.id,
        remote_realm_id: null,
        realm_id: '2',
        remote_id: String(event.id),
        event_time: new Date('1988-03-14T00:00:00Z'),
        event_type: 104,
        backfilled: true,
        extra_data: kept,
      },
    ]);
  });

  it('keeps numbers in extra data exactly', async () => {
    const rows = JSON.stringify([anEvent({ extra_data: { n: 0 } })]).replace('"n":0', '"n":9007199254740993');
    await accepted({ realmauditlog_rows: rows });
    const [row] = await service.rows(`SELECT extra_data->>'n' AS n FROM remote_realm_audit_log WHERE server_id = $1`, [
      auth.id,
    ]);
    expect(row).toEqual({ n: '9007199254740993' });
  });

  it.each([
    ['B24, 122', '{malformedjson:'],
    ['a list', '[1]'],
    ['a number that no database takes', '{"n":1e99999}'],
    ['a NUL', '{"n":"\\u0000"}'],
  ])('%s: is refused for malformed extra data', async (_vector, text) => {
    await expectRefusal({ realmauditlog_rows: [anEvent({ extra_data: text })] }, 'Malformed audit log data');
  });

  it('B25, K4: leaves nothing behind when extra data is malformed', async () => {
    const realm = aRealm();
    await accepted({ realms: [realm] });
    await expectRefusal(
      {
        realm_counts: [aRealmCount()],
        realms: [{ ...realm, name: 'New name' }, aRealm()],
        version: '"11.0"',
        realmauditlog_rows: [anEvent({ extra_data: '{malformedjson:' })],
      },
      'Malformed audit log data',
    );
  });

  it('125: with an empty list of events is a sign of life, without one is none', async () => {
    await accepted({});
    expect((await serverRow())['last_audit_log_update']).toBeNull();
    service.clock.set('2031-05-01T12:00:00Z');
    await accepted({ realmauditlog_rows: [] });
    const { last_audit_log_update: at } = await serverRow();
    expect((at as Date).toISOString()).toMatch(/^2031-05-01T12:0/);
    service.clock.set(new Date());
  });
});
