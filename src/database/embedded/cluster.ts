import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, canEnter } from './account.js';
import type { Binaries } from './binaries.js';

/** Name of the embedded server's role and of its database. */
export const OWNER = 'push_bouncer';

/** A database cluster on disk. */
export interface Cluster {
  /** PostgreSQL's data directory. */
  readonly data: string;
  /** The same for PostgreSQL itself, started with `data` as its working directory. */
  readonly dataArgument: string;
  readonly password: string;
}

/** What PostgreSQL's programs see of our environment: nothing that could change their behaviour, and no secret. */
export const programEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Makes a directory that only the account (else this user) can enter. */
export async function makePrivate(directory: string, account: Account | undefined): Promise<void> {
  await mkdir(directory, { recursive: true });
  if (account) await chown(directory, account.uid, account.gid);
  await chmod(directory, 0o700);
}

/**
 * The cluster under `home`, created at the first start. It is built aside and renamed into place, so a start that is killed
 * halfway leaves nothing that looks like a database, and of two first starts at once one wins.
 *
 * @param home exists and is private to the account
 * @throws Error with initdb's complaint
 */
export async function ensureCluster(
  home: string,
  binaries: Binaries,
  account: Account | undefined,
  options: { durable: boolean; log: (line: string) => void },
): Promise<Cluster> {
  const place = join(home, 'cluster');
  if (!(await exists(place))) {
    options.log('creating the embedded database');
    await removeAbandoned(home);
    const fresh = await mkdtemp(join(home, 'new-'));
    await build(fresh, binaries, account, options.durable);
    await rename(fresh, place).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      await rm(fresh, { recursive: true, force: true });
    });
  }
  const data = join(place, 'data');
  const password = (await readFile(join(place, 'password'), 'utf8')).trim();
  return { data, dataArgument: pathFor(data, account), password };
}

/**
 * In a home closed to the account (`/root`), the path of the data directory leads nowhere for it; its working directory, which
 * we enter before giving up root, stays open, and Linux names that without the path above it (proc(5)).
 */
function pathFor(directory: string, account: Account | undefined): string {
  return canEnter(directory, account) ? directory : '/proc/self/cwd';
}

async function build(fresh: string, binaries: Binaries, account: Account | undefined, durable: boolean): Promise<void> {
  const data = join(fresh, 'data');
  await makePrivate(fresh, account);
  await makePrivate(data, account);
  const password = randomBytes(32).toString('hex');
  const forInitdb = join(fresh, 'initdb-password');
  await writeFile(forInitdb, `${password}\n`, { mode: 0o600 });
  if (account) await chown(forInitdb, account.uid, account.gid);

  const initdb = spawn(
    binaries.initdb,
    [
      `--pgdata=${pathFor(data, account)}`,
      `--username=${OWNER}`,
      '--pwfile=../initdb-password',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The built-in provider sorts and folds the same on every machine, whatever locales that has.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(durable ? [] : ['--no-sync']),
    ],
    { ...account, cwd: data, env: programEnvironment, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaint = '';
  initdb.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const [code] = (await once(initdb, 'close')) as [number | null];
  if (code !== 0) {
    await rm(fresh, { recursive: true, force: true });
    throw new Error(`The embedded database could not be created: ${complaint.trim()}`);
  }
  await rm(forInitdb);
  await writeFile(join(fresh, 'password'), `${password}\n`, { mode: 0o600 });
}

/** Removes what a killed first start left behind. An hour is far longer than building takes. */
async function removeAbandoned(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.startsWith('new-')) continue;
    const found = await stat(join(home, name)).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > 3_600_000) await rm(join(home, name), { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
