import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.js';
import { processExists } from './lease.js';

/**
 * Clears the way for a start that PostgreSQL refused because of `postmaster.pid`, where no supervisor lives. Either a server
 * lost its supervisor (somebody killed just that), and is stopped; or the file was left by a killed machine or container and
 * its process number now belongs to something else, which PostgreSQL cannot tell, and the file is removed.
 *
 * @param data PostgreSQL's data directory
 */
export async function clearOrphan(data: string, account: Account | undefined): Promise<void> {
  const file = join(data, 'postmaster.pid');
  let pid: number;
  try {
    pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  } catch {
    return;
  }
  if (!isServerOf(pid, data, account)) {
    rmSync(file, { force: true });
    return;
  }
  process.kill(pid, 'SIGINT');
  for (let waited = 0; processExists(pid) && isServerOf(pid, data, account); waited += 50) {
    if (waited >= 60_000) throw new Error('An abandoned embedded PostgreSQL does not stop');
    await sleep(50);
  }
}

/** Whether the process is a PostgreSQL of this directory, which is the working directory of all its processes. */
function isServerOf(pid: number, data: string, account: Account | undefined): boolean {
  if (!(pid > 0) || !processExists(pid)) return false;
  if (process.platform !== 'linux') {
    const ps = spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' });
    return ps.stdout.includes('postgres');
  }
  // Asked as the server's own account: in a container, root may not look at other users' processes (ptrace(2)).
  const test = ['-c', '[ "/proc/$0/cwd" -ef . ]', String(pid)];
  return spawnSync('/bin/sh', test, { ...account, cwd: data, stdio: 'ignore' }).status === 0;
}
