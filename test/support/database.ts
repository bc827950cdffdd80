import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
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
  return create(inject('testServer').template);
}

/** A new database without anything, for tests of migrations. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return create('template0');
}

async function create(template: string): Promise<TestDatabase> {
  const server = inject('testServer');
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
