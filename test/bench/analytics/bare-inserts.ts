import pg from 'pg';
import { answerCalls } from '../parts/answer-calls.js';
import { countRow, eventRow, ROWS } from './upload-rows.js';

/** The yardstick: the rows of one upload, already in memory, in batches of a thousand in one transaction. */

const BATCH = 1_000;

const REALM_COUNTS = `
  INSERT INTO remote_realm_counts (server_id, remote_realm_id, realm_id, remote_id, property, subgroup, end_time, value)
  SELECT $1::bigint, $1::bigint, 2, row.*
  FROM unnest($2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[]) AS row ON CONFLICT DO NOTHING`;
const INSTALLATION_COUNTS = `
  INSERT INTO remote_installation_counts (server_id, remote_id, property, subgroup, end_time, value)
  SELECT $1::bigint, row.*
  FROM unnest($2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[]) AS row ON CONFLICT DO NOTHING`;
const EVENTS = `
  INSERT INTO remote_realm_audit_log
    (server_id, remote_realm_id, realm_id, remote_id, event_time, event_type, backfilled, extra_data)
  SELECT $1::bigint, $1::bigint, 2, row.*
  FROM unnest($2::bigint[], $3::timestamptz[], $4::smallint[], $5::boolean[], $6::jsonb[]) AS row ON CONFLICT DO NOTHING`;

let client: pg.Client;

const iso = (seconds: number) => new Date(seconds * 1_000).toISOString();
const range = <Row>(row: (n: number) => Row) => Array.from({ length: ROWS }, (_, n) => row(n));
const counts = range((n) => ({ ...countRow(n), end_time: iso(countRow(n).end_time) }));
const events = range((n) => ({
  ...eventRow(n),
  event_time: iso(eventRow(n).event_time),
  extra_data: JSON.stringify(eventRow(n).extra_data),
}));

async function start({ databaseUrl }: { databaseUrl: string }): Promise<void> {
  client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
}

async function insert<Row extends object>(
  statement: string,
  server: number,
  rows: readonly Row[],
  keys: readonly (keyof Row)[],
) {
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH);
    await client.query(statement, [server, ...keys.map((key) => batch.map((row) => row[key]))]);
  }
}

/** Stores the rows of one upload of a server; answers rows a second. */
async function run({ server }: { server: number }): Promise<number> {
  const begun = performance.now();
  const countKeys = ['id', 'property', 'subgroup', 'end_time', 'value'] as const;
  await client.query('BEGIN');
  await insert(REALM_COUNTS, server, counts, countKeys);
  await insert(INSTALLATION_COUNTS, server, counts, countKeys);
  await insert(EVENTS, server, events, ['id', 'event_time', 'event_type', 'backfilled', 'extra_data']);
  await client.query('COMMIT');
  return (3 * ROWS * 1_000) / (performance.now() - begun);
}

answerCalls({ start, run });
