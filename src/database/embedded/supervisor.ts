import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.js';
import { type Cluster, makePrivate, programEnvironment } from './cluster.js';
import { LEASE, Lease } from './lease.js';

/**
 * The supervisor, a shell of its own session: Ctrl-C in a terminal does not reach it, and it outlives every process of ours.
 * Descriptor 3 is the read end of the lease. Each user writes its name there and finds a file in return; when the last one has
 * closed the pipe, reading ends and PostgreSQL is told to shut down (SIGINT: fast, complete), more than once since one that is
 * just starting does not listen yet. The shell ends with PostgreSQL
 * and takes the run's directory with it. A log is kept only of a server that had started and then failed.
 */
const SUPERVISOR = `
run=$1; shift
"$@" </dev/null 3<&- &
postgres=$!
(
  while read -r name <&3; do [ -z "$name" ] || : >"$run/user.$name"; done
  exec 3<&-
  while kill -INT "$postgres" 2>/dev/null; do sleep 1; done
) &
reader=$!
exec 3<&-
trap 'kill -INT "$postgres"' HUP INT TERM
while :; do
  wait "$postgres"; status=$?
  kill -0 "$postgres" 2>/dev/null || break
done
kill "$reader" 2>/dev/null
[ "$status" = 0 ] || [ ! -e "$run/url" ] || mv -f "$run/log" "$run/../../failure.log"
rm -rf "$run"
`;

/** A start of the server in progress. */
export interface Start {
  readonly lease: Lease;
  /** Resolves when the supervisor has ended, and the server with it. */
  readonly ended: Promise<void>;
  readonly hasEnded: () => boolean;
  /** Closes the log and returns what the server wrote so far. */
  readonly takeLog: () => string;
}

/**
 * Starts PostgreSQL under a supervisor, with this process as its first user. Returns at once.
 *
 * @param runs directory of runs, private to the account
 * @param settings PostgreSQL settings given on its command line
 */
export async function supervise(
  runs: string,
  postgres: string,
  cluster: Cluster,
  account: Account | undefined,
  settings: Readonly<Record<string, string>>,
): Promise<Start> {
  const id = randomBytes(6).toString('hex');
  // Others take a run whose pipe has no reader for a dead one, so it shows itself only when the pipe is open.
  const hidden = join(runs, `.${id}`);
  const run = join(runs, id);
  await makePrivate(hidden, account);
  execFileSync('mkfifo', ['-m', '600', join(hidden, LEASE)]);
  // Opening one end waits for the other; only both at once waits for nobody (fifo(7)).
  const both = openSync(join(hidden, LEASE), constants.O_RDWR | constants.O_NONBLOCK);
  const reader = openSync(join(hidden, LEASE), constants.O_RDONLY);
  const log = openSync(join(hidden, 'log'), 'a+', 0o600);
  await rename(hidden, run);
  const lease = Lease.first(run);
  closeSync(both);

  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const shell = spawn(
    '/bin/sh',
    // The path of the run is relative: the way to it from the root may be closed to the account.
    ['-c', SUPERVISOR, 'push-bouncer-postgres', `../../runs/${id}`, postgres, '-D', cluster.dataArgument, ...flags],
    { ...account, cwd: cluster.data, env: programEnvironment, detached: true, stdio: ['ignore', log, log, reader] },
  );
  closeSync(reader);
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const finish = () => {
      over = true;
      resolve();
    };
    shell.once('exit', finish).once('error', finish);
  });
  shell.unref();
  return { lease, ended, hasEnded: () => over, takeLog: () => takeLog(log) };
}

/** Joins the run that has a supervisor, if there is one. */
export async function joinRun(runs: string): Promise<Lease | undefined> {
  for (const name of await readdir(runs)) {
    const lease = name.startsWith('.') ? undefined : await Lease.join(join(runs, name));
    if (lease) return lease;
  }
  return undefined;
}

/** Removes runs of machines that were switched off. Only for whoever has just started the server: no other can be alive. */
export async function removeDeadRuns(runs: string): Promise<void> {
  for (const name of await readdir(runs)) {
    if (name.startsWith('.')) continue;
    const lease = await Lease.join(join(runs, name));
    if (lease) lease.release();
    else await rm(join(runs, name), { recursive: true, force: true });
  }
}

function takeLog(fd: number): string {
  const buffer = Buffer.alloc(Math.min(fstatSync(fd).size, 65_536));
  readSync(fd, buffer, 0, buffer.length, 0);
  closeSync(fd);
  return buffer.toString('utf8').trim();
}
