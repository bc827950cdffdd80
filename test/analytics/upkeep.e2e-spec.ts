import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CountUpkeep } from '../../src/registration/counts/count-upkeep.job.js';
import { onServer } from '../support/server-connection.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { anInstallationCount, aRealmCount, upload, uploadStatus } from './uploads.js';

let service: TestService;
let auth: TestServerRow;
beforeAll(async () => {
  service = await TestService.start({
    env: { COUNTS_RETENTION_MONTHS: '3', ANALYTICS_UNKNOWN_PROPERTIES: 'tolerate' },
  });
});
afterAll(() => service.stop());
beforeEach(async () => {
  auth = await service.addServer();
});

/** Does the upkeep of a day. A run that is under way may have begun on another. */
async function upkeepOn(day: string): Promise<void> {
  const job = service.app.get(CountUpkeep, { strict: false });
  await job.run();
  service.clock.set(day);
  await job.run();
}

const partitions = async (table: string) =>
  (
    await service.rows<{ name: string }>(
      'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1',
      [table],
    )
  ).map(({ name }) => name.replace(`${table}_`, ''));

const unix = (iso: string) => Date.parse(iso) / 1_000;

describe('statistics', () => {
  it('have partitions for the months around the current one, also across a year', async () => {
    await upkeepOn('2040-12-15T00:00:00Z');
    for (const table of ['remote_installation_counts', 'remote_realm_counts']) {
      expect(await partitions(table)).toEqual(
        expect.arrayContaining(['2040_10', '2040_11', '2040_12', '2041_01', '2041_02', 'other']),
      );
    }
    await upkeepOn('2040-12-15T00:00:00Z');
  });

  it('go to the partition of their month', async () => {
    await upkeepOn('2040-12-15T00:00:00Z');
    await upload(service, auth, {
      installation_counts: [anInstallationCount({ end_time: unix('2041-01-01T00:00:00Z') })],
      realm_counts: [aRealmCount({ end_time: unix('2040-12-31T23:00:00Z') }), aRealmCount({ end_time: 5 })],
    });
    const places = await service.rows(
      `SELECT tableoid::regclass::text AS place FROM remote_realm_counts WHERE server_id = $1
       UNION ALL SELECT tableoid::regclass::text FROM remote_installation_counts WHERE server_id = $1 ORDER BY 1`,
      [auth.id],
    );
    expect(places.map(({ place }) => place)).toEqual([
      'remote_installation_counts_2041_01',
      'remote_realm_counts_2040_12',
      'remote_realm_counts_other',
    ]);
  });

  it('stay where they are when they came before their partition', async () => {
    const end = { end_time: unix('2050-05-05T00:00:00Z') };
    await upload(service, auth, { realm_counts: [aRealmCount(end)] });
    await upkeepOn('2050-05-15T00:00:00Z');
    expect(await partitions('remote_realm_counts')).not.toContain('2050_05');
    expect(await partitions('remote_realm_counts')).toContain('2050_06');
    await upload(service, auth, { realm_counts: [aRealmCount({ ...end, value: 6 })] });
    const rows = await service.rows('SELECT value FROM remote_realm_counts WHERE server_id = $1', [auth.id]);
    expect(rows).toEqual([{ value: '5' }]);
  });

  it('are removed when they have been kept long enough, and are not asked for again', async () => {
    await upkeepOn('2060-05-15T00:00:00Z');
    const times = ['2060-01-31T23:59:59Z', '2060-02-01T00:00:00Z', '2060-04-15T00:00:00Z', '2060-03-31T00:00:00Z'];
    await upload(service, auth, {
      installation_counts: times.map((time) => anInstallationCount({ end_time: unix(time) })),
    });
    const mark = (await uploadStatus(service, auth)).body['last_installation_count_id'];
    const kept = async () =>
      (
        await service.rows<{ end_time: Date }>(
          'SELECT end_time FROM remote_installation_counts WHERE server_id = $1 ORDER BY 1',
          [auth.id],
        )
      ).map(({ end_time: at }) => at.toISOString().slice(0, 10));
    await upkeepOn('2060-05-31T23:00:00Z');
    expect(await kept()).toEqual(['2060-02-01', '2060-03-31', '2060-04-15']);
    await upkeepOn('2060-07-01T00:00:00Z');
    expect(await kept()).toEqual(['2060-04-15']);
    expect(await partitions('remote_installation_counts')).not.toContain('2060_03');
    expect((await uploadStatus(service, auth)).body['last_installation_count_id']).toBe(mark);
  });

  it('that nobody knows are let through where the operator says so, but never the own ones of the service', async () => {
    const odd = [anInstallationCount({ id: 5, property: 'x'.repeat(100) }), anInstallationCount({ id: 6 })];
    expect((await upload(service, auth, { installation_counts: odd })).status).toBe(200);
    const rows = await service.rows('SELECT remote_id FROM remote_installation_counts WHERE server_id = $1', [auth.id]);
    expect(rows).toEqual([{ remote_id: '6' }]);
    const own = [anInstallationCount({ property: 'mobile_pushes_forwarded::day' })];
    expect((await upload(service, auth, { installation_counts: own })).body).toMatchObject({
      msg: 'Invalid property mobile_pushes_forwarded::day',
    });
  });

  it('can be uploaded at the very moment at which partitions are made and dropped', async () => {
    const servers = await Promise.all(Array.from({ length: 6 }, () => service.addServer()));
    for (const year of ['2080', '2081', '2082', '2083']) {
      const upkeep = upkeepOn(`${year}-05-15T00:00:00Z`);
      const uploads = servers.map((server) =>
        upload(service, server, {
          realm_counts: [aRealmCount()],
          installation_counts: [anInstallationCount()],
          realmauditlog_rows: [],
          version: `"${year}"`,
        }),
      );
      expect((await Promise.all(uploads)).map(({ status }) => status)).toEqual(servers.map(() => 200));
      await upkeep;
    }
  });

  it('can be uploaded while partitions are made, and making them gives way to an upload', async () => {
    await onServer(service.databaseUrl, async (client) => {
      await client.query('BEGIN');
      await client.query('UPDATE remote_servers SET last_version = $2 WHERE id = $1', [auth.id, 'x']);
      const upkeep = upkeepOn('2070-05-15T00:00:00Z');
      const other = await service.addServer();
      expect((await upload(service, other, { realm_counts: [aRealmCount()] })).status).toBe(200);
      await client.query('ROLLBACK');
      await upkeep;
    });
    await upkeepOn('2070-05-15T00:00:00Z');
    expect(await partitions('remote_realm_counts')).toContain('2070_07');
  });
});
