import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { column, type Int64 } from '../../database/array-literal.js';
import { inBatches, insertedRows } from '../uploads/batches.js';
import type { RealmLinks } from '../uploads/realm-links.js';

/** A statistic of a whole server, as the server reported it. */
export interface ReportedCount {
  readonly remoteId: Int64;
  readonly property: string;
  readonly subgroup: string | null;
  /** End of the counted interval: ISO 8601, to the microsecond. */
  readonly endTime: string;
  readonly value: Int64;
}

/** A statistic of one realm, which the server names by a number of its own. */
export interface ReportedRealmCount extends ReportedCount {
  readonly realmId: Int64;
}

// No target for the conflict: whichever unique key a row would break, the first one written stays.
const INSERT_FOR_REALMS = `
  INSERT INTO remote_realm_counts (server_id, remote_id, property, subgroup, end_time, value, realm_id, remote_realm_id)
  SELECT $1::bigint, row.*
  FROM unnest($2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[], $7::bigint[], $8::bigint[]) AS row
  ON CONFLICT DO NOTHING`;

const INSERT_FOR_SERVER = `
  INSERT INTO remote_installation_counts (server_id, remote_id, property, subgroup, end_time, value)
  SELECT $1::bigint, row.* FROM unnest($2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[]) AS row
  ON CONFLICT DO NOTHING`;

// A row whose realm has the same statistic already, under another number of the realm, stays without link.
const LINK = `
  UPDATE remote_realm_counts AS count SET remote_realm_id = link.remote_realm_id
  FROM unnest($2::bigint[], $3::bigint[]) AS link (realm_id, remote_realm_id)
  WHERE count.server_id = $1 AND count.remote_realm_id IS NULL AND count.realm_id = link.realm_id
    AND NOT EXISTS (
      SELECT FROM remote_realm_counts AS other
      WHERE other.remote_realm_id = link.remote_realm_id AND other.property = count.property
        AND other.end_time = count.end_time AND other.subgroup IS NOT DISTINCT FROM count.subgroup
    )`;

/** Keeps the statistics that servers report. A row that is known already, whatever its value, is left out. */
@Injectable()
export class UploadedCountsStore {
  /** Stores counts of realms; answers how many were new. */
  insertForRealms(
    tx: EntityManager,
    serverId: string,
    rows: readonly ReportedRealmCount[],
    links: RealmLinks,
  ): Promise<number> {
    return inBatches(rows, (batch) =>
      insertedRows(tx, INSERT_FOR_REALMS, [
        serverId,
        ...columns(batch),
        column(batch, ({ realmId }) => realmId),
        column(batch, ({ realmId }) => links.get(String(realmId)) ?? null),
      ]),
    );
  }

  /** Stores counts of the whole server; answers how many were new. */
  insertForServer(tx: EntityManager, serverId: string, rows: readonly ReportedCount[]): Promise<number> {
    return inBatches(rows, (batch) => insertedRows(tx, INSERT_FOR_SERVER, [serverId, ...columns(batch)]));
  }

  /** Gives counts that were reported before their realm was known that realm. */
  async link(tx: EntityManager, serverId: string, links: RealmLinks): Promise<void> {
    await tx.query(LINK, [serverId, [...links.keys()], [...links.values()]]);
  }
}

function columns(rows: readonly ReportedCount[]): unknown[] {
  return [
    column(rows, ({ remoteId }) => remoteId),
    rows.map(({ property }) => property),
    rows.map(({ subgroup }) => subgroup),
    column(rows, ({ endTime }) => endTime),
    column(rows, ({ value }) => value),
  ];
}
