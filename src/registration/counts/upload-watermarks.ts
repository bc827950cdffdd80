import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** The highest row number per list; 0 where there is none. */
export interface Watermarks {
  readonly realmCountId: bigint;
  readonly installationCountId: bigint;
  readonly realmAuditLogId: bigint;
}

const READ = `
  SELECT
    greatest(mark.realm_count_id, (
      SELECT max(remote_id) FROM remote_realm_counts WHERE server_id = $1 AND remote_id IS NOT NULL), 0) AS realm_count_id,
    greatest(mark.installation_count_id, (
      SELECT max(remote_id) FROM remote_installation_counts WHERE server_id = $1 AND remote_id IS NOT NULL), 0)
      AS installation_count_id,
    greatest(mark.realm_audit_log_id, (
      SELECT max(remote_id) FROM remote_realm_audit_log WHERE server_id = $1 AND remote_id IS NOT NULL), 0)
      AS realm_audit_log_id
  FROM (SELECT) AS one LEFT JOIN upload_watermarks AS mark ON mark.server_id = $1`;

const RAISE = `
  INSERT INTO upload_watermarks AS mark (server_id, realm_count_id, installation_count_id, realm_audit_log_id)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (server_id) DO UPDATE SET
    realm_count_id = greatest(mark.realm_count_id, EXCLUDED.realm_count_id),
    installation_count_id = greatest(mark.installation_count_id, EXCLUDED.installation_count_id),
    realm_audit_log_id = greatest(mark.realm_audit_log_id, EXCLUDED.realm_audit_log_id)`;

/**
 * Up to where each server has reported its rows. The mark is the highest number of an upload that was accepted, whether its row was
 * kept or not; otherwise a server whose newest rows are all known here would offer them again every hour.
 */
@Injectable()
export class UploadWatermarks {
  async read(tx: EntityManager, serverId: string): Promise<Watermarks> {
    const [row] = await tx.query<
      { realm_count_id: string; installation_count_id: string; realm_audit_log_id: string }[]
    >(READ, [serverId]);
    return {
      realmCountId: BigInt(row?.realm_count_id ?? 0),
      installationCountId: BigInt(row?.installation_count_id ?? 0),
      realmAuditLogId: BigInt(row?.realm_audit_log_id ?? 0),
    };
  }

  /** Moves the marks up; a lower number leaves a mark where it is. */
  async raise(tx: EntityManager, serverId: string, marks: Watermarks): Promise<void> {
    const { realmCountId, installationCountId, realmAuditLogId } = marks;
    const values = [realmCountId, installationCountId, realmAuditLogId].map(String);
    await tx.query(RAISE, [serverId, ...values]);
  }
}
