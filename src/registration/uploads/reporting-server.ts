import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../common/errors.js';

/** What a server says it runs; null where it says nothing. */
export interface ReportedVersion {
  readonly version: string | null;
  readonly mergeBase: string | null;
  readonly apiFeatureLevel: number | null;
}

/** The row of a server, locked until the transaction ends. */
export interface LockedServer {
  readonly uuid: string;
  readonly hostname: string;
  readonly reported: ReportedVersion;
}

/** Whoever waits longer for another upload of the same server had better come again. */
const LOCK_MILLIS = 20_000;

/** SQLSTATE of a lock that could not be had in time (PostgreSQL documentation, appendix A). */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Not FOR UPDATE: rows that refer to the server take a key-share lock on it, and a device that is being registered shall not wait for
 * an upload (PostgreSQL documentation, 13.3.2).
 */
const LOCK = `
  SELECT uuid, hostname, deactivated, last_version, last_merge_base, last_api_feature_level
  FROM remote_servers WHERE id = $1 FOR NO KEY UPDATE`;

const SET_VERSION = `
  UPDATE remote_servers SET last_version = $2, last_merge_base = $3, last_api_feature_level = $4 WHERE id = $1`;

const HEARTBEAT = 'UPDATE remote_servers SET last_audit_log_update = $2 WHERE id = $1';

interface Row {
  readonly uuid: string;
  readonly hostname: string;
  readonly deactivated: boolean;
  readonly last_version: string | null;
  readonly last_merge_base: string | null;
  readonly last_api_feature_level: number | null;
}

/** The server's own row while it uploads: its lock makes uploads of one server follow one another. */
@Injectable()
export class ReportingServer {
  /**
   * Locks the server's row, waiting for whoever holds it.
   *
   * @throws AppError `auth.server-deactivated` where the server was deactivated meanwhile; `http.unavailable` after 20 s of waiting
   */
  async lock(tx: EntityManager, serverId: string): Promise<LockedServer> {
    await tx.query("SELECT set_config('lock_timeout', $1, true)", [`${LOCK_MILLIS}ms`]);
    const row = await this.lockedRow(tx, serverId).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
      throw new AppError('http.unavailable', {}, {}, { 'Retry-After': '30' });
    });
    if (!row || row.deactivated) throw new AppError('auth.server-deactivated');
    return {
      uuid: row.uuid,
      hostname: row.hostname,
      reported: {
        version: row.last_version,
        mergeBase: row.last_merge_base,
        apiFeatureLevel: row.last_api_feature_level,
      },
    };
  }

  private async lockedRow(tx: EntityManager, serverId: string): Promise<Row | undefined> {
    // Whoever changes the partitions of the counts takes a lock that excludes this one, first of all, as uploads do here. Were it taken
    // only when the row is changed, after counts have been read, each of the two could come to wait for the other.
    await tx.query('LOCK TABLE remote_servers IN ROW EXCLUSIVE MODE');
    const [row] = await tx.query<Row[]>(LOCK, [serverId]);
    return row;
  }

  /** Remembers what the server runs; answers whether that is news. */
  async noteVersion(
    tx: EntityManager,
    serverId: string,
    { reported }: LockedServer,
    news: ReportedVersion,
  ): Promise<boolean> {
    const { version, mergeBase, apiFeatureLevel } = news;
    const same =
      reported.version === version && reported.mergeBase === mergeBase && reported.apiFeatureLevel === apiFeatureLevel;
    if (!same) await tx.query(SET_VERSION, [serverId, version, mergeBase, apiFeatureLevel]);
    return !same;
  }

  /** The server's user counts are known as of now. */
  async heartbeat(tx: EntityManager, serverId: string, now: Date): Promise<void> {
    await tx.query(HEARTBEAT, [serverId, now]);
  }
}
