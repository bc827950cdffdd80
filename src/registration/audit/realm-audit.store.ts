import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { column, type Int64 } from '../../database/array-literal.js';
import { inBatches, insertedRows } from '../uploads/batches.js';
import type { RealmLinks } from '../uploads/realm-links.js';

/** An event that a server reported. */
export interface ReportedEvent {
  readonly remoteId: Int64;
  /** The server's own number for the realm. */
  readonly realmId: Int64;
  /** ISO 8601, to the microsecond. */
  readonly eventTime: string;
  /** One of `SYNCED_EVENTS`. */
  readonly eventType: Int64;
  /** The server does not know the time exactly; it was earlier. */
  readonly backfilled: boolean;
  /** JSON text of an object. */
  readonly extraData: string;
}

/** An event that the service noted itself about a realm. */
export interface NotedEvent {
  readonly remoteRealmId: string;
  readonly realmId: string | null;
  readonly eventType: number;
  readonly extraData: Readonly<Record<string, unknown>>;
}

const INSERT_REPORTED = `
  INSERT INTO remote_realm_audit_log
    (server_id, remote_id, realm_id, remote_realm_id, event_time, event_type, backfilled, extra_data)
  SELECT $1::bigint, row.*
  FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::smallint[], $7::boolean[], $8::jsonb[]) AS row
  ON CONFLICT DO NOTHING`;

const INSERT_NOTED = `
  INSERT INTO remote_realm_audit_log (server_id, event_time, remote_realm_id, realm_id, event_type, extra_data)
  SELECT $1::bigint, $2::timestamptz, row.*
  FROM unnest($3::bigint[], $4::bigint[], $5::smallint[], $6::jsonb[]) AS row`;

const LINK = `
  UPDATE remote_realm_audit_log AS event SET remote_realm_id = link.remote_realm_id
  FROM unnest($2::bigint[], $3::bigint[]) AS link (realm_id, remote_realm_id)
  WHERE event.server_id = $1 AND event.remote_realm_id IS NULL AND event.realm_id = link.realm_id`;

/** Writes the audit log of realms: what servers report, and what the service notes. Rows are never changed, but for their link. */
@Injectable()
export class RealmAuditStore {
  /** Stores reported events in their order; answers how many were new. */
  insertReported(
    tx: EntityManager,
    serverId: string,
    events: readonly ReportedEvent[],
    links: RealmLinks,
  ): Promise<number> {
    return inBatches(events, (batch) =>
      insertedRows(tx, INSERT_REPORTED, [
        serverId,
        column(batch, ({ remoteId }) => remoteId),
        column(batch, ({ realmId }) => realmId),
        column(batch, ({ realmId }) => links.get(String(realmId)) ?? null),
        column(batch, ({ eventTime }) => eventTime),
        column(batch, ({ eventType }) => eventType),
        column(batch, ({ backfilled }) => backfilled),
        batch.map(({ extraData }) => extraData),
      ]),
    );
  }

  /** Notes events of one moment in their order. */
  async note(tx: EntityManager, serverId: string, events: readonly NotedEvent[], at: Date): Promise<void> {
    await inBatches(events, async (batch) => {
      await tx.query(INSERT_NOTED, [
        serverId,
        at,
        batch.map(({ remoteRealmId }) => remoteRealmId),
        batch.map(({ realmId }) => realmId),
        batch.map(({ eventType }) => eventType),
        batch.map(({ extraData }) => JSON.stringify(extraData)),
      ]);
      return 0;
    });
  }

  /** Gives events that were reported before their realm was known that realm. */
  async link(tx: EntityManager, serverId: string, links: RealmLinks): Promise<void> {
    await tx.query(LINK, [serverId, [...links.keys()], [...links.values()]]);
  }
}
