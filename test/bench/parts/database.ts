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
  /** Processes that serve the server's databases now. */
  pids(): Promise<number[]>;
  /** Another database on the same server. */
  another(name: string): Promise<BenchDatabase>;
}

/** @param settings of PostgreSQL, beside those that the service gives its embedded one */
export async function startDatabase(
  directory: string,
  cleanup: Cleanup,
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchDatabase> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'data'), settings });
  cleanup.add(() => postgres.stop());
  return prepare(postgres.url, cleanup);
}

async function prepare(url: string, cleanup: Cleanup): Promise<BenchDatabase> {
  await migrateDatabase(url);
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined);
  cleanup.add(() => pool.end());
  return {
    url,
    pool,
    pids: async () =>
      (await pool.query<{ pid: number }>('SELECT pid FROM pg_stat_activity')).rows.map(({ pid }) => pid),
    another: async (name) => {
      await pool.query(`CREATE DATABASE ${name}`);
      const other = new URL(url);
      other.pathname = `/${name}`;
      return prepare(other.href, cleanup);
    },
  };
}
