import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { Authority, type SavedAuthority } from '../../src/sandbox/transport/authority.js';
import { dropDatabase, onServer, urlOfDatabase } from './server-connection.js';

/** The project of vitest.config.ts whose tests use no database of the run. */
const WITHOUT_DATABASE = 'without-database';

/** What each test file learns about the PostgreSQL of this run. */
export interface TestServer {
  /** Connection URL of a database that tests only use to create others. */
  readonly url: string;
  /** A migrated database without connections, to clone. */
  readonly template: string;
  /** How the names of this run's databases begin. */
  readonly prefix: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer;
    /** The authority of all stand-ins of this run. Workers trust it, as a deployment would, by NODE_EXTRA_CA_CERTS. */
    authority: SavedAuthority;
  }
}

/**
 * One PostgreSQL for the whole run: that of TEST_DATABASE_URL (its role needs CREATEDB), else an embedded one without
 * durability. The migrations run once, on a template; test files clone it. Projects that do without learn nothing of it, so that
 * a test which uses it can only be in one that `.ci/run` repeats on another PostgreSQL, or in that of the browser.
 */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL'];
  const server = given ? { url: given, stop: async () => undefined } : await startOwn();
  const prefix = `push_bouncer_test_${randomBytes(4).toString('hex')}_`;
  const template = `${prefix}template`;
  try {
    await onServer(server.url, (client) =>
      client.query(`create database ${template} template template0 encoding 'UTF8'`),
    );
    const { migrateDatabase } = await import('../../src/database/data-source.js');
    await migrateDatabase(urlOfDatabase(server.url, template));
    // A template that anybody is connected to cannot be cloned.
    await onServer(server.url, (client) => client.query(`alter database ${template} allow_connections false`));
  } catch (error) {
    await dropAll(server.url, prefix);
    await server.stop();
    throw error;
  }
  for (const { name, provide } of project.vitest.projects) {
    if (name !== WITHOUT_DATABASE) provide('testServer', { url: server.url, template, prefix });
  }
  const authority = await Authority.create();
  const files = await mkdtemp(join(tmpdir(), `push-bouncer-test-${process.pid}-`));
  const caFile = join(files, 'ca.pem');
  await writeFile(caFile, authority.caPem);
  // Node reads it when a process starts: workers start after this.
  process.env['NODE_EXTRA_CA_CERTS'] = caFile;
  project.provide('authority', authority.save());
  return async () => {
    await rm(files, { recursive: true, force: true });
    await dropAll(server.url, prefix);
    await server.stop();
  };
}

async function startOwn(): Promise<{ url: string; stop(): Promise<void> }> {
  await removeAbandoned();
  const dataDir = await mkdtemp(join(tmpdir(), `push-bouncer-test-${process.pid}-`));
  const server = await startEmbeddedPostgres({
    dataDir,
    durable: false,
    settings: { max_connections: '200', autovacuum: 'off' },
  });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Directories of test runs that were killed; their servers ended with them. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = /^push-bouncer-test-(\d+)-/.exec(name)?.[1];
    if (!pid) continue;
    try {
      process.kill(Number(pid), 0);
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === 'ESRCH';
      if (gone) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

async function dropAll(url: string, prefix: string): Promise<void> {
  await onServer(url, async (client) => {
    const left = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [prefix],
    );
    for (const { datname } of left.rows) await dropDatabase(client, datname);
  });
}
