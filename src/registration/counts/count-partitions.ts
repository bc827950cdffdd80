import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { type Month, monthOfPartition } from './count-months.js';

/** The tables partitioned by `end_time`. What no month takes lies in the default partition, `NAME_other`. */
export const COUNT_TABLES = ['remote_installation_counts', 'remote_realm_counts'] as const;

export type CountTable = (typeof COUNT_TABLES)[number];

/** What became of a change; `busy`: another node is at it. */
export type PartitionResult = 'done' | 'nothing to do' | 'busy';

/** Changes of partitions follow one another on all nodes; any number that nothing else uses. */
const LOCK = 7_205_004;

const ROWS_AT_ONCE = 5_000;

/**
 * Makes and drops the monthly partitions of the statistics, a short transaction each. Changing partitions locks the whole table, so it
 * gives up rather than keep notifications from being counted for more than a few seconds.
 */
@Injectable()
export class CountPartitions {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** Makes the partition of a month, unless it exists, or rows of the month lie in the default partition already. */
  make(table: CountTable, { name, from, to }: Month): Promise<PartitionResult> {
    return this.change(async (tx) => {
      if (await exists(tx, `SELECT to_regclass('${table}_${name}') IS NOT NULL AS found`)) return false;
      const taken = `SELECT EXISTS (SELECT FROM ${table}_other WHERE end_time >= $1 AND end_time < $2) AS found`;
      if (await exists(tx, taken, [from, to])) return false;
      await lockForPartitions(tx);
      const range = `FROM ('${from.toISOString()}') TO ('${to.toISOString()}')`;
      await tx.query(`CREATE TABLE ${table}_${name} PARTITION OF ${table} FOR VALUES ${range}`);
      return true;
    });
  }

  /** The months that have partitions. */
  async months(table: CountTable): Promise<Month[]> {
    const rows = await this.database.query<{ name: string }[]>(
      'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = to_regclass($1) ORDER BY 1',
      [table],
    );
    return rows.map(({ name }) => monthOfPartition(name)).filter((month) => month !== undefined);
  }

  /** Drops the partition of a month with everything in it. */
  drop(table: CountTable, month: Month): Promise<PartitionResult> {
    return this.change(async (tx) => {
      if (!(await exists(tx, `SELECT to_regclass('${table}_${month.name}') IS NOT NULL AS found`))) return false;
      await lockForPartitions(tx);
      await tx.query(`DROP TABLE ${table}_${month.name}`);
      return true;
    });
  }

  /** Removes some of the rows of the default partition that ended before an instant. `nothing to do`: there are none left. */
  removeOlder(table: CountTable, than: Date): Promise<PartitionResult> {
    return this.change(async (tx) => {
      const removed = `
        WITH removed AS (
          DELETE FROM ${table}_other
          WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table}_other WHERE end_time < $1 LIMIT ${ROWS_AT_ONCE}))
          RETURNING 1
        )
        SELECT count(*) > 0 AS found FROM removed`;
      return exists(tx, removed, [than]);
    });
  }

  private change(work: (tx: EntityManager) => Promise<boolean>): Promise<PartitionResult> {
    return this.database.transaction(async (tx) => {
      if (!(await exists(tx, 'SELECT pg_try_advisory_xact_lock($1) AS found', [LOCK]))) return 'busy';
      return (await work(tx)) ? 'done' : 'nothing to do';
    });
  }
}

async function exists(tx: EntityManager, statement: string, values: unknown[] = []): Promise<boolean> {
  const [row] = await tx.query<{ found: boolean }[]>(statement, values);
  return row?.found === true;
}

/**
 * Takes the locks that changing a partition needs, in the order in which uploads take theirs: servers, realms, counts. Otherwise one
 * could wait for the other for ever.
 */
async function lockForPartitions(tx: EntityManager): Promise<void> {
  await tx.query("SELECT set_config('lock_timeout', '2s', true), set_config('statement_timeout', '3s', true)");
  await tx.query('LOCK TABLE remote_servers IN SHARE ROW EXCLUSIVE MODE');
  await tx.query('LOCK TABLE remote_realms IN SHARE ROW EXCLUSIVE MODE');
}
