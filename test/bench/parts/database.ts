import { join } from 'node:path';
import pg from 'pg';
import { migrateDatabase } from '../../../src/database/data-source.js';
import { startEmbeddedPostgres } from '../../../src/database/embedded/embedded-postgres.js';
import type { Cleanup } from './cleanup.js';

/** A PostgreSQL of the benchmark's own, durable as in production, with the service's schema. */
export interface BenchDatabase {
  readonly url: string;
  /** For arranging rows and looking at them. */
  readonly pool: pg.Pool;
  /** Processes that serve the database now. */
  pids(): Promise<number[]>;
}

export async function startDatabase(directory: string, cleanup: Cleanup): Promise<BenchDatabase> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'data') });
  cleanup.add(() => postgres.stop());
  await migrateDatabase(postgres.url);
  const pool = new pg.Pool({ connectionString: postgres.url, max: 1 });
  pool.on('error', () => undefined);
  cleanup.add(() => pool.end());
  return {
    url: postgres.url,
    pool,
    pids: async () =>
      (await pool.query<{ pid: number }>('SELECT pid FROM pg_stat_activity')).rows.map(({ pid }) => pid),
  };
}
