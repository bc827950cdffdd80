/**
 * SQL by which people are counted. A synced audit record carries the realm's population right
 * after the event: `{"10": {"11": {"<role>": <number>}}}`. The record that arrived last counts, among those whose time has come.
 */

/** The events that servers report; in the form of the partial index on them. */
export const SYNCED = 'a.event_type IN (101, 102, 103, 104, 105, 201, 202, 229)';

/** Records without role counts say nothing: very old servers and bot realms write them. */
export const TELLING = `jsonb_typeof(a.extra_data #> '{10,11}') = 'object'`;

/** Owners, administrators, moderators, members, guests. Newer servers repeat the same people under other keys beside these. */
const ROLES = `'{100,200,300,400,600}'`;

/** More people than this are not believed. */
export const LARGEST = 2_147_483_647;
const within = (sum: string) => `LEAST(GREATEST(COALESCE(${sum}, 0), 0), ${LARGEST})::integer`;

/** What is not a number under a role counts as nobody, so that one odd record cannot stop all uploads of a server. */
export const PEOPLE = `
  SELECT ${within('sum(role.people)')} AS users, ${within("sum(role.people) FILTER (WHERE role.key = '600')")} AS guests
  FROM (
    SELECT key, CASE WHEN jsonb_typeof(value) = 'number' THEN trunc((value #>> '{}')::numeric) END AS people
    FROM jsonb_each(a.extra_data #> '{10,11}') WHERE key = ANY (${ROLES})
  ) role`;

/** The count by the records that `mine` selects as of `at`. */
export const latestCount = (mine: string, at: string) => `
  LEFT JOIN LATERAL (
    SELECT a.id, people.users, people.guests
    FROM remote_realm_audit_log a CROSS JOIN LATERAL (${PEOPLE}) people
    WHERE ${mine} AND ${SYNCED} AND ${TELLING} AND a.event_time <= ${at}
    ORDER BY a.id DESC LIMIT 1
  ) latest ON true`;

/** As `latestCount`, and when a later record will change it. */
const counted = (mine: string, at: string) => `
  ${latestCount(mine, at)}
  LEFT JOIN LATERAL (
    SELECT min(a.event_time) AS due_at FROM remote_realm_audit_log a
    WHERE ${mine} AND ${SYNCED} AND ${TELLING} AND a.event_time > ${at} AND a.id > COALESCE(latest.id, 0)
  ) future ON true`;

/** Every realm of server $1 as of $2. */
export const COUNT_REALMS = `
  SELECT r.id AS realm_id, COALESCE(latest.users, 0) AS users, COALESCE(latest.guests, 0) AS guests, future.due_at
  FROM remote_realms r ${counted('a.remote_realm_id = r.id', '$2')}
  WHERE r.server_id = $1`;

/** One realm $1 as of $2. */
export const COUNT_REALM = `
  SELECT COALESCE(latest.users, 0) AS users, COALESCE(latest.guests, 0) AS guests, future.due_at
  FROM (SELECT $1::bigint AS id) r ${counted('a.remote_realm_id = r.id', '$2')}`;

/** The numbers by which server $1 ever spoke of realms, and a last null, found by hopping along the index. */
export const REALM_NUMBERS = `
  numbers AS (
    (SELECT realm_id FROM remote_realm_audit_log WHERE server_id = $1 AND realm_id IS NOT NULL ORDER BY realm_id LIMIT 1)
    UNION ALL
    SELECT (
      SELECT l.realm_id FROM remote_realm_audit_log l
      WHERE l.server_id = $1 AND l.realm_id > numbers.realm_id ORDER BY l.realm_id LIMIT 1
    ) FROM numbers WHERE numbers.realm_id IS NOT NULL
  )`;

/**
 * Server $1 as of $2: the last known population of every realm it ever spoke of by its own number, deleted ones too. Records without a
 * number form one group.
 */
export const COUNT_SERVER = `
  WITH RECURSIVE ${REALM_NUMBERS}, groups AS (
    SELECT latest.users, latest.guests, future.due_at
    FROM (SELECT realm_id FROM numbers WHERE realm_id IS NOT NULL) n
    ${counted('a.server_id = $1 AND a.realm_id = n.realm_id', '$2')}
    UNION ALL
    SELECT latest.users, latest.guests, future.due_at
    FROM (SELECT 1) nameless ${counted('a.server_id = $1 AND a.realm_id IS NULL', '$2')}
  )
  SELECT ${within('sum(users)')} AS users, ${within('sum(guests)')} AS guests, min(due_at) AS due_at FROM groups`;

/** Keeps a server's count. An unchanged row is left alone. */
export const KEEP_SERVER = `
  INSERT INTO user_counts AS kept (server_id, users, guests, due_at) VALUES ($1, $2, $3, $4)
  ON CONFLICT (server_id) WHERE realm_id IS NULL
  DO UPDATE SET users = EXCLUDED.users, guests = EXCLUDED.guests, due_at = EXCLUDED.due_at
  WHERE (kept.users, kept.guests, kept.due_at) IS DISTINCT FROM (EXCLUDED.users, EXCLUDED.guests, EXCLUDED.due_at)`;

/** Keeps the counts of a server's realms. */
export const KEEP_REALMS = `
  INSERT INTO user_counts AS kept (server_id, realm_id, users, guests, due_at)
  SELECT $1, * FROM unnest($2::bigint[], $3::integer[], $4::integer[], $5::timestamptz[])
  ON CONFLICT (realm_id) WHERE realm_id IS NOT NULL
  DO UPDATE SET users = EXCLUDED.users, guests = EXCLUDED.guests, due_at = EXCLUDED.due_at
  WHERE (kept.users, kept.guests, kept.due_at) IS DISTINCT FROM (EXCLUDED.users, EXCLUDED.guests, EXCLUDED.due_at)`;
