import { ORGANIZATION_TYPES } from '../../plans/catalogue/organization-types.js';
import { LIVE_BELOW, STATUS } from '../../plans/catalogue/plan-status.js';
import { TIER } from '../../plans/catalogue/tiers.js';
import { ANNUAL_REVENUE, IS_SHOWN_REALM, LAST_LEDGER_ROW } from './plan-sql.js';

const TYPE_NAME = `CASE r.org_type ${ORGANIZATION_TYPES.map(({ id, name }) => `WHEN ${id} THEN '${name}'`).join(' ')} END`;

/** Percent of the list price that plan `p` costs; null where the question makes no sense. */
const RATE = `
  CASE
    WHEN p.tier = ${TIER.complimentary} OR p.status IN (${STATUS.downgradeAtEndOfCycle}, ${STATUS.downgradeAtEndOfFreeTrial}) THEN NULL
    WHEN p.tier = ${TIER.community} THEN 0
    WHEN p.discount ~ '^\\d+(\\.\\d+)?$' THEN 100 - p.discount::numeric
    ELSE 100
  END`;

/**
 * One row for each organization, and one for each server that has none to show: organizations of bots, and those that their server has
 * deactivated, are left out, and so are deactivated servers. A plan is that of the row's organization or server, not of the server
 * that the organization is on. To be put behind WITH; the columns are those of `EntryRow`, and what is sorted and chosen by. What a
 * statement does not ask for costs nothing: each join is to one row at most, and PostgreSQL leaves it out.
 *
 * @param servers a condition on server `s`, where not all of them matter
 * @param customers a condition on the customers whose plans `p` matter
 */
const entries = (servers = 'true', customers = 'true') => `
  held AS (
    SELECT p.customer_id, count(*)::integer AS plans, array_agg(p.tier::integer ORDER BY p.id) AS plan_tier,
      array_agg(p.status::integer ORDER BY p.id) AS plan_status, sum(${ANNUAL_REVENUE})::double precision AS revenue,
      max(${RATE})::double precision AS rate, bool_or(p.fixed_price IS NOT NULL) AS is_fixed, min(l.licenses) AS licenses,
      bool_or(p.tier NOT IN (${TIER.complimentary}, ${TIER.community})) AS is_paid
    FROM plans p ${LAST_LEDGER_ROW} WHERE p.status < ${LIVE_BELOW} AND ${customers} GROUP BY p.customer_id
  ), entries AS (
    SELECT s.id AS server_id, r.id AS realm_id, s.uuid AS server_uuid, s.hostname AS server_host, s.contact_email,
      s.last_version AS version, s.last_audit_log_update,
      COALESCE(r.realm_date_created, s.created_at) AS created_at, COALESCE(r.name, '') AS realm_name, COALESCE(r.host, s.hostname) AS host,
      CASE WHEN r.id IS NULL THEN '' ELSE COALESCE(${TYPE_NAME}, 'Unspecified') END AS org_type_name,
      CASE WHEN r.id IS NULL THEN own.mobile_users ELSE part.mobile_users END AS mobile_users,
      CASE WHEN r.id IS NULL THEN own.pushes_week ELSE part.pushes_week END::double precision AS pushes,
      CASE WHEN r.id IS NULL THEN COALESCE(people.users, 0) ELSE COALESCE(members.users, 0) END AS users,
      CASE WHEN r.id IS NULL THEN COALESCE(people.guests, 0) ELSE COALESCE(members.guests, 0) END AS guests,
      own.mobile_users AS server_mobile_users, own.pushes_week::double precision AS server_pushes, own.refreshed_at,
      COALESCE(held.plans, 0) AS plans, held.plan_tier, held.plan_status, held.revenue, held.rate, held.is_fixed, held.is_paid, held.licenses
    FROM remote_servers s
    LEFT JOIN remote_realms r ON r.server_id = s.id AND ${IS_SHOWN_REALM}
    LEFT JOIN usage_figures own ON own.server_id = s.id AND own.realm_id IS NULL
    LEFT JOIN usage_figures part ON part.realm_id = r.id
    LEFT JOIN user_counts people ON people.server_id = s.id AND people.realm_id IS NULL
    LEFT JOIN user_counts members ON members.realm_id = r.id
    LEFT JOIN customers by_realm ON by_realm.realm_id = r.id
    LEFT JOIN customers by_server ON by_server.server_id = s.id AND r.id IS NULL
    LEFT JOIN held ON held.customer_id = COALESCE(by_realm.id, by_server.id)
    WHERE NOT s.deactivated AND ${servers}
  )`;

/** All rows. */
export const ENTRIES = entries();

/** A row as the statements above give it. */
export interface EntryRow {
  readonly server_id: string;
  readonly realm_id: string | null;
  readonly server_host: string;
  readonly contact_email: string;
  readonly version: string | null;
  readonly last_audit_log_update: Date | null;
  readonly created_at: Date;
  readonly realm_name: string;
  readonly host: string;
  readonly org_type_name: string;
  readonly mobile_users: number | null;
  readonly pushes: number | null;
  readonly users: number;
  readonly guests: number;
  readonly plans: number;
  readonly plan_tier: number[] | null;
  readonly plan_status: number[] | null;
  readonly revenue: number | null;
  readonly rate: number | null;
  readonly is_fixed: boolean | null;
}

const COLUMNS = `server_id, realm_id, server_host, contact_email, version, last_audit_log_update, created_at, realm_name, host,
  org_type_name, mobile_users, pushes, users, guests, plans, plan_tier, plan_status, revenue, rate, is_fixed`;

/** Rows for which a condition holds, with all their columns. */
export const rows = (condition: string, order: string) =>
  `WITH ${ENTRIES} SELECT ${COLUMNS} FROM entries WHERE ${condition} ORDER BY ${order}`;

/** Only which rows they are, so that only what they are chosen and sorted by is looked at. */
export const rowIds = (condition: string, order: string) =>
  `WITH ${ENTRIES} SELECT server_id, realm_id FROM entries WHERE ${condition} ORDER BY ${order}`;

/** All rows of servers $1, in no order. */
export const ROWS_OF_SERVERS = `
  WITH ${entries(
    's.id = ANY ($1)',
    `p.customer_id IN (
      SELECT id FROM customers WHERE server_id = ANY ($1)
      UNION ALL SELECT c.id FROM customers c JOIN remote_realms r ON r.id = c.realm_id WHERE r.server_id = ANY ($1))`,
  )} SELECT ${COLUMNS} FROM entries`;

/** A totals row over what is selected of `entries`. */
export interface TotalsRow {
  readonly rows: number;
  readonly servers: number;
  readonly mobile_users: number;
  readonly pushes: number;
  readonly revenue: number;
  readonly users: number;
  readonly guests: number;
  readonly counted_at: Date | null;
}

/**
 * Totals over the rows for which `condition` holds. A device belongs to its server even where it is tied to no organization, so a server
 * all of whose rows are there counts with its own figures, and one with some of them by the figures of those.
 */
export const totals = (condition: string) => `
  WITH ${ENTRIES}
  SELECT COALESCE(sum(selected), 0)::integer AS rows, count(*)::integer AS servers,
    COALESCE(sum(CASE WHEN selected = rows_of_server THEN server_mobile_users ELSE mobile_users END), 0)::double precision AS mobile_users,
    COALESCE(sum(CASE WHEN selected = rows_of_server THEN server_pushes ELSE pushes END), 0)::double precision AS pushes,
    COALESCE(sum(revenue), 0)::double precision AS revenue, COALESCE(sum(users), 0)::double precision AS users,
    COALESCE(sum(guests), 0)::double precision AS guests, min(counted_at) AS counted_at
  FROM (
    SELECT server_id, count(*) AS rows_of_server, count(*) FILTER (WHERE chosen) AS selected,
      min(server_mobile_users) AS server_mobile_users, min(server_pushes) AS server_pushes,
      sum(mobile_users) FILTER (WHERE chosen) AS mobile_users, sum(pushes) FILTER (WHERE chosen) AS pushes,
      sum(revenue) FILTER (WHERE chosen) AS revenue, sum(users) FILTER (WHERE chosen) AS users,
      sum(guests) FILTER (WHERE chosen) AS guests, min(refreshed_at) AS counted_at
    -- OFFSET keeps the condition from being judged anew for each sum.
    FROM (SELECT *, (${condition}) IS TRUE AS chosen FROM entries OFFSET 0) judged GROUP BY server_id
  ) servers WHERE selected > 0`;
