import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import {
  PERMISSION_COLUMNS,
  PERMISSION_JOINS,
  type PermissionRow,
  toFacts,
} from '../../plans/permission/permission-facts.js';
import { type PushPermission, PushPermissions } from '../../plans/permission/push-permission.js';
import { AUDIT_EVENT } from '../../registration/audit/audit-event.js';
import { PEOPLE, SYNCED, TELLING } from '../../registration/user-counts/count-statements.js';
import type { FoundServers } from './support-search.js';

const DAY_MILLIS = 86_400_000;
/** Failures shown are those of so many days. */
export const FAILURE_DAYS = 7;
/** Reports looked through, newest first, for the one with which there were too many users. */
const REPORTS = 200;

/** Pushes that were not delivered, of the last days. */
export interface FailureRow {
  readonly server_id: string;
  readonly realm_id: string | null;
  readonly provider: 'apns' | 'fcm';
  readonly outcome: 'token-gone' | 'rejected' | 'try-later' | 'not-configured';
  readonly pushes: number;
  /** `YYYY-MM-DD`. */
  readonly last_day: string;
}

/** What decides whether pushes get through, by `s` or `r` and the id. */
export interface PushFacts {
  readonly permissions: ReadonlyMap<string, PushPermission>;
  /** When the number of users went over the limit, and when the plan ended, as far as is known. */
  readonly turns: ReadonlyMap<string, { readonly outgrownAt: Date | null; readonly freeSince: Date | null }>;
  readonly failures: readonly FailureRow[];
}

/** One key for servers and organizations together. */
export const entityKey = (serverId: string | null, realmId: string | null) =>
  realmId === null ? `s${serverId}` : `r${realmId}`;

const PERMISSIONS = `
  SELECT q.server_id AS subject_server, q.realm_id AS subject_realm, ${PERMISSION_COLUMNS}
  FROM unnest($1::bigint[], $2::bigint[]) AS q (server_id, realm_id) LEFT JOIN remote_realms r ON r.id = q.realm_id ${PERMISSION_JOINS}`;

const FAILURES = `
  SELECT server_id, realm_id, provider, outcome, sum(pushes)::double precision AS pushes, max(day)::text AS last_day
  FROM push_failures WHERE server_id = ANY ($1::bigint[]) AND day >= $2::date GROUP BY 1, 2, 3, 4`;

/**
 * Of reports that `mine` selects, the first one of too many users ($3) after which there never were fewer; null where it came before
 * those that are looked through.
 */
const outgrown = (mine: string) => `
  SELECT min(late.event_time) AS at FROM (
    SELECT recent.event_time, bool_or(recent.users <= $3) OVER (ORDER BY recent.id DESC) AS is_earlier,
      bool_or(recent.users <= $3) OVER () OR count(*) OVER () < ${REPORTS} AS is_first_known
    FROM (
      SELECT a.id, a.event_time, people.users FROM remote_realm_audit_log a CROSS JOIN LATERAL (${PEOPLE}) people
      WHERE ${mine} AND ${SYNCED} AND ${TELLING} AND a.event_time <= $4 ORDER BY a.id DESC LIMIT ${REPORTS}
    ) recent
  ) late WHERE late.is_first_known AND NOT late.is_earlier`;

const freed = (table: string, mine: string) => `
  SELECT max(event_time) AS at FROM ${table}
  WHERE ${mine} AND event_type = ${AUDIT_EVENT.planTypeChanged} AND extra_data ->> 'new_value' = '100'`;

// A server's own count is of all that it ever reported; it has a day here only where that is one organization.
const TURNS = `
  SELECT q.server_id, NULL::bigint AS realm_id, CASE WHEN one.is_one THEN (${outgrown('a.server_id = q.server_id')}) END AS "outgrownAt",
    (${freed('remote_server_audit_log', 'server_id = q.server_id')}) AS "freeSince"
  FROM unnest($1::bigint[]) AS q (server_id)
  CROSS JOIN LATERAL (
    SELECT (SELECT min(realm_id) FROM remote_realm_audit_log WHERE server_id = q.server_id)
      IS NOT DISTINCT FROM (SELECT max(realm_id) FROM remote_realm_audit_log WHERE server_id = q.server_id) AS is_one
  ) one
  UNION ALL
  SELECT r.server_id, r.id, (${outgrown('a.remote_realm_id = r.id')}),
    (${freed('remote_realm_audit_log', 'server_id = r.server_id AND remote_realm_id = r.id AND remote_id IS NULL')})
  FROM remote_realms r WHERE r.id = ANY ($2::bigint[])`;

/** Whether pushes of servers and organizations get through, and since when not. Three statements, whatever was found. */
@Injectable()
export class PushFactsReadModel {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(PushPermissions) private readonly permissions: PushPermissions,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @param realmServers the server of each organization, in their order */
  async of({ serverIds, realmIds }: FoundServers, realmServers: readonly string[]): Promise<PushFacts> {
    const permissions = await this.permissionsOf(serverIds, realmIds, realmServers);
    const since = new Date(this.clock.millis() - (FAILURE_DAYS - 1) * DAY_MILLIS).toISOString().slice(0, 10);
    const failures = await this.database.query<FailureRow[]>(FAILURES, [serverIds, since]);
    return { permissions, failures, turns: await this.turnsOf(permissions) };
  }

  private async permissionsOf(
    serverIds: readonly string[],
    realmIds: readonly string[],
    realmServers: readonly string[],
  ): Promise<Map<string, PushPermission>> {
    type Row = PermissionRow & { readonly subject_server: string; readonly subject_realm: string | null };
    const rows = await this.database.query<Row[]>(PERMISSIONS, [
      [...serverIds, ...realmServers],
      [...serverIds.map(() => null), ...realmIds],
    ]);
    const permissions = new Map<string, PushPermission>();
    for (const row of rows) {
      const { subject_server: serverId, subject_realm: realmId } = row;
      const subject = { serverId, ...(realmId === null ? {} : { realmId }) };
      permissions.set(entityKey(serverId, realmId), await this.permissions.decide(subject, toFacts(row)));
    }
    return permissions;
  }

  private async turnsOf(permissions: ReadonlyMap<string, PushPermission>): Promise<PushFacts['turns']> {
    const refused = [...permissions].filter(([, { canPush }]) => !canPush).map(([key]) => key);
    if (refused.length === 0) return new Map();
    const ids = (kind: string) => refused.filter((key) => key.startsWith(kind)).map((key) => key.slice(1));
    const { freeUsers } = this.settings.plans;
    type Row = { server_id: string; realm_id: string | null; outgrownAt: Date | null; freeSince: Date | null };
    const rows = await this.database.query<Row[]>(TURNS, [ids('s'), ids('r'), freeUsers, this.clock.now()]);
    return new Map(rows.map((row) => [entityKey(row.server_id, row.realm_id), row]));
  }
}
