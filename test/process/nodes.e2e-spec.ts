import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '../../migrations/index.js';
import { createEmptyDatabase } from '../support/database.js';
import { until } from '../support/scripted-http2.js';
import { onServer } from '../support/server-connection.js';
import { registerPhones, Surroundings } from './surroundings.js';

let around: Surroundings;
beforeAll(async () => {
  around = await Surroundings.create();
});
afterEach(() => around.endChildren());
afterAll(() => around.remove());

/** Whether no PostgreSQL runs on the data directory: the server notes itself in one file, its users in a folder. */
function databaseIsGone(): boolean {
  const home = join(around.directory, 'data/postgres');
  return !existsSync(join(home, 'cluster/data/postmaster.pid')) && readdirSync(join(home, 'runs')).length === 0;
}

const NOTIFICATION = { user_id: 10, apns_payload: { alert: 'hi' }, gcm_payload: { event: 'x' } };

describe('several nodes', () => {
  it('that start at once on an empty database migrate it once, and all come up', async () => {
    const database = await createEmptyDatabase();
    try {
      const nodes = await Promise.all(Array.from({ length: 5 }, () => around.startOn(database.url)));
      for (const node of nodes) expect((await node.ready()).status).toBe(200);
      const done = await onServer(database.url, (client) => client.query('SELECT name FROM migrations ORDER BY id'));
      expect(done.rows.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
      const first = nodes[0]!;
      const auth = await registerPhones(first, database.url, { apple: 'c0ffee', android: 'android' });
      const answers = await Promise.all(nodes.map((node) => node.call('push/notify', { auth, json: NOTIFICATION })));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    } finally {
      await around.endChildren();
      await database.drop();
    }
  });

  it('share the embedded database of one directory, which stops with the last of them', async () => {
    const [one, other] = await Promise.all([around.spawn().listening(), around.spawn().listening()]);
    const auth = await registerPhones(one, around.embeddedUrl, { apple: 'c0ffee01', android: 'android-1' });
    expect((await other.call('push/notify', { auth, json: NOTIFICATION })).status).toBe(200);
    expect(await one.stop()).toEqual({ code: 0, signal: null });
    expect((await other.call('push/notify', { auth, json: NOTIFICATION })).status).toBe(200);
    expect(await other.stop()).toEqual({ code: 0, signal: null });
    expect(databaseIsGone()).toBe(true);
  });
});

describe('a node that is killed', () => {
  it('leaves no PostgreSQL behind, and nothing that it acknowledged is lost', async () => {
    const node = await around.spawn().listening();
    const auth = await registerPhones(node, around.embeddedUrl, { apple: 'c0ffee02', android: 'android-2' });
    expect(databaseIsGone()).toBe(false);
    await node.stop('SIGKILL');
    await until(databaseIsGone);
    const again = await around.spawn().listening();
    const answer = await again.call('push/notify', { auth, json: NOTIFICATION });
    expect(answer.body).toMatchObject({ result: 'success', total_android_devices: 1, total_apple_devices: 1 });
    expect(await again.stop()).toEqual({ code: 0, signal: null });
  });
});
