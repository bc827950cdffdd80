import type pg from 'pg';
import { keyDigest } from '../../../src/common/key-digest.js';
import { tokenDigest } from '../../../src/devices/token.js';
import {
  APP_ID,
  appleToken,
  type Population,
  realmUuid,
  serverKey,
  serverOf,
  serverUuid,
  userUuid,
} from './population.js';

/** From here on it pays to build the indexes after the rows. */
const MANY = 500_000;

/** Registers the servers, each with one realm, as having uploaded just now: they may send. */
export async function seedServers(pool: pg.Pool, { servers }: Population): Promise<void> {
  const numbers = Array.from({ length: servers }, (_, server) => server);
  await pool.query(
    `INSERT INTO remote_servers (id, uuid, key_digest, hostname, contact_email, created_at, updated_at, last_version,
       last_api_feature_level, last_audit_log_update)
     SELECT n, uuid, digest, 'chat' || n || '.example.com', 'admin@example.com', now(), now(), '11.0', 400, now()
     FROM unnest($1::int[], $2::uuid[], $3::bytea[]) AS s (n, uuid, digest)`,
    [numbers, numbers.map(serverUuid), numbers.map((server) => keyDigest(serverKey(server)))],
  );
  await pool.query(
    `INSERT INTO remote_realms (id, server_id, uuid, uuid_owner_secret, host, name, created_at, updated_at, realm_date_created)
     SELECT n, n, uuid, 'zuliprealm_bench', 'chat' || n || '.example.com', 'Bench', now(), now(), now()
     FROM unnest($1::int[], $2::uuid[]) AS r (n, uuid)`,
    [numbers, numbers.map(realmUuid)],
  );
}

/**
 * Gives every user one Apple device, registered a month ago. The rows are made by the database itself, in the way that
 * `population.ts` says.
 *
 * @throws Error where the two do not make the same of a user
 */
export async function seedDevices(pool: pg.Pool, population: Population): Promise<void> {
  const { users, servers } = population;
  const indexes = users >= MANY ? await dropIndexes(pool) : [];
  // Two foreign keys of each row, of which we know that they hold, would take most of the time.
  await pool.query('SET session_replication_role = replica');
  await pool.query(
    `INSERT INTO devices (server_id, user_uuid, remote_realm_id, kind, token, token_digest, ios_app_id, registered_at)
     SELECT n % $2, ('0e540000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n % $2, 1, token,
       sha256(convert_to(token, 'UTF8')), $3, now() - interval '30 days'
     FROM generate_series(0, $1::int - 1) AS n, lpad(to_hex(n), 64, 'a') AS token`,
    [users, servers, APP_ID],
  );
  await pool.query('SET session_replication_role = DEFAULT');
  for (const index of indexes) await pool.query(index);
  await check(pool, population, users - 1);
  await pool.query('VACUUM ANALYZE');
}

/** Answers the statements that make them again. */
async function dropIndexes(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
     FROM pg_index WHERE indrelid = 'devices'::regclass AND NOT indisprimary`,
  );
  for (const { name } of rows) await pool.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

async function check(pool: pg.Pool, population: Population, user: number): Promise<void> {
  const { rowCount } = await pool.query(
    `SELECT 1 FROM devices
     WHERE server_id = $1 AND user_uuid = $2 AND kind = 1 AND token = $3 AND token_digest = $4 AND remote_realm_id = $1`,
    [serverOf(population, user), userUuid(user), appleToken(user), tokenDigest(1, appleToken(user))],
  );
  if (rowCount !== 1) throw new Error('the database makes other devices than population.ts');
}
