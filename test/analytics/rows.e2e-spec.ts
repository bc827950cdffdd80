import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestServerRow, TestService } from '../support/service.js';
import {
  anEvent,
  anInstallationCount,
  aRealm,
  aRealmCount,
  everything,
  IN_1988,
  OK,
  refused,
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

describe('an upload', () => {
  it('B1: stores realms and version', async () => {
    const realms = [aRealm(), aRealm(), aRealm(), aRealm()];
    const body = await accepted({ realms, version: '"X"' });
    expect(Object.keys(body['realms'] as object).sort()).toEqual(realms.map(({ uuid }) => uuid).sort());
    expect(await serverRow()).toMatchObject({ last_version: 'X', last_audit_log_update: null });
    expect(await stored(service, auth)).toEqual([0, 0, 0, 4]);
  });

  it('B3: stores counts', async () => {
    const end = { end_time: IN_1988 };
    await accepted({ realm_counts: [aRealmCount(end)], installation_counts: [anInstallationCount(end)] });
    for (const table of ['remote_realm_counts', 'remote_installation_counts']) {
      const rows = await service.rows(`SELECT property, subgroup, end_time, value FROM ${table} WHERE server_id = $1`, [
        auth.id,
      ]);
      expect(rows).toEqual([
        {
          property: 'messages_read::hour',
          subgroup: null,
          end_time: new Date('1988-03-14T00:00:00Z'),
          value: '5',
        },
      ]);
    }
  });

  it('B4, B5, B6: takes nothing new, new realm counts, a new installation count', async () => {
    await accepted({ realm_counts: [aRealmCount()], installation_counts: [anInstallationCount()] });
    const before = await everything(service, auth);
    expect(await accepted({})).toEqual(OK);
    expect(await everything(service, auth)).toEqual(before);
    await accepted({ realm_counts: [aRealmCount(), aRealmCount()] });
    expect(await stored(service, auth)).toEqual([3, 1, 0, 0]);
    await accepted({ installation_counts: [anInstallationCount()] });
    expect(await stored(service, auth)).toEqual([3, 2, 0, 0]);
  });

  it.each([
    ['B9, 113', 'mobile_pushes_received::day'],
    ['B9', 'mobile_pushes_forwarded::day'],
    ['B10, 113', 'invalid count stat'],
    ['a name of 40 characters', 'x'.repeat(40)],
  ])('%s: is refused for the statistic %s', async (_vector, property) => {
    const msg = `Invalid property ${property}`;
    await expectRefusal({ installation_counts: [anInstallationCount(), anInstallationCount({ property })] }, msg);
    await expectRefusal({ realm_counts: [aRealmCount({ property })], realms: [aRealm()] }, msg);
  });

  it('B11, 116: is refused when it repeats what is stored', async () => {
    const rows = { realm_counts: [aRealmCount()], realmauditlog_rows: [anEvent()] };
    await accepted(rows);
    await expectRefusal(rows, 'Data is out of order.');
    await expectRefusal({ realmauditlog_rows: rows.realmauditlog_rows }, 'Data is out of order.');
  });

  it('B12, B13, 117: drops counts that come again under higher numbers, and does not ask for them again', async () => {
    const realmCounts = [aRealmCount(), aRealmCount({ subgroup: 'true' }), aRealmCount()];
    const counts = [anInstallationCount(), anInstallationCount({ subgroup: 'x' })];
    await accepted({ realm_counts: realmCounts, installation_counts: counts });
    const again = <T extends { id: number }>(row: T) => ({ ...row, id: row.id + 1_000_000, value: 77 });
    await accepted({ realm_counts: realmCounts.map(again), installation_counts: counts.map(again) });
    expect(await stored(service, auth)).toEqual([3, 2, 0, 0]);
    const values = await service.rows('SELECT DISTINCT value FROM remote_realm_counts WHERE server_id = $1', [auth.id]);
    expect(values).toEqual([{ value: '5' }]);
    expect(await ids()).toEqual([realmCounts[2]!.id + 1_000_000, counts[1]!.id + 1_000_000, 0]);
  });

  it('B15, B16, B17, 123: links rows to their realm, old ones once the version changes', async () => {
    const realm = aRealm({ id: 2 });
    const links = async () => {
      const rows = await service.rows(
        `SELECT remote_realm_id IS NOT NULL AS linked, realm_id FROM remote_realm_counts WHERE server_id = $1
         UNION ALL SELECT remote_realm_id IS NOT NULL, realm_id FROM remote_realm_audit_log
           WHERE server_id = $1 AND remote_id IS NOT NULL`,
        [auth.id],
      );
      return rows.map(({ linked, realm_id: id }) => `${id} ${linked}`).sort();
    };
    const rows = () => ({ realm_counts: [aRealmCount()], realmauditlog_rows: [anEvent()] });
    await accepted({ ...rows(), installation_counts: [anInstallationCount()], realms: [] });
    expect(await links()).toEqual(['2 false', '2 false']);
    await accepted({ realms: [realm] });
    expect(await links(), 'the version is the same').toEqual(['2 false', '2 false']);
    await accepted({ realms: [realm], version: '"11.2"' });
    expect(await links()).toEqual(['2 true', '2 true']);
    await accepted({ ...rows(), realms: [realm], version: '"11.2"' });
    expect(await links()).toEqual(['2 true', '2 true', '2 true', '2 true']);
  });

  it('links no old row whose realm has the same statistic already', async () => {
    const end = { end_time: IN_1988 };
    const realm = aRealm({ id: 2 });
    await accepted({ realm_counts: [aRealmCount({ ...end, realm: 3 }), aRealmCount({ ...end, realm: 2 })] });
    await accepted({ realms: [realm], version: '"9.0"' });
    await accepted({ realms: [{ ...realm, id: 3 }], version: '"10.0"' });
    const rows = await service.rows(
      'SELECT realm_id, remote_realm_id IS NULL AS unlinked FROM remote_realm_counts WHERE server_id = $1 ORDER BY 1',
      [auth.id],
    );
    expect(rows).toEqual([
      { realm_id: '2', unlinked: false },
      { realm_id: '3', unlinked: true },
    ]);
  });

  it('B18, 112: is taken in the form of Zulip 2.0', async () => {
    const answer = await accepted({
      realm_counts:
        '[{"id":1,"property":"messages_sent:is_bot:hour","subgroup":"false","end_time":574300800.0,"value":5,"realm":2}]',
      installation_counts: '[]',
      version: '"2.0.6+git"',
    });
    expect(answer).toEqual(OK);
    expect(await stored(service, auth)).toEqual([1, 0, 0, 0]);
    expect(await serverRow()).toMatchObject({ last_version: '2.0.6+git', last_audit_log_update: null });
  });

  it('B26, 114: takes statistics that nobody needs without storing them, and does not ask for them again', async () => {
    await accepted({
      realm_counts: [aRealmCount({ id: 8, property: 'invites_sent::day' })],
      installation_counts: [anInstallationCount({ id: 9, property: 'active_users:is_bot:day' })],
    });
    expect(await stored(service, auth)).toEqual([0, 0, 0, 0]);
    expect(await ids()).toEqual([8, 9, 0]);
  });

  it.each([
    ['equal', [5, 5]],
    ['falling', [6, 5]],
    ['zero', [0]],
    ['negative', [-1]],
  ])('B27: is refused for %s numbers', async (_how, numbers) => {
    const realmCounts = numbers.map((id) => aRealmCount({ id }));
    await expectRefusal({ realm_counts: realmCounts }, 'Data is out of order.');
    await expectRefusal({ realmauditlog_rows: numbers.map((id) => anEvent({ id })) }, 'Data is out of order.');
  });

  it('names the first row that breaks a rule, and its statistic before its number', async () => {
    await accepted({ realm_counts: [aRealmCount({ id: 50 })] });
    const bad = { property: 'bad' };
    const fine = (id: number) => aRealmCount({ id });
    await expectRefusal({ realm_counts: [aRealmCount({ id: 50, ...bad })] }, 'Invalid property bad');
    await expectRefusal({ realm_counts: [fine(50), aRealmCount(bad)] }, 'Data is out of order.');
    await expectRefusal({ realm_counts: [fine(51), fine(51), aRealmCount(bad)] }, 'Data is out of order.');
    await expectRefusal({ realm_counts: [fine(51), aRealmCount({ id: 51, ...bad })] }, 'Invalid property bad');
  });

  it('B28, B29: takes rows of realms it does not know, and of the future', async () => {
    const nextYear = Date.now() / 1_000 + 365 * 86_400;
    await accepted({
      realm_counts: [aRealmCount({ realm: 99, end_time: nextYear })],
      realms: [aRealm({ id: 2 })],
      version: '"1"',
    });
    const rows = await service.rows('SELECT realm_id, remote_realm_id FROM remote_realm_counts WHERE server_id = $1', [
      auth.id,
    ]);
    expect(rows).toEqual([{ realm_id: '99', remote_realm_id: null }]);
  });

  it('B30: takes thousands of rows', async () => {
    const rows = Array.from({ length: 2_500 }, () => aRealmCount());
    await accepted({ realm_counts: rows });
    expect(await stored(service, auth)).toEqual([2_500, 0, 0, 0]);
  });

  it('B31: keeps the first of rows with the same key', async () => {
    const end = { end_time: IN_1988 };
    await accepted({ realm_counts: [aRealmCount({ ...end, value: 1 }), aRealmCount({ ...end, value: 2 })] });
    const rows = await service.rows('SELECT value FROM remote_realm_counts WHERE server_id = $1', [auth.id]);
    expect(rows).toEqual([{ value: '1' }]);
  });

  it('B32: knows rows without subgroup again', async () => {
    const end = { end_time: IN_1988, subgroup: null };
    await accepted({ realm_counts: [aRealmCount(end)], installation_counts: [anInstallationCount(end)] });
    await accepted({ realm_counts: [aRealmCount(end)], installation_counts: [anInstallationCount(end)] });
    expect(await stored(service, auth)).toEqual([1, 1, 0, 0]);
  });

  it('keeps times to the microsecond, and tells rows apart by them', async () => {
    const times = ['574300800.000001', '574300800.000002', '574300800.0000015', '-1.5', '5'];
    const rows = times.map((time) =>
      JSON.stringify(anInstallationCount({ end_time: 0 })).replace('time":0', `time":${time}`),
    );
    await accepted({ installation_counts: `[${rows.join(',')}]` });
    const kept = await service.rows(
      `SELECT to_char(end_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS time
       FROM remote_installation_counts WHERE server_id = $1 ORDER BY end_time`,
      [auth.id],
    );
    expect(kept.map(({ time }) => time)).toEqual([
      '1969-12-31T23:59:58.500000',
      '1970-01-01T00:00:05.000000',
      '1988-03-14T00:00:00.000001',
      '1988-03-14T00:00:00.000002',
    ]);
  });
});
