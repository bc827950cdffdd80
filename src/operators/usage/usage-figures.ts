import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';

const DAY_MILLIS = 86_400_000;
/** "Pushes" on operators' pages are those of so many days. */
const WEEK_DAYS = 7;
/** Any number that nothing else uses. */
const LOCK = 7_205_011;

/**
 * Of servers $1: distinct users with a device, devices by kind, and pushes delivered since $3, for each of them and each of their realms.
 * Encrypted notifications are counted for realms only, so a server has at least the pushes of its realms together. Devices are looked up
 * in two ways because their indexes are in two parts: by the users' UUIDs, and by their numbers.
 */
const REFRESH = `
  WITH owner AS MATERIALIZED (
    SELECT server_id, remote_realm_id, user_id, user_uuid,
      count(*) FILTER (WHERE kind = 1) AS apple, count(*) FILTER (WHERE kind = 2) AS google
    FROM (
      SELECT server_id, remote_realm_id, user_id, user_uuid, kind FROM devices
      WHERE server_id = ANY ($1) AND user_uuid IS NOT NULL
      UNION ALL
      SELECT server_id, remote_realm_id, user_id, user_uuid, kind FROM devices
      WHERE server_id = ANY ($1) AND user_id IS NOT NULL AND user_uuid IS NULL
    ) named GROUP BY 1, 2, 3, 4
  ), encrypted AS (
    SELECT server_id, remote_realm_id,
      count(*) FILTER (WHERE kind = 1) AS apple, count(*) FILTER (WHERE kind = 2) AS google
    FROM encrypted_devices WHERE server_id = ANY ($1) AND expired_at IS NULL GROUP BY 1, 2
  ), devices_of_server AS (
    SELECT server_id, sum(apple) AS apple, sum(google) AS google FROM (
      SELECT server_id, apple, google FROM owner UNION ALL SELECT server_id, apple, google FROM encrypted
    ) parts GROUP BY 1
  ), users_of_server AS (
    SELECT server_id, count(*) AS users, count(*) FILTER (WHERE unlinked) AS unlinked FROM (
      SELECT server_id, user_id, user_uuid, bool_or(remote_realm_id IS NULL) AS unlinked FROM owner GROUP BY 1, 2, 3
    ) people GROUP BY 1
  ), of_realm AS MATERIALIZED (
    SELECT r.server_id, r.id AS realm_id, COALESCE(plain.users, 0) AS users,
      COALESCE(plain.apple, 0) + COALESCE(e.apple, 0) AS apple, COALESCE(plain.google, 0) + COALESCE(e.google, 0) AS google,
      COALESCE(pushed.pushes, 0) AS pushes
    FROM remote_realms r
    LEFT JOIN (
      SELECT remote_realm_id, count(*) AS users, sum(apple) AS apple, sum(google) AS google
      FROM owner WHERE remote_realm_id IS NOT NULL GROUP BY 1
    ) plain ON plain.remote_realm_id = r.id
    LEFT JOIN encrypted e ON e.remote_realm_id = r.id
    LEFT JOIN LATERAL (
      SELECT sum(c.value) AS pushes FROM remote_realm_counts c
      WHERE c.remote_realm_id = r.id AND c.property = 'mobile_pushes_forwarded::day' AND c.subgroup IS NULL AND c.end_time >= $3
    ) pushed ON true
    WHERE r.server_id = ANY ($1)
  ), of_server AS (
    SELECT s.id AS server_id, COALESCE(u.users, 0) AS users, COALESCE(u.unlinked, 0) AS unlinked, COALESCE(d.apple, 0) AS apple, COALESCE(d.google, 0) AS google,
      greatest(pushed.pushes, realms.pushes, 0) AS pushes
    FROM remote_servers s
    LEFT JOIN users_of_server u ON u.server_id = s.id
    LEFT JOIN devices_of_server d ON d.server_id = s.id
    LEFT JOIN (SELECT server_id, sum(pushes) AS pushes FROM of_realm GROUP BY 1) realms ON realms.server_id = s.id
    LEFT JOIN LATERAL (
      SELECT sum(c.value) AS pushes FROM remote_installation_counts c
      WHERE c.server_id = s.id AND c.property = 'mobile_pushes_forwarded::day' AND c.subgroup IS NULL AND c.end_time >= $3
    ) pushed ON true
    WHERE s.id = ANY ($1)
  ), realms_kept AS (
    INSERT INTO usage_figures AS kept (server_id, realm_id, mobile_users, apple_devices, google_devices, pushes_week, refreshed_at)
    SELECT server_id, realm_id, users, apple, google, pushes, $2 FROM of_realm ORDER BY realm_id
    ON CONFLICT (realm_id) WHERE realm_id IS NOT NULL DO UPDATE SET server_id = EXCLUDED.server_id,
      mobile_users = EXCLUDED.mobile_users, apple_devices = EXCLUDED.apple_devices, google_devices = EXCLUDED.google_devices,
      pushes_week = EXCLUDED.pushes_week, refreshed_at = EXCLUDED.refreshed_at
  )
  INSERT INTO usage_figures AS kept
    (server_id, mobile_users, unlinked_users, apple_devices, google_devices, pushes_week, refreshed_at)
  SELECT server_id, users, unlinked, apple, google, pushes, $2 FROM of_server ORDER BY server_id
  ON CONFLICT (server_id) WHERE realm_id IS NULL DO UPDATE SET mobile_users = EXCLUDED.mobile_users,
    unlinked_users = EXCLUDED.unlinked_users, apple_devices = EXCLUDED.apple_devices, google_devices = EXCLUDED.google_devices,
    pushes_week = EXCLUDED.pushes_week, refreshed_at = EXCLUDED.refreshed_at`;

/** The next servers behind $1 that are not deactivated. */
const NEXT = `
  SELECT id FROM remote_servers WHERE id > $1 AND NOT deactivated ORDER BY id LIMIT $2`;

/**
 * Servers that asked for something since their figures were counted, which is the only way to change them, or were never counted: those
 * that waited longest, as many as have so many devices together.
 */
const OUTDATED = `
  SELECT id FROM (
    SELECT id, row_number() OVER turn AS place, sum(devices) OVER turn AS work FROM (
      SELECT s.id, f.refreshed_at, COALESCE(f.apple_devices + f.google_devices, 0) AS devices
      FROM remote_servers s
      LEFT JOIN usage_figures f ON f.server_id = s.id AND f.realm_id IS NULL
      LEFT JOIN remote_server_activity a ON a.server_id = s.id
      WHERE NOT s.deactivated AND (f.id IS NULL OR a.last_request_at > f.refreshed_at - interval '1 minute')
    ) outdated WHERE devices <= $2
    WINDOW turn AS (ORDER BY refreshed_at NULLS FIRST, id)
  ) queue WHERE place <= $1 AND work <= $2 ORDER BY id`;

/** Servers counted by one statement of the job. */
const SERVERS_AT_ONCE = 100;
/** What may be counted while somebody waits for a page. */
const MOST_WHILE_WAITING = { servers: 100, devices: 10_000 };

/**
 * Keeps what operators' pages show of devices and pushes where a page can read it. A job counts everything now and then; a page has the
 * servers counted that changed since, as far as that is quick. So a small service shows what is, and a large one what was
 * a quarter of an hour ago.
 */
@Injectable()
export class UsageFigures {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Counts all servers, some at a time. */
  async refreshAll(signal?: AbortSignal): Promise<void> {
    let last = '0';
    while (!signal?.aborted) {
      const ids = (await this.database.query<{ id: string }[]>(NEXT, [last, SERVERS_AT_ONCE])).map(({ id }) => id);
      if (ids.length === 0) return;
      await this.refresh(ids, true);
      last = ids.at(-1) ?? last;
    }
  }

  /** Counts what changed, as far as that is quick; nothing while somebody else counts. Three statements at most. */
  async refreshChanged(): Promise<void> {
    const { servers, devices } = MOST_WHILE_WAITING;
    const rows = await this.database.query<{ id: string }[]>(OUTDATED, [servers, devices]);
    if (rows.length > 0)
      await this.refresh(
        rows.map(({ id }) => id),
        false,
      );
  }

  private async refresh(serverIds: readonly string[], wait: boolean): Promise<void> {
    const now = this.clock.now();
    const since = new Date(now.getTime() - WEEK_DAYS * DAY_MILLIS);
    await this.database.transaction(async (tx) => {
      if (wait) await tx.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      else {
        const [free] = await tx.query<{ taken: boolean }[]>('SELECT pg_try_advisory_xact_lock($1) AS taken', [LOCK]);
        if (!free?.taken) return;
      }
      await tx.query(REFRESH, [serverIds, now, since]);
    });
  }
}
