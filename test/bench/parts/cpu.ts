import { readFileSync } from 'node:fs';

/** Kernel ticks a second in `/proc`; 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Processor time that processes use from now on, user and system (proc(5), `stat`, fields 14 and 15). */
export class CpuMeter {
  private readonly before: ReadonlyMap<number, number>;

  constructor(pids: readonly number[]) {
    this.before = new Map(pids.map((pid) => [pid, ticksOf(pid)]));
  }

  /**
   * Seconds used since then by the processes that are there now, those that began meanwhile included. NaN where there is no
   * `/proc`.
   */
  seconds(pids: readonly number[]): number {
    if (process.platform !== 'linux') return Number.NaN;
    return pids.reduce((sum, pid) => sum + ticksOf(pid) - (this.before.get(pid) ?? 0), 0) / TICKS;
  }
}

function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the program's name, may hold spaces: the fields are counted from its closing bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}
