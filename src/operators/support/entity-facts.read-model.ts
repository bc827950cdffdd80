import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AUDIT_EVENT } from '../../registration/audit/audit-event.js';
import type { FoundServers } from './support-search.js';

/** What servers and organizations have in common. */
export interface EntityRow {
  readonly id: string;
  readonly uuid: string;
  readonly host: string;
  readonly created_at: Date;
  /** 100 free, 101 complimentary, 102 Community, 103 Basic, 104 Business, 105 Enterprise. */
  readonly plan_type: number;
  /** Null: never counted. Guests are among the users. */
  readonly users: number | null;
  readonly guests: number | null;
  readonly mobile_users: number | null;
  readonly apple_devices: number | null;
  readonly google_devices: number | null;
  /** Delivered in the last seven days. */
  readonly pushes_week: string | null;
  readonly last_request_at: Date | null;
  /** `YYYY-MM-DD`, the last day with a push delivered. */
  readonly last_push_day: string | null;
}

export interface ServerRow extends EntityRow {
  readonly contact_email: string;
  readonly version: string | null;
  readonly feature_level: number | null;
  readonly deactivated: boolean;
  readonly deactivated_at: Date | null;
  readonly uploaded_at: Date | null;
  /** Organizations, without the one of bots. */
  readonly realms: number;
  /** Users with a device that is tied to no organization. */
  readonly unlinked_users: number;
}

export interface RealmRow extends EntityRow {
  readonly server_id: string;
  readonly name: string;
  readonly org_type: number;
  readonly registration_deactivated: boolean;
  readonly realm_deactivated: boolean;
  readonly realm_locally_deleted: boolean;
}

/** Somebody who manages the plan of a server (`realm_id` is null) or of an organization. */
export interface BillingUserRow {
  readonly server_id: string;
  readonly realm_id: string | null;
  readonly email: string;
  readonly full_name: string;
  readonly is_active: boolean;
}

const FIGURES = `
  u.users, u.guests, f.mobile_users, f.apple_devices, f.google_devices, f.pushes_week, a.last_request_at`;

// Counts bear the end of their day. Encrypted notifications are counted for organizations only.
const SERVERS = `
  SELECT s.id, s.uuid, s.hostname AS host, s.contact_email, s.created_at, s.last_version AS version,
    s.last_api_feature_level AS feature_level, s.deactivated, s.plan_type, s.last_audit_log_update AS uploaded_at, ${FIGURES},
    CASE WHEN s.deactivated THEN (
      SELECT max(event_time) FROM remote_server_audit_log WHERE server_id = s.id AND event_type = ${AUDIT_EVENT.serverDeactivated}
    ) END AS deactivated_at,
    (SELECT count(*) FROM remote_realms r WHERE r.server_id = s.id AND NOT r.is_system_bot_realm)::integer AS realms,
    COALESCE(f.unlinked_users, 0) AS unlinked_users,
    (greatest(
      (SELECT max((end_time AT TIME ZONE 'UTC')::date) FROM remote_installation_counts
       WHERE server_id = s.id AND property = 'mobile_pushes_forwarded::day' AND subgroup IS NULL),
      (SELECT max(latest.day) FROM remote_realms r CROSS JOIN LATERAL (
         SELECT max((end_time AT TIME ZONE 'UTC')::date) AS day FROM remote_realm_counts
         WHERE remote_realm_id = r.id AND property = 'mobile_pushes_forwarded::day' AND subgroup IS NULL) latest
       WHERE r.server_id = s.id)
    ) - 1)::text AS last_push_day
  FROM remote_servers s
  LEFT JOIN user_counts u ON u.server_id = s.id AND u.realm_id IS NULL
  LEFT JOIN usage_figures f ON f.server_id = s.id AND f.realm_id IS NULL
  LEFT JOIN remote_server_activity a ON a.server_id = s.id
  WHERE s.id = ANY ($1::bigint[])`;

const REALMS = `
  SELECT r.id, r.server_id, r.uuid, r.name, r.host, r.org_type, r.realm_date_created AS created_at, r.plan_type,
    r.registration_deactivated, r.realm_deactivated, r.realm_locally_deleted, ${FIGURES},
    ((SELECT max((end_time AT TIME ZONE 'UTC')::date) FROM remote_realm_counts
      WHERE remote_realm_id = r.id AND property = 'mobile_pushes_forwarded::day' AND subgroup IS NULL) - 1)::text AS last_push_day
  FROM remote_realms r
  LEFT JOIN user_counts u ON u.realm_id = r.id
  LEFT JOIN usage_figures f ON f.realm_id = r.id
  LEFT JOIN remote_realm_activity a ON a.realm_id = r.id
  WHERE r.id = ANY ($1::bigint[])`;

const BILLING_USERS = `
  SELECT server_id, NULL AS realm_id, email, full_name, is_active FROM server_billing_users WHERE server_id = ANY ($1::bigint[])
  UNION ALL
  SELECT r.server_id, u.realm_id, u.email, u.full_name, u.is_active
  FROM realm_billing_users u JOIN remote_realms r ON r.id = u.realm_id WHERE u.realm_id = ANY ($2::bigint[])
  ORDER BY email`;

/** What is known of servers and organizations beside their plans, for any number of them. Three statements. */
@Injectable()
export class EntityFactsReadModel {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** In the order in which they were found. */
  async of({ serverIds, realmIds }: FoundServers): Promise<{
    readonly servers: readonly ServerRow[];
    readonly realms: readonly RealmRow[];
    readonly billingUsers: readonly BillingUserRow[];
  }> {
    const servers = await this.database.query<ServerRow[]>(SERVERS, [serverIds]);
    const realms = await this.database.query<RealmRow[]>(REALMS, [realmIds]);
    const billingUsers = await this.database.query<BillingUserRow[]>(BILLING_USERS, [serverIds, realmIds]);
    return { servers: inOrder(servers, serverIds), realms: inOrder(realms, realmIds), billingUsers };
  }
}

function inOrder<T extends { readonly id: string }>(rows: readonly T[], ids: readonly string[]): T[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
