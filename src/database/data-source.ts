import pg from 'pg';
import { DataSource, type DataSourceOptions, type EntitySchema } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { SnakeNamingStrategy } from './snake-naming.strategy.js';

/** Key of the advisory lock under which migrations run; any constant that nothing else uses. */
const MIGRATION_LOCK = 7_205_001;

/** Options of the data source; the application adds its entities module by module. */
export function dataSourceOptions(url: string, poolSize = 10): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    migrations: [...migrations],
    migrationsTableName: 'migrations',
    namingStrategy: new SnakeNamingStrategy(),
    synchronize: false,
    logging: false,
    poolSize,
    extra: { application_name: 'push-bouncer', connectionTimeoutMillis: 5_000, keepAlive: true },
  };
}

/** A data source with the given entities, not yet connected. */
export function createDataSource(
  url: string,
  entities: readonly (new () => object)[] | readonly EntitySchema[] = [],
): DataSource {
  return new DataSource({ ...dataSourceOptions(url), entities: [...entities] } as DataSourceOptions);
}

/**
 * Applies pending migrations. Several nodes may start at once: one migrates while the others wait for it.
 */
export async function migrateDatabase(url: string): Promise<void> {
  const lock = new pg.Client({ connectionString: url, application_name: 'push-bouncer migrate' });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const source = await createDataSource(url).initialize();
    try {
      await source.runMigrations({ transaction: 'each' });
    } finally {
      await source.destroy();
    }
  } finally {
    // Ending the connection releases the lock.
    await lock.end();
  }
}
