import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { LIVE_BELOW } from '../../plans/catalogue/plan-status.js';
import { ANNUAL_REVENUE, IS_SHOWN_REALM, LAST_LEDGER_ROW } from '../usage/plan-sql.js';
import { FLOW_FIGURES } from './daily-figures.js';

const DAY_MILLIS = 86_400_000;
/** Days that are summed by one statement, days that may still change when they are over, and how far back a first run looks. */
const DAYS_AT_ONCE = 7;
const UNSETTLED_DAYS = 2;
const MOST_DAYS_BACK = 400;

const KEEP = 'ON CONFLICT (day, figure) DO UPDATE SET value = EXCLUDED.value';

/** How things stand, noted for day $1. */
const NOTE_STATE = `
  WITH active AS (SELECT id FROM remote_servers WHERE NOT deactivated),
  counted AS (
    SELECT sum(f.mobile_users) AS mobile, sum(f.apple_devices) AS apple, sum(f.google_devices) AS google
    FROM usage_figures f JOIN active s ON s.id = f.server_id WHERE f.realm_id IS NULL
  ), people AS (
    SELECT sum(u.users) AS users, sum(u.guests) AS guests
    FROM user_counts u JOIN active s ON s.id = u.server_id WHERE u.realm_id IS NULL
  ), live AS (
    SELECT p.tier, count(*) AS plans, sum(${ANNUAL_REVENUE}) AS revenue
    FROM plans p ${LAST_LEDGER_ROW} WHERE p.status < ${LIVE_BELOW} GROUP BY p.tier
  )
  INSERT INTO daily_totals (day, figure, value)
  SELECT $1::date, figure, COALESCE(value, 0) FROM (
    SELECT 'servers' AS figure, count(*)::numeric AS value FROM active
    UNION ALL
    SELECT 'realms', count(*) FROM remote_realms r JOIN active s ON s.id = r.server_id WHERE ${IS_SHOWN_REALM}
    UNION ALL SELECT 'users', users FROM people
    UNION ALL SELECT 'guests', guests FROM people
    UNION ALL SELECT 'mobile-users', mobile FROM counted
    UNION ALL SELECT 'apple-devices', apple FROM counted
    UNION ALL SELECT 'google-devices', google FROM counted
    UNION ALL
    SELECT 'plans-' || tier, COALESCE(live.plans, 0) FROM generate_series(101, 105) AS tier LEFT JOIN live USING (tier)
    UNION ALL SELECT 'annual-revenue', sum(revenue) FROM live
  ) figures ${KEEP}`;

const pushes = (figure: string, property: string) => `
  SELECT day, '${figure}' AS figure, sum(greatest(own, of_realms)) AS value FROM (
    SELECT (end_time AT TIME ZONE 'UTC')::date - 1 AS day, server_id,
      sum(value) FILTER (WHERE whole) AS own, sum(value) FILTER (WHERE NOT whole) AS of_realms
    FROM (
      SELECT end_time, server_id, value, true AS whole FROM remote_installation_counts
      WHERE property = '${property}' AND subgroup IS NULL AND end_time > $1 AND end_time <= $2
      UNION ALL
      SELECT end_time, server_id, value, false FROM remote_realm_counts
      WHERE property = '${property}' AND subgroup IS NULL AND end_time > $1 AND end_time <= $2
    ) counts GROUP BY 1, 2
  ) servers GROUP BY day`;

/** What happened on the days whose ends lie behind $1, up to $2. Days on which nothing happened have zeros. */
const SUM_FLOW = `
  WITH flow AS (
    ${pushes('pushes-received', 'mobile_pushes_received::day')}
    UNION ALL
    ${pushes('pushes-delivered', 'mobile_pushes_forwarded::day')}
    UNION ALL
    SELECT day, 'failed-' || outcome, sum(pushes) FROM push_failures
    WHERE day >= ($1 AT TIME ZONE 'UTC')::date AND day < ($2 AT TIME ZONE 'UTC')::date GROUP BY 1, 2
  )
  INSERT INTO daily_totals (day, figure, value)
  SELECT span.day, kind.figure, COALESCE(flow.value, 0)
  FROM (SELECT generate_series(($1 AT TIME ZONE 'UTC')::date, ($2 AT TIME ZONE 'UTC')::date - 1, interval '1 day')::date AS day) span
  CROSS JOIN unnest($3::text[]) AS kind (figure)
  LEFT JOIN flow ON flow.day = span.day AND flow.figure = kind.figure
  ${KEEP}`;

/** The last day that was summed, and the first with pushes. */
const PROGRESS = `
  SELECT
    (SELECT max(day) FROM daily_totals WHERE figure = 'pushes-received')::text AS last,
    ((SELECT min(end_time) FROM remote_installation_counts WHERE property = 'mobile_pushes_received::day')
      AT TIME ZONE 'UTC')::date::text AS first`;

/** Keeps the figures of the whole service, a few for each UTC day, so that a chart reads hundreds of rows and not millions. */
@Injectable()
export class DailyTotals {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Notes how things stand today, and sums the pushes of today, of the days before that may have changed, and of those that were never
   * summed. Any number of times: the same day gives the same figures.
   */
  async roll(): Promise<void> {
    const today = Math.floor(this.clock.millis() / DAY_MILLIS) * DAY_MILLIS;
    await this.database.query(NOTE_STATE, [new Date(today).toISOString().slice(0, 10)]);
    for (let from = await this.firstDue(today); from <= today; from += DAYS_AT_ONCE * DAY_MILLIS) {
      const to = Math.min(from + DAYS_AT_ONCE * DAY_MILLIS, today + DAY_MILLIS);
      await this.database.query(SUM_FLOW, [new Date(from), new Date(to), [...FLOW_FIGURES]]);
    }
  }

  private async firstDue(today: number): Promise<number> {
    const [row] = await this.database.query<{ last: string | null; first: string | null }[]>(PROGRESS);
    const unsettled = today - UNSETTLED_DAYS * DAY_MILLIS;
    const done = row?.last ? Math.min(Date.parse(row.last), unsettled) : undefined;
    const begun = row?.first ? Date.parse(row.first) - DAY_MILLIS : unsettled;
    return Math.max(done ?? Math.min(begun, unsettled), today - MOST_DAYS_BACK * DAY_MILLIS);
  }
}
