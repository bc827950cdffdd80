import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource, migrateDatabase } from '../../src/database/data-source.js';
import { createEmptyDatabase } from '../support/database.js';
import { onServer } from '../support/server-connection.js';
import { TestService } from '../support/service.js';
import { describeSchema, foreignKeys, tableNames } from './catalogue.js';

let service: TestService;
let source: DataSource;
beforeAll(async () => {
  service = await TestService.start();
  source = service.app.get(DataSource);
});
afterAll(() => service.stop());

/** Tables that no entity describes, each with its reason. */
const WITHOUT_ENTITY: Readonly<Record<string, string>> = {};

/** Foreign keys that need no index of their own, each with its reason. */
const WITHOUT_INDEX: Readonly<Record<string, string>> = {
  permission_plans_server_fkey: 'holds a row for each plan: read in a moment, when a server is deleted by hand',
  remote_realm_audit_log_realm_fkey:
    'a realm row goes only with its server, by hand; the log grows with every upload and has indexes enough',
  user_counts_server_fkey: 'holds a row for each organization: read in a moment, when a server is deleted by hand',
};

/** Letters of `confdeltype` that somebody chose: PostgreSQL's default, no action, is what stands there when nobody did. */
const CHOSEN = ['c', 'n', 'r', 'd'];

describe('entities and schema', () => {
  it('say the same: TypeORM would change nothing', async () => {
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    // Entities name no other room's entities, so foreign keys stand in the database only, and TypeORM would drop every one.
    const keys = await onServer(service.databaseUrl, foreignKeys);
    const names = keys.map(({ name }) => name);
    const isForeignKey = (query: string) => names.includes(/ DROP CONSTRAINT "(\w+)"$/.exec(query)?.[1] ?? '');
    const changes = upQueries.map(({ query }) => query);
    expect(changes.filter((query) => !isForeignKey(query))).toEqual([]);
    expect(changes.filter(isForeignKey)).toHaveLength(names.length);
  });

  it('know the same tables', async () => {
    const tables = await onServer(service.databaseUrl, tableNames);
    const described = source.entityMetadatas.map(({ tableName }) => tableName);
    expect(tables.length).toBeGreaterThan(5);
    expect(tables).toEqual([...new Set([...described, ...Object.keys(WITHOUT_ENTITY)])].sort());
  });
});

describe('every table', () => {
  it('has a primary key', async () => {
    const without = await service.rows(
      `SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p')`,
    );
    expect(without).toEqual([]);
  });

  it('keeps instants with their time zone, and text without a fixed width', async () => {
    const wrong = await service.rows(
      `SELECT table_name, column_name FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type IN ('timestamp without time zone', 'time without time zone', 'character', 'money')`,
    );
    expect(wrong).toEqual([]);
  });

  it('says of each foreign key what a deletion does', async () => {
    const keys = await onServer(service.databaseUrl, foreignKeys);
    expect(keys.length).toBeGreaterThan(5);
    expect(keys.filter((key) => !CHOSEN.includes(key.on_delete))).toEqual([]);
  });

  it('has an index for each foreign key, so that deleting what it names does not read the whole table', async () => {
    const keys = await onServer(service.databaseUrl, foreignKeys);
    const missing = keys.filter((key) => !key.indexed).map(({ name }) => name);
    expect(missing).toEqual(Object.keys(WITHOUT_INDEX).sort());
  });
});

describe('migrations', () => {
  it('lead down to nothing step by step, and up again to the same schema', async () => {
    const database = await createEmptyDatabase();
    try {
      await migrateDatabase(database.url);
      const before = await onServer(database.url, describeSchema);
      expect(before.length).toBeGreaterThan(50);
      const wayDown = await undoAll(database.url);
      expect(wayDown.at(-1)).toEqual([]);
      await migrateDatabase(database.url);
      expect(await onServer(database.url, describeSchema)).toEqual(before);
      expect(await undoAll(database.url)).toEqual(wayDown);
    } finally {
      await database.drop();
    }
  });
});

/** Undoes all migrations, the newest first; answers the schema after each. */
async function undoAll(url: string): Promise<string[][]> {
  const own = await createDataSource(url).initialize();
  const schemas: string[][] = [];
  try {
    for (let left = own.migrations.length; left > 0; left--) {
      await own.undoLastMigration();
      schemas.push(await onServer(url, describeSchema));
    }
    return schemas;
  } finally {
    await own.destroy();
  }
}
