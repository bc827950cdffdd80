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

const BATCH = 20_000;

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

/** Gives every user one Apple device. */
export async function seedDevices(pool: pg.Pool, population: Population): Promise<void> {
  for (let first = 0; first < population.users; first += BATCH) {
    const users = Array.from({ length: Math.min(BATCH, population.users - first) }, (_, i) => first + i);
    await pool.query(
      `INSERT INTO devices (server_id, user_uuid, remote_realm_id, kind, token, token_digest, ios_app_id, registered_at)
       SELECT server, uuid, server, 1, token, digest, $5, now()
       FROM unnest($1::int[], $2::uuid[], $3::text[], $4::bytea[]) AS d (server, uuid, token, digest)`,
      [
        users.map((user) => serverOf(population, user)),
        users.map(userUuid),
        users.map(appleToken),
        users.map((user) => tokenDigest(1, appleToken(user))),
        APP_ID,
      ],
    );
  }
  await pool.query('ANALYZE');
}
