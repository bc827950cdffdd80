import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { TestServer } from './global-setup.js';
import { dropDatabase, onServer, urlOfDatabase } from './server-connection.js';

/** A database of one test file. */
export interface TestDatabase {
  readonly url: string;
  /** Removes it, cutting off whoever is still connected. What is not dropped goes at the end of the run. */
  drop(): Promise<void>;
}

/** Clones are made one after another: PostgreSQL refuses to copy a database that is in use. The number is arbitrary. */
const CLONING = 7_261_001;

/** A new database with the service's schema and no rows. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return create(testServer().template);
}

/** A new database without anything, for tests of migrations. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return create('template0');
}

/** @throws Error in a project that is given none, lest a test that needs one stands where no other PostgreSQL is tried */
function testServer(): TestServer {
  const server: TestServer | undefined = inject('testServer');
  if (!server) throw new Error('the project of this test has no database: see vitest.config.ts');
  return server;
}

async function create(template: string): Promise<TestDatabase> {
  const server = testServer();
  const name = server.prefix + randomBytes(6).toString('hex');
  await onServer(server.url, async (client) => {
    // Held until the connection ends.
    await client.query('select pg_advisory_lock($1)', [CLONING]);
    await client.query(`create database ${name} template ${template} encoding 'UTF8'`);
  });
  return {
    url: urlOfDatabase(server.url, name),
    drop: () => onServer(server.url, (client) => dropDatabase(client, name)),
  };
}
