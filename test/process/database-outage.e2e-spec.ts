import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credentials } from '../support/api-client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { onServer } from '../support/server-connection.js';
import { DatabaseLine } from './database-line.js';
import type { ServiceChild } from './service-child.js';
import { registerPhones, Surroundings } from './surroundings.js';

let around: Surroundings;
let database: TestDatabase;
let line: DatabaseLine;
let service: ServiceChild;
let auth: Credentials;
beforeAll(async () => {
  around = await Surroundings.create();
  database = await createTestDatabase();
  line = new DatabaseLine(database.url);
  await line.mend();
  service = await around.startOn(line.url);
  auth = await registerPhones(service, database.url, { apple: 'c0ffee', android: 'android' });
});
afterAll(async () => {
  await around.remove();
  line.cut();
  await database.drop();
});

const NOTIFICATION = { user_id: 10, apns_payload: { alert: 'hi' }, gcm_payload: { event: 'x' } };
const notify = () => service.call('push/notify', { auth, json: NOTIFICATION });
const unregister = (token: string) =>
  service.call('push/unregister', { auth, form: { user_id: 10, token, token_kind: 2 } });

/** Breaks all connections of the service at once, as a restart of PostgreSQL does. */
const breakConnections = () =>
  onServer(database.url, (client) =>
    client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    ),
  );

/** Number of connections that listen for changes. */
const listeners = () =>
  onServer(database.url, async (client) => {
    const sql = `SELECT count(*)::int FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'push-bouncer listen' AND query LIKE 'LISTEN%'`;
    return (await client.query<{ count: number }>(sql)).rows[0]?.count;
  });

async function eventually(look: () => Promise<boolean>): Promise<void> {
  while (!(await look()));
}

describe('a database that goes away', () => {
  it('is no reason to end, nor to tell a server that it did something wrong', async () => {
    expect((await notify()).status).toBe(200);
    line.cut();
    const answers = await Promise.all([
      notify(),
      unregister('android'),
      service.call('push/register', { auth, form: { user_id: 11, token: 'b', token_kind: 2 } }),
      service.call('push/notify', { auth: { ...auth, key: 'wrong'.padEnd(64, 'x') }, json: NOTIFICATION }),
      service.call('server/register', {
        form: { zulip_org_id: auth.uuid, zulip_org_key: auth.key, hostname: 'a.test', contact_email: 'a@zulip.test' },
      }),
    ]);
    for (const { status, body, headers } of answers) {
      expect(status).toBe(503);
      expect(body).toEqual({
        result: 'error',
        msg: 'Service temporarily unavailable',
        code: 'INTERNAL_SERVER_ERROR',
      });
      expect(headers['retry-after']).toBe('5');
    }
    const { status, body } = await service.ready();
    expect(status).toBe(503);
    expect(body).toMatchObject({ error: { database: { status: 'down' } }, info: { service: { status: 'up' } } });
    expect((await service.call('/health/live', { method: 'GET' })).status).toBe(200);
  });

  it('is taken up again when it comes back, and nothing was lost', async () => {
    await line.mend();
    await eventually(async () => (await service.ready()).status === 200);
    await eventually(async () => (await listeners()) === 1);
    const answer = await notify();
    expect(answer.body).toMatchObject({ result: 'success', total_android_devices: 1, total_apple_devices: 1 });
  });

  it('may break all connections at once: no request is answered 4xx, and the next ones succeed', async () => {
    for (let round = 0; round < 3; round++) {
      const under = Array.from({ length: 20 }, () => notify());
      await breakConnections();
      const statuses = (await Promise.all(under)).map(({ status }) => status);
      expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
      await eventually(async () => (await notify()).status === 200);
    }
  });

  it('is believed before what was remembered while nobody could say what changed', async () => {
    expect((await notify()).status).toBe(200);
    // The change happens while the service does not hear: it must have forgotten the server, not merely missed the news.
    await onServer(database.url, async (client) => {
      await client.query('BEGIN');
      await client.query('UPDATE remote_servers SET deactivated = true WHERE uuid = $1', [auth.uuid]);
      await client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'push-bouncer listen' AND datname = current_database()",
      );
      await client.query('COMMIT');
    });
    await eventually(async () => (await notify()).status === 401);
    await eventually(async () => (await listeners()) === 1);
    // From here on the news come by the new connection: the server is remembered, and known again at once.
    expect((await notify()).status).toBe(401);
    await onServer(database.url, (client) =>
      client.query('UPDATE remote_servers SET deactivated = false WHERE uuid = $1', [auth.uuid]),
    );
    await eventually(async () => (await notify()).status === 200);
    await onServer(database.url, (client) =>
      client.query('UPDATE remote_servers SET deactivated = true WHERE uuid = $1', [auth.uuid]),
    );
    await eventually(async () => (await notify()).status === 401);
  });
});
