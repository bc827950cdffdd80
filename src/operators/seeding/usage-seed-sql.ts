import { SCHEDULE, STATUS } from '../../plans/catalogue/plan-status.js';
import { TIER } from '../../plans/catalogue/tiers.js';

/**
 * Statements that make usage for `usage-seed.ts`. Parameters: $1 and $2 the highest ids of servers and realms before, $3 and $4 how many
 * to make, $5 how many of the servers have realms (server n has realm n, and realm n + $5 where there is one), $6 the time.
 */

/** How many there are is in every statement, used or not: PostgreSQL wants to know the type of each parameter. */
const SIZES = `sizes AS (
  SELECT $1::bigint AS server_base, $2::bigint AS realm_base, $3::integer AS servers, $4::integer AS realms, $5::integer AS housed,
    $6::timestamptz AS at)`;

const uuid = (name: string, number: string) => `overlay(md5('${name}' || ${number}) placing '4' from 13)::uuid`;
const ORG_TYPES = 'ARRAY[0, 10, 20, 30, 35, 40, 60, 90, 1000]';

export const PEOPLE_STEPS: readonly { readonly what: string; readonly sql: string }[] = [
  {
    what: 'servers',
    sql: `WITH ${SIZES}
      INSERT INTO remote_servers (id, uuid, key_digest, hostname, contact_email, created_at, updated_at, last_version,
        last_api_feature_level, deactivated, last_audit_log_update)
      SELECT server_base + n, ${uuid('server', '(server_base + n)')}, sha256(convert_to('seed' || (server_base + n), 'UTF8')),
        'chat' || n || '.seed.example', 'admin' || n || '@seed.example', at - make_interval(days => n % 900), at,
        (8 + n % 5) || '.' || n % 4, 200 + n % 200, n % 50 = 0,
        CASE WHEN n % 25 = 1 THEN NULL WHEN n % 20 = 2 THEN at - make_interval(days => 3 + n % 30) ELSE at - make_interval(mins => n % 90) END
      FROM sizes, generate_series(1, servers) n`,
  },
  {
    what: 'when servers were last seen',
    sql: `WITH ${SIZES}
      INSERT INTO remote_server_activity (server_id, last_request_at)
      SELECT server_base + n, at - make_interval(mins => n % 600) FROM sizes, generate_series(1, servers) n`,
  },
  {
    what: 'organizations',
    sql: `WITH ${SIZES}
      INSERT INTO remote_realms (id, server_id, uuid, uuid_owner_secret, host, name, is_system_bot_realm, org_type, created_at, updated_at,
        realm_deactivated, realm_date_created)
      SELECT realm_base + k, server_base + 1 + (k - 1) % housed, ${uuid('realm', '(realm_base + k)')}, 'zuliprealm_seed' || k,
        'org' || k || '.seed.example', 'Organization ' || k, false, (${ORG_TYPES})[1 + k % 9], at, at, k % 100 = 0,
        at - make_interval(days => k % 900)
      FROM sizes, generate_series(1, realms) k`,
  },
  {
    what: 'the numbers of those that come later',
    sql: `WITH ${SIZES}
      SELECT setval(pg_get_serial_sequence('remote_servers', 'id'), server_base + servers),
        setval(pg_get_serial_sequence('remote_realms', 'id'), realm_base + realms) FROM sizes`,
  },
  {
    what: 'users of organizations',
    sql: `WITH ${SIZES}
      INSERT INTO user_counts (server_id, realm_id, users, guests)
      SELECT server_base + 1 + (k - 1) % housed, realm_base + k, 3 + (2000 / (1 + (k - 1) % housed)) + k % 40, k % 7
      FROM sizes, generate_series(1, realms) k`,
  },
  {
    what: 'users of servers',
    sql: `WITH ${SIZES}
      INSERT INTO user_counts (server_id, users, guests)
      SELECT server_base + n, COALESCE(sum(u.users), n % 30), COALESCE(sum(u.guests), 0)
      FROM sizes CROSS JOIN generate_series(1, servers) n
      LEFT JOIN user_counts u ON u.server_id = server_base + n AND u.realm_id IS NOT NULL GROUP BY server_base, n`,
  },
  {
    what: 'what organizations reported',
    sql: `WITH ${SIZES}
      INSERT INTO remote_realm_audit_log (server_id, remote_realm_id, realm_id, remote_id, event_time, event_type, extra_data)
      SELECT server_base + 1 + (k - 1) % housed, realm_base + k, 2 + (k - 1) / housed, k * 10 + e, at - make_interval(days => e * 15, mins => k % 600),
        (ARRAY[101, 103, 104, 105])[1 + (k + e) % 4],
        jsonb_build_object('10', jsonb_build_object('11', jsonb_build_object('100', 1, '200', 2, '300', 0, '400', 3 + k % 40, '600', k % 7), '12', 2))
      FROM sizes, generate_series(1, realms) k, generate_series(1, 5) e`,
  },
  {
    what: 'customers',
    sql: `WITH ${SIZES}
      INSERT INTO customers (realm_id, created_at) SELECT realm_base + k, at FROM sizes, generate_series(1, realms, 5) k`,
  },
  {
    what: 'plans',
    sql: `WITH ${SIZES}, buyer AS (
        SELECT c.id, at, (c.realm_id - realm_base) / 5 AS n, (ARRAY[${TIER.basic}, ${TIER.basic}, ${TIER.basic}, ${TIER.business},
          ${TIER.business}, ${TIER.community}, ${TIER.complimentary}])[1 + (c.realm_id - realm_base) / 5 % 7] AS tier
        FROM sizes JOIN customers c ON c.realm_id > realm_base AND c.realm_id <= realm_base + realms
      )
      INSERT INTO plans (customer_id, tier, status, billing_schedule, price_per_license, automanage_licenses, charge_automatically,
        billing_cycle_anchor, next_invoice_date, end_date, created_at)
      SELECT id, tier, CASE WHEN tier < ${TIER.basic} THEN ${STATUS.active} WHEN n % 20 = 3 THEN ${STATUS.downgradeAtEndOfCycle} ELSE ${STATUS.active} END,
        CASE WHEN n % 2 = 0 THEN ${SCHEDULE.annual} ELSE ${SCHEDULE.monthly} END,
        CASE tier WHEN ${TIER.basic} THEN CASE WHEN n % 2 = 0 THEN 4200 ELSE 350 END
          WHEN ${TIER.business} THEN CASE WHEN n % 2 = 0 THEN 8000 ELSE 800 END ELSE 0 END,
        true, true, at - make_interval(days => (n % 300)::integer),
        CASE WHEN tier <> ${TIER.community} THEN at + interval '20 days' END,
        CASE WHEN tier = ${TIER.complimentary} THEN at + interval '200 days' END, at
      FROM buyer`,
  },
  {
    what: 'licenses',
    sql: `WITH ${SIZES}
      INSERT INTO license_ledger (plan_id, is_renewal, event_time, licenses, licenses_at_next_renewal)
      SELECT p.id, e = 1, p.billing_cycle_anchor + make_interval(days => e), 25 + p.id % 100 + e, 25 + p.id % 100 + e
      FROM sizes JOIN customers c ON c.realm_id > realm_base AND c.realm_id <= realm_base + realms
      JOIN plans p ON p.customer_id = c.id CROSS JOIN generate_series(1, 3) e ORDER BY e`,
  },
  {
    what: 'plan types',
    sql: `WITH ${SIZES}
      UPDATE remote_realms r SET plan_type = p.tier FROM sizes, customers c JOIN plans p ON p.customer_id = c.id
      WHERE c.realm_id = r.id AND r.id > realm_base AND r.id <= realm_base + realms`,
  },
];

/** Devices $7 to $8, two for each user; the n-th server has the more the smaller n is. */
export const DEVICES = `
  WITH ${SIZES}, owner AS (
    SELECT i, i / 2 AS person, 1 + floor(servers * power((i / 2 * 0.6180339887) % 1, 3))::integer AS n
    FROM sizes, generate_series($7::bigint, $8::bigint) i
  )
  INSERT INTO devices (server_id, user_uuid, remote_realm_id, kind, token, token_digest, ios_app_id, registered_at)
  SELECT server_base + n, ${uuid('person', 'person')},
    CASE WHEN n > housed OR person % 50 = 0 THEN NULL
      WHEN person % 3 = 0 AND n + housed <= realms THEN realm_base + n + housed WHEN n <= realms THEN realm_base + n END,
    1 + i % 2, md5(i::text) || md5('seed' || i), sha256(convert_to('seed' || (server_base + n) || '-' || i, 'UTF8')),
    CASE WHEN i % 2 = 0 THEN 'org.zulip.Zulip' END, at - make_interval(days => (i % 400)::integer)
  FROM sizes, owner`;

/** Pushes that server n gets on the day that ends at `at`: fewer at the weekend. */
const PUSHES = `(5 + 200000 / (10 + n) * (CASE WHEN extract(isodow FROM at - interval '1 day') > 5 THEN 3 ELSE 10 END) / 10 + n % 13)`;
const PAST = `n % 40 <> 7 OR at < (SELECT max(last_request_at) FROM remote_server_activity) - interval '9 days'`;

const DAILY = `(VALUES ('1day_actives::day', NULL, 3), ('15day_actives::day', NULL, 5), ('active_users_audit:is_bot:day', 'false', 9),
  ('active_users_audit:is_bot:day', 'true', 2), ('messages_sent:message_type:day', 'public_stream', 40),
  ('messages_sent:message_type:day', 'private_stream', 25), ('messages_sent:message_type:day', 'private_message', 30),
  ('messages_sent:message_type:day', 'huddle_message', 6), ('messages_sent:client:day', '1', 40), ('messages_sent:client:day', '3', 30),
  ('messages_sent:client:day', '4', 15), ('messages_sent:client:day', '9', 10), ('messages_sent:client:day', '12', 5),
  ('messages_sent:client:day', '20', 2)) kind (property, subgroup, weight)`;
const HOURLY = `(VALUES ('messages_sent:is_bot:hour', 'false', 4), ('messages_sent:is_bot:hour', 'true', 1), ('messages_read::hour', NULL, 30))
  kind (property, subgroup, weight)`;

/** Which servers upload statistics: every tenth those of days, every hundredth those of hours too. */
const REPORTED = (ofServer: string) => `
  SELECT n, property, subgroup, at AS end_time, weight * (1 + 400 / n + n % 5) AS value
  FROM sizes, generate_series(1, ${ofServer}, 10) n, ${DAILY}
  UNION ALL
  SELECT n, property, subgroup, at - make_interval(hours => h), weight * (1 + 40 / n + (n + h) % 5)
  FROM sizes, generate_series(1, ${ofServer}, 100) n, generate_series(0, 23) h, ${HOURLY}`;

/** Counts of the day that ends at $6. */
export const COUNT_STEPS: readonly string[] = [
  `WITH ${SIZES}
   INSERT INTO remote_installation_counts (server_id, property, end_time, value)
   SELECT server_base + n, kind.property, at, ${PUSHES} * kind.share / 100
   FROM sizes, generate_series(1, servers) n,
     (VALUES ('mobile_pushes_received::day', 100), ('mobile_pushes_forwarded::day', 97)) kind (property, share)
   WHERE ${PAST}`,
  `WITH ${SIZES}
   INSERT INTO remote_realm_counts (server_id, remote_realm_id, property, end_time, value)
   SELECT server_base + n, realm_base + k, kind.property, at, ${PUSHES} * kind.share / 200
   FROM sizes, generate_series(1, realms) k, LATERAL (SELECT 1 + (k - 1) % housed AS n) home,
     (VALUES ('mobile_pushes_received::day', 100), ('mobile_pushes_forwarded::day', 97)) kind (property, share)
   WHERE ${PAST}`,
  `WITH ${SIZES}
   INSERT INTO push_failures (server_id, realm_id, day, provider, outcome, pushes)
   SELECT server_base + n, NULL, (at AT TIME ZONE 'UTC')::date - 1, kind.provider, kind.outcome, 1 + 4000 / (10 + n)
   FROM sizes, generate_series(1, servers, 3) n,
     (VALUES ('apns', 'token-gone'), ('fcm', 'token-gone'), ('apns', 'try-later')) kind (provider, outcome)`,
  `WITH ${SIZES}
   INSERT INTO remote_installation_counts (server_id, property, subgroup, end_time, value)
   SELECT server_base + n, property, subgroup, end_time, value FROM sizes, (${REPORTED('servers')}) reported`,
  `WITH ${SIZES}
   INSERT INTO remote_realm_counts (server_id, remote_realm_id, property, subgroup, end_time, value)
   SELECT server_base + 1 + (n - 1) % housed, realm_base + n, property, subgroup, end_time, value
   FROM sizes, (${REPORTED('realms')}) reported`,
];

/** Gives the days before today states that grew to what they are: $1 days, $2 the time. */
export const BACK_DATED_TOTALS = `
  INSERT INTO daily_totals (day, figure, value)
  SELECT ($2::timestamptz AT TIME ZONE 'UTC')::date - ago, figure, value * (3 * $1::integer - ago) / (3 * $1::integer)
  FROM daily_totals, generate_series(1, $1::integer - 1) ago
  WHERE day = ($2::timestamptz AT TIME ZONE 'UTC')::date AND figure NOT LIKE 'pushes-%' AND figure NOT LIKE 'failed-%'
  ON CONFLICT DO NOTHING`;
