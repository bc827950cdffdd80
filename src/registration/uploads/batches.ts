import type { EntityManager, QueryRunner } from 'typeorm';

/** Rows that one statement stores. */
const BATCH = 1_000;

/** Does work on a thousand rows at a time, one batch after the other; answers the sum of what the batches answered. */
export async function inBatches<Row>(
  rows: readonly Row[],
  work: (batch: readonly Row[]) => Promise<number>,
): Promise<number> {
  let sum = 0;
  for (let start = 0; start < rows.length; start += BATCH) sum += await work(rows.slice(start, start + BATCH));
  return sum;
}

/** Runs an INSERT in a transaction; answers how many rows it added. */
export async function insertedRows(tx: EntityManager, statement: string, values: unknown[]): Promise<number> {
  // Inside a transaction there is always one.
  const runner = tx.queryRunner as QueryRunner;
  const { affected } = await runner.query(statement, values, true);
  return affected ?? 0;
}
