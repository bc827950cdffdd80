import pg from 'pg';
import { tokenDigest } from '../../../src/devices/token.js';
import { answerCalls } from '../parts/answer-calls.js';
import { APP_ID, appleToken, type Population, serverOf, userUuid } from '../parts/population.js';

/** The yardstick: one row per statement, prepared once, over as many connections as the service has for its hot path. */

const CONNECTIONS = 8;
const INSERT = `
  INSERT INTO devices (server_id, user_uuid, remote_realm_id, kind, token, token_digest, ios_app_id, registered_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;

let pool: pg.Pool;

function start({ databaseUrl }: { databaseUrl: string }): void {
  pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
}

async function run(order: {
  readonly population: Population;
  readonly first: number;
  readonly seconds: number;
  readonly inFlight: number;
}): Promise<{ rows: number; perSecond: number }> {
  const { population, first, seconds, inFlight } = order;
  const begun = performance.now();
  const endsAt = begun + seconds * 1000;
  let rows = 0;
  const lane = async () => {
    while (performance.now() < endsAt) {
      const user = first + rows++;
      const server = serverOf(population, user);
      const token = appleToken(user);
      const values = [server, userUuid(user), server, 1, token, tokenDigest(1, token), APP_ID, new Date()];
      await pool.query({ name: 'insert', text: INSERT, values });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { rows, perSecond: (rows * 1000) / (performance.now() - begun) };
}

answerCalls({ start, run });
