import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { onServer } from '../support/server-connection.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { anEvent, anInstallationCount, aRealm, aRealmCount, OK, refused, stored, upload } from './uploads.js';

let service: TestService;
let auth: TestServerRow;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());
beforeEach(async () => {
  auth = await service.addServer();
});

/** Does something while another transaction holds the server's row. */
function whileLocked<T>(
  server: TestServerRow,
  work: (unlock: (sql?: string) => Promise<void>) => Promise<T>,
): Promise<T> {
  return onServer(service.databaseUrl, async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT FROM remote_servers WHERE id = $1 FOR NO KEY UPDATE', [server.id]);
    return work(async (sql) => {
      if (sql) await client.query(sql, [server.id]);
      await client.query('COMMIT');
    });
  });
}

/** Waits until so many connections wait for a lock. */
async function untilWaiting(count: number): Promise<void> {
  for (;;) {
    const [row] = await service.rows<{ count: number }>(
      `SELECT count(*)::integer FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if ((row?.count ?? 0) >= count) return;
    await sleep(20);
  }
}

describe('uploads at the same time', () => {
  it('K1: of the same rows: one is taken, the others are out of order, and rows are stored once', async () => {
    const body = { realm_counts: [aRealmCount()], realmauditlog_rows: [anEvent()], realms: [aRealm()] };
    const answers = await Promise.all([1, 2, 3].map(() => upload(service, auth, body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    for (const answer of answers.filter(({ status }) => status === 400)) {
      expect(answer.body).toEqual(refused('Data is out of order.'));
    }
    expect(await stored(service, auth)).toEqual([1, 0, 1, 1]);
  });

  it('K2: of nothing but the same realms are all taken, and create each once', async () => {
    const body = { realms: [aRealm()], realmauditlog_rows: [] };
    const answers = await Promise.all([1, 2, 3].map(() => upload(service, auth, body)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await stored(service, auth)).toEqual([0, 0, 0, 1]);
  });

  it('K3: of other servers do not wait for a server whose uploads wait', async () => {
    await whileLocked(auth, async (unlock) => {
      const waiting = Promise.all([1, 2, 3].map(() => upload(service, auth)));
      await untilWaiting(1);
      const others = await Promise.all(
        Array.from({ length: 12 }, async () =>
          upload(service, await service.addServer(), { realm_counts: [aRealmCount()] }),
        ),
      );
      expect(others.map(({ status }) => status)).toEqual(others.map(() => 200));
      await unlock();
      expect((await waiting).map(({ body }) => body)).toEqual([OK, OK, OK]);
    });
  });

  it('K5: a refused upload moves the time of the last request all the same', async () => {
    service.clock.set('2033-03-03T03:03:03Z');
    expect((await upload(service, auth, { realm_counts: 'x' })).status).toBe(400);
    const rows = await service.rows('SELECT last_request_at FROM remote_server_activity WHERE server_id = $1', [
      auth.id,
    ]);
    const [row = {}] = rows;
    expect((row['last_request_at'] as Date).toISOString()).toMatch(/^2033-03-03T03:03/);
    service.clock.set(new Date());
  });

  it('a server that is deactivated while its upload waits is told so, and nothing is stored', async () => {
    await whileLocked(auth, async (unlock) => {
      const waiting = upload(service, auth, { realm_counts: [aRealmCount()] });
      await untilWaiting(1);
      await unlock('UPDATE remote_servers SET deactivated = true WHERE id = $1');
      const answer = await waiting;
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        result: 'error',
        msg: 'The mobile push notification service registration for your server has been deactivated',
        code: 'UNAUTHORIZED',
      });
    });
    expect(await stored(service, auth)).toEqual([0, 0, 0, 0]);
  });

  it('devices can be registered while an upload of their server holds its row', async () => {
    await onServer(service.databaseUrl, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM remote_servers WHERE id = $1 FOR NO KEY UPDATE', [auth.id]);
      const form = { user_id: 1, token: 'a token', token_kind: 2 };
      expect((await service.call('push/register', { auth, form })).status).toBe(200);
      await client.query('ROLLBACK');
    });
  });

  it('two servers that claim the same realms at once do not block each other for ever', async () => {
    const realms = Array.from({ length: 20 }, () => aRealm());
    const other = await service.addServer();
    const answers = await Promise.all([
      upload(service, auth, { realms }),
      upload(service, other, { realms: realms.toReversed() }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(answers.find(({ status }) => status === 400)?.body).toEqual(refused('Duplicate registration detected.'));
  });

  it('64 servers with many rows each are all taken in', async () => {
    const servers = await Promise.all(Array.from({ length: 64 }, () => service.addServer()));
    const rows = {
      realm_counts: Array.from({ length: 300 }, () => aRealmCount()),
      installation_counts: Array.from({ length: 300 }, () => anInstallationCount()),
      realmauditlog_rows: Array.from({ length: 300 }, () => anEvent()),
    };
    const answers = await Promise.all(
      servers.map((server) => upload(service, server, { ...rows, realms: [aRealm({ id: 2 })] })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await Promise.all(servers.map((server) => stored(service, server)))).toEqual(
      servers.map(() => [300, 300, 300, 1]),
    );
  });
});

describe('the counts of notifications', () => {
  it('F6: of one that is sent over midnight lie in two days', async () => {
    service.clock.set('2044-04-04T23:50:00Z');
    auth = await service.addServer();
    await service.call('push/register', { auth, form: { user_id: 7, token: 'late', token_kind: 2 } });
    service.fcm.script.forToken('late', {
      // Asked for when the notification has arrived there: midnight passes before it is answered.
      get delayMs() {
        service.clock.set('2044-04-05T00:00:01Z');
        return 0;
      },
    });
    const json = { user_id: 7, gcm_payload: { event: 'test' }, apns_payload: {} };
    const sent = await service.call('push/notify', { auth, json });
    expect(sent.status, sent.text).toBe(200);
    await service.addUp();
    const rows = await service.rows(
      `SELECT property, end_time, value FROM remote_installation_counts WHERE server_id = $1 ORDER BY end_time`,
      [auth.id],
    );
    expect(rows).toEqual([
      { property: 'mobile_pushes_received::day', end_time: new Date('2044-04-05T00:00:00Z'), value: '1' },
      { property: 'mobile_pushes_forwarded::day', end_time: new Date('2044-04-06T00:00:00Z'), value: '1' },
    ]);
    service.clock.set(new Date());
  });
});
