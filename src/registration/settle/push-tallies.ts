import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { safeDescription } from '../../protocol/error-description.js';

const FOLD_EVERY_MS = 5_000;
/** Rows added up by one statement, so that it keeps no notification waiting; a row holds what a moment's notifications counted. */
const ROWS_AT_ONCE = 250;
/** Whoever holds it adds up; any number that nothing else uses. */
const LOCK = 7_205_012;

/**
 * Takes some rows, and adds them to the counts of the same day. Rows that another node took after this statement began are passed over.
 * A realm that was moved to another server is counted where it is now; what was deleted is not counted. It does not wait for the disk: a
 * crash that loses the sums loses that the rows were taken, too.
 */
const FOLD = `
  WITH taken AS (
    DELETE FROM push_tallies
    WHERE (SELECT pg_try_advisory_xact_lock(${LOCK}))
      AND ctid = ANY (ARRAY(SELECT ctid FROM push_tallies LIMIT ${ROWS_AT_ONCE}))
    RETURNING end_time, realm_only, server_ids, realm_ids, received, forwarded
  ), part AS (
    SELECT server_id, realm_id, realm_only, end_time, property, value
    FROM taken CROSS JOIN unnest(server_ids, realm_ids, taken.received, taken.forwarded)
      AS entry (server_id, realm_id, received, forwarded)
    CROSS JOIN LATERAL (
      VALUES ('mobile_pushes_received::day', entry.received), ('mobile_pushes_forwarded::day', entry.forwarded)
    ) AS kind (property, value)
    WHERE value > 0
  ), server_totals AS (
    INSERT INTO remote_installation_counts (server_id, property, end_time, value)
    SELECT s.id, property, end_time, sum(value) FROM part JOIN remote_servers s ON s.id = part.server_id
    WHERE NOT realm_only GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (server_id, property, end_time) WHERE subgroup IS NULL
    DO UPDATE SET value = remote_installation_counts.value + EXCLUDED.value
  ), realm_totals AS (
    INSERT INTO remote_realm_counts (server_id, remote_realm_id, property, end_time, value)
    SELECT r.server_id, r.id, property, end_time, sum(value) FROM part JOIN remote_realms r ON r.id = part.realm_id
    GROUP BY 1, 2, 3, 4 ORDER BY 2, 3, 4
    ON CONFLICT (remote_realm_id, property, end_time) WHERE subgroup IS NULL
    DO UPDATE SET value = remote_realm_counts.value + EXCLUDED.value
  )
  SELECT count(*)::integer AS rows, set_config('synchronous_commit', 'off', true) FROM taken`;

/**
 * Adds what notifications counted to the counts per server, realm and UTC day, every few seconds: a server that sends fifty notifications
 * a second then moves its rows once for all of them, and no notification waits for a row that others write. What waits is committed, and
 * outlives any crash. Any number of nodes may do so at once: one does the work.
 */
@Injectable()
export class PushTallies implements BeforeApplicationShutdown {
  private readonly logger = new Logger(PushTallies.name);
  private folding: Promise<void> | undefined;
  private stopping = false;

  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** Adds up all that waits, unless another node is at it. Never throws; what could not be added up is tried again the next time. */
  @Interval(FOLD_EVERY_MS)
  async fold(): Promise<void> {
    this.folding ??= this.foldAll().finally(() => {
      this.folding = undefined;
    });
    await this.folding;
  }

  /** What waits then is added up by another node, or after the next start. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.folding;
  }

  private async foldAll(): Promise<void> {
    try {
      for (let rows = ROWS_AT_ONCE; rows === ROWS_AT_ONCE && !this.stopping; ) {
        const [folded] = await this.database.query<{ rows: number }[]>(FOLD);
        rows = folded?.rows ?? 0;
      }
    } catch (error) {
      this.logger.warn('counts of pushes could not be added up; trying again', { error: safeDescription(error) });
    }
  }
}
