import { readdirSync, readFileSync } from 'node:fs';

/** A process and those that it started, by `/proc`; the process alone where there is none. */
export function familyOf(pid: number): number[] {
  if (process.platform !== 'linux') return [pid];
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => parentOf(other) === pid);
  return [pid, ...children];
}

/** Memory that a process and its children have in use now, in megabytes (proc(5), `VmRSS`). NaN where there is no `/proc`. */
export function memoryOf(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  return familyOf(pid).reduce((sum, one) => sum + Number(field(one, 'VmRSS') ?? 0) / 1024, 0);
}

function parentOf(pid: number): number {
  return Number(field(pid, 'PPid'));
}

function field(pid: number, name: string): string | undefined {
  try {
    return new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
