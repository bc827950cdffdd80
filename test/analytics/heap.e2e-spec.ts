import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keyDigest } from '../../src/common/key-digest.js';
import type { ServiceChild } from '../process/service-child.js';
import { Surroundings } from '../process/surroundings.js';
import type { Credentials } from '../support/api-client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { onServer } from '../support/server-connection.js';
import { anEvent, anInstallationCount, aRealm, aRealmCount } from './uploads.js';

const SERVERS = 64;
const ROWS = 10_000;

let around: Surroundings;
let database: TestDatabase;
let service: ServiceChild;
beforeAll(async () => {
  around = await Surroundings.create();
  database = await createTestDatabase();
  service = await around.startOn(database.url, { NODE_OPTIONS: '--max-old-space-size=512' });
});
afterAll(async () => {
  await around.remove();
  await database.drop();
});

/** A form of the size of a full upload. Most of its rows are let through without being stored, so that this is about the service. */
function fullForm(): Record<string, string> {
  const skipped = { property: 'invites_sent::day', subgroup: 'some subgroup' };
  return {
    realm_counts: JSON.stringify(Array.from({ length: ROWS }, () => aRealmCount(skipped))),
    installation_counts: JSON.stringify(Array.from({ length: ROWS }, () => anInstallationCount(skipped))),
    realmauditlog_rows: JSON.stringify(Array.from({ length: ROWS / 10 }, () => anEvent())),
    version: '"11.0"',
  };
}

/** Uploads, and comes again as long as it is told to; answers the statuses. */
async function uploadUntilTaken(auth: Credentials, form: Record<string, string>): Promise<number[]> {
  const statuses: number[] = [];
  while (statuses.at(-1) !== 200 && statuses.length < 50) {
    const { status, headers } = await service.call('server/analytics', { auth, form });
    statuses.push(status);
    if (status === 503) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    if (status !== 200) await sleep(500);
  }
  return statuses;
}

it('takes in full uploads of 64 servers at once with a heap of 512 MB', { timeout: 300_000 }, async () => {
  const servers = Array.from({ length: SERVERS }, () => ({ uuid: randomUUID(), key: randomBytes(32).toString('hex') }));
  await onServer(database.url, (client) =>
    client.query(
      `INSERT INTO remote_servers (uuid, key_digest, hostname, contact_email, created_at, updated_at)
       SELECT uuid, digest, uuid::text, 'admin@zulip.test', now(), now() FROM unnest($1::uuid[], $2::bytea[]) AS s (uuid, digest)`,
      [servers.map(({ uuid }) => uuid), servers.map(({ key }) => keyDigest(key))],
    ),
  );
  const form = fullForm();
  const statuses = await Promise.all(
    servers.map((auth) => uploadUntilTaken(auth, { ...form, realms: JSON.stringify([aRealm({ id: 2 })]) })),
  );
  expect(statuses.map((all) => all.at(-1))).toEqual(servers.map(() => 200));
  expect(statuses.flat().filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect((await service.ready()).status).toBe(200);
  const { rows } = await onServer(database.url, (client) =>
    client.query<{ count: number }>(
      'SELECT count(*)::integer FROM remote_realm_audit_log WHERE remote_realm_id IS NOT NULL',
    ),
  );
  expect(rows).toEqual([{ count: (SERVERS * ROWS) / 10 }]);
});
