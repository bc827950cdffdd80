import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { LogPlace, LogQuery } from './audit-log-query.js';

/** Events of a page. */
export const PAGE_EVENTS = 100;
/** Events shown beside a server on the support page. */
const LATEST_EVENTS = 5;

/** An event of a server's log, or of the log of one of its organizations. */
export interface EventRow {
  readonly server_id: string;
  readonly id: string;
  /** 2: of the server, 1: of an organization; events of one moment are in this order, the newest first. */
  readonly rank: 1 | 2;
  readonly event_time: Date;
  /** The same to the microsecond, as ISO 8601. */
  readonly exact_time: string;
  readonly event_type: number;
  readonly backfilled: boolean;
  readonly extra_data: Record<string, unknown>;
  /** Of the organization; null: of the server, or of an organization that is not registered. */
  readonly realm_host: string | null;
  /** The server's own number for the organization. */
  readonly realm_number: string | null;
  /** Who did it; null: nobody, it was reported or happened in the background. */
  readonly operator: string | null;
  readonly operator_id: string | null;
  readonly billing_user: string | null;
}

/** The server whose log it is. */
export interface LoggedServer {
  readonly id: string;
  readonly uuid: string;
  readonly host: string;
  readonly version: string | null;
  readonly uploaded_at: Date | null;
}

const SERVER = `
  SELECT id, uuid, hostname AS host, last_version AS version, last_audit_log_update AS uploaded_at FROM remote_servers WHERE uuid = $1`;

// The database sees what comes first by its index: the newest of each log, not all of both.
const newest = (rank: 1 | 2, table: string, columns: string, where: string, limit: number) => `
  (SELECT server_id, id, ${rank}::integer AS rank, event_time, event_type, backfilled, extra_data, acting_billing_user_id,
     acting_operator_id, ${columns}
   FROM ${table} WHERE ${where} ORDER BY event_time DESC, id DESC LIMIT ${limit})`;

const named = (events: string, order: string) => `
  SELECT e.server_id, e.id, e.rank, e.event_time, to_char(e.event_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS exact_time,
    e.event_type, e.backfilled, e.extra_data, r.host AS realm_host, e.realm_number, o.email AS operator,
    e.acting_operator_id AS operator_id, COALESCE(su.email, ru.email) AS billing_user
  FROM (${events}) e
  LEFT JOIN remote_realms r ON r.id = e.remote_realm_id
  LEFT JOIN operators o ON o.id = e.acting_operator_id
  LEFT JOIN server_billing_users su ON e.rank = 2 AND su.id = e.acting_billing_user_id
  LEFT JOIN realm_billing_users ru ON e.rank = 1 AND ru.id = e.acting_billing_user_id
  ORDER BY ${order}`;

const SERVER_COLUMNS = 'NULL::bigint AS remote_realm_id, NULL::bigint AS realm_number';
const REALM_COLUMNS = 'remote_realm_id, realm_id AS realm_number';
const ORDER = 'event_time DESC, rank DESC, id DESC';

/** Before the event ($2 time, $3 rank, $4 id), all null for the newest ones. */
const before = (rank: 1 | 2) => `
  ($2::timestamptz IS NULL
    OR (event_time <= $2::timestamptz AND (event_time, ${rank}, id) < ($2::timestamptz, $3::integer, $4::bigint)))`;

const page = (noted: string) => {
  const [of, most] = ['server_id = $1', PAGE_EVENTS + 1];
  const events = `
    SELECT * FROM (
      ${newest(2, 'remote_server_audit_log', SERVER_COLUMNS, `${of} AND ${before(2)}`, most)}
      UNION ALL ${newest(1, 'remote_realm_audit_log', REALM_COLUMNS, `${of} ${noted} AND ${before(1)}`, most)}
    ) merged ORDER BY ${ORDER} LIMIT ${most}`;
  return named(events, 'e.event_time DESC, e.rank DESC, e.id DESC');
};

const ALL = page('');
const NOTED = page('AND remote_id IS NULL');

const of = 'server_id = server.id';
const LATEST = named(
  `SELECT latest.* FROM unnest($1::bigint[]) AS server (id) CROSS JOIN LATERAL (
     SELECT * FROM (
       ${newest(2, 'remote_server_audit_log', SERVER_COLUMNS, of, LATEST_EVENTS)}
       UNION ALL ${newest(1, 'remote_realm_audit_log', REALM_COLUMNS, `${of} AND remote_id IS NULL`, LATEST_EVENTS)}
     ) merged ORDER BY ${ORDER} LIMIT ${LATEST_EVENTS}
   ) latest`,
  'e.event_time DESC, e.rank DESC, e.id DESC',
);

/** What happened to servers and their organizations, in one order of time. */
@Injectable()
export class AuditLogReadModel {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** The server of that UUID, if there is one. */
  async server(uuid: string): Promise<LoggedServer | undefined> {
    return (await this.database.query<LoggedServer[]>(SERVER, [uuid]))[0];
  }

  /** A page of the log, newest first, and where the next one begins. */
  async page(
    serverId: string,
    { notedOnly, before: place }: LogQuery,
  ): Promise<{ readonly rows: readonly EventRow[]; readonly next: LogPlace | undefined }> {
    const values = [serverId, place?.time ?? null, place?.rank ?? null, place?.id ?? null];
    const rows = await this.database.query<EventRow[]>(notedOnly ? NOTED : ALL, values);
    const shown = rows.slice(0, PAGE_EVENTS);
    const last = rows.length > PAGE_EVENTS ? shown.at(-1) : undefined;
    return { rows: shown, next: last && { time: last.exact_time, rank: last.rank, id: last.id } };
  }

  /** The last few things that the service noted of each server and its organizations; what they report of users is none of them. */
  latest(serverIds: readonly string[]): Promise<EventRow[]> {
    return this.database.query<EventRow[]>(LATEST, [serverIds]);
  }
}
