import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Registrant } from '../registrants/registrant.js';
import { PUSH_FAILURE_KINDS, type PushFailureKind } from './push-failures.recorder.js';

/** Pushes of one UTC day. */
export interface PushDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** Devices that notifications were for. */
  readonly received: number;
  /** What Apple and Google took. */
  readonly delivered: number;
  /** What they did not take, by what became of it; a try that was put off counts each time. */
  readonly failed: Readonly<Record<PushFailureKind, number>>;
}

/** Pushes of some days that were not delivered: those of one provider that ended in one way. */
export interface PushFailureSum {
  readonly provider: 'apns' | 'fcm';
  readonly kind: PushFailureKind;
  readonly pushes: number;
  /** The last day with one, `YYYY-MM-DD`. */
  readonly lastDay: string;
}

/** Days as `YYYY-MM-DD`, both included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

// Encrypted notifications are counted for realms only, so a server's own count may be less than that of its realms together.
const OF_SERVER = `
  SELECT day::text, received, delivered FROM (
    SELECT day, property, greatest(sum(value) FILTER (WHERE own), sum(value) FILTER (WHERE NOT own)) AS value
    FROM (
      SELECT (end_time AT TIME ZONE 'UTC')::date - 1 AS day, property, value, true AS own FROM remote_installation_counts
      WHERE server_id = $1 AND property = ANY ($4) AND subgroup IS NULL AND end_time > $2 AND end_time <= $3
      UNION ALL
      SELECT (end_time AT TIME ZONE 'UTC')::date - 1, property, value, false FROM remote_realm_counts
      WHERE remote_realm_id IN (SELECT id FROM remote_realms WHERE server_id = $1)
        AND property = ANY ($4) AND subgroup IS NULL AND end_time > $2 AND end_time <= $3
    ) counts GROUP BY day, property
  ) days, LATERAL (SELECT
    CASE WHEN property = 'mobile_pushes_received::day' THEN value END AS received,
    CASE WHEN property = 'mobile_pushes_forwarded::day' THEN value END AS delivered) kinds`;

const OF_REALM = `
  SELECT ((end_time AT TIME ZONE 'UTC')::date - 1)::text AS day,
    CASE WHEN property = 'mobile_pushes_received::day' THEN value END AS received,
    CASE WHEN property = 'mobile_pushes_forwarded::day' THEN value END AS delivered
  FROM remote_realm_counts
  WHERE remote_realm_id = $1 AND property = ANY ($4) AND subgroup IS NULL AND end_time > $2 AND end_time <= $3`;

const failures = (key: string) => `
  SELECT day::text, outcome, sum(pushes) AS pushes FROM push_failures
  WHERE ${key} = $1 AND day BETWEEN $2::date AND $3::date GROUP BY day, outcome`;

const failureSums = (key: string) => `
  SELECT provider, outcome AS kind, sum(pushes)::double precision AS pushes, max(day)::text AS "lastDay" FROM push_failures
  WHERE ${key} = $1 AND day BETWEEN $2::date AND $3::date GROUP BY provider, outcome ORDER BY provider, outcome`;

const LAST_OF_REALM = `
  SELECT (max((end_time AT TIME ZONE 'UTC')::date) - 1)::text AS day FROM remote_realm_counts
  WHERE remote_realm_id = $1 AND property = 'mobile_pushes_forwarded::day' AND subgroup IS NULL`;

const LAST_OF_SERVER = `
  SELECT greatest(
    (SELECT max((end_time AT TIME ZONE 'UTC')::date) FROM remote_installation_counts
     WHERE server_id = $1 AND property = 'mobile_pushes_forwarded::day' AND subgroup IS NULL),
    (SELECT max(latest.day) FROM remote_realms r, LATERAL (
       SELECT max((end_time AT TIME ZONE 'UTC')::date) AS day FROM remote_realm_counts
       WHERE remote_realm_id = r.id AND property = 'mobile_pushes_forwarded::day' AND subgroup IS NULL) latest
     WHERE r.server_id = $1)
  ) AS end_day`;

const PROPERTIES = ['mobile_pushes_received::day', 'mobile_pushes_forwarded::day'];
const DAY_MILLIS = 86_400_000;

interface CountRow {
  readonly day: string;
  readonly received: string | null;
  readonly delivered: string | null;
}

/** How the pushes of one server or realm went, day by day. */
@Injectable()
export class PushHistory {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** Every day of the range in its order, days without pushes too. Two statements. */
  async ofDays(registrant: Registrant, { from, to }: DayRange): Promise<PushDay[]> {
    const [id, counts, key] =
      'serverId' in registrant
        ? [registrant.serverId, OF_SERVER, 'server_id']
        : [registrant.realmId, OF_REALM, 'realm_id'];
    // Buckets bear the end of their day.
    const [after, until] = [midnight(from), new Date(midnight(to).getTime() + DAY_MILLIS)];
    const rows = await this.database.query<CountRow[]>(counts, [id, after, until, PROPERTIES]);
    const failed = await this.database.query<{ day: string; outcome: PushFailureKind; pushes: string }[]>(
      failures(key),
      [id, from, to],
    );
    const days = new Map(daysOf({ from, to }).map((day) => [day, emptyDay(day)]));
    for (const { day, received, delivered } of rows) {
      const sums = days.get(day);
      if (!sums) continue;
      sums.received += Number(received ?? 0);
      sums.delivered += Number(delivered ?? 0);
    }
    for (const { day, outcome, pushes } of failed) {
      const sums = days.get(day);
      if (sums) sums.failed[outcome] += Number(pushes);
    }
    return [...days.values()];
  }

  /** What was not delivered in a range of days, by provider. */
  failuresOf(registrant: Registrant, { from, to }: DayRange): Promise<PushFailureSum[]> {
    const [id, key] = 'serverId' in registrant ? [registrant.serverId, 'server_id'] : [registrant.realmId, 'realm_id'];
    return this.database.query<PushFailureSum[]>(failureSums(key), [id, from, to]);
  }

  /** The last day on which a push was delivered, `YYYY-MM-DD`; null: none ever was. */
  async lastDay(registrant: Registrant): Promise<string | null> {
    if ('realmId' in registrant) {
      const [row] = await this.database.query<{ day: string | null }[]>(LAST_OF_REALM, [registrant.realmId]);
      return row?.day ?? null;
    }
    const [row] = await this.database.query<{ day: string | null }[]>(
      `SELECT (end_day - 1)::text AS day FROM (${LAST_OF_SERVER}) latest`,
      [registrant.serverId],
    );
    return row?.day ?? null;
  }
}

/** All days of a range. */
export function daysOf({ from, to }: DayRange): string[] {
  const days: string[] = [];
  for (let at = midnight(from).getTime(); at <= midnight(to).getTime(); at += DAY_MILLIS) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

function midnight(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

function emptyDay(day: string) {
  const failed = Object.fromEntries(PUSH_FAILURE_KINDS.map((kind) => [kind, 0])) as Record<PushFailureKind, number>;
  return { day, received: 0, delivered: 0, failed };
}
