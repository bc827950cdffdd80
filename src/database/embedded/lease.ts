import { randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The pipe's name in a run's directory. */
export const LEASE = 'lease';

/**
 * One process's use of a running server: the write end of a named pipe that the server's supervisor reads. The kernel closes
 * it when the process ends, however it ends, and the supervisor's read ends when the last one is closed (fifo(7)). So there
 * are no process numbers to check and no lock files to go stale.
 */
export class Lease {
  private constructor(
    /** Directory of the run: one start of the server. */
    readonly run: string,
    private readonly fd: number,
    private readonly name = `${process.pid}-${randomBytes(4).toString('hex')}`,
  ) {}

  /** The first user's lease, on a pipe whose reader the caller holds. */
  static first(run: string): Lease {
    return new Lease(run, openSync(join(run, LEASE), constants.O_WRONLY | constants.O_NONBLOCK));
  }

  /**
   * Joins a run.
   *
   * @returns undefined where nobody supervises it (any more)
   * @throws Error where the run belongs to somebody else (EACCES)
   */
  static async join(run: string): Promise<Lease | undefined> {
    let fd: number;
    try {
      fd = openSync(join(run, LEASE), constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      // ENXIO: a pipe without a reader (open(2)).
      if (['ENOENT', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
    const lease = new Lease(run, fd);
    return (await lease.acknowledged()) ? lease : undefined;
  }

  /**
   * Announces this user and waits for the supervisor's sign that it was heard. An open pipe alone does not say so: the
   * supervisor may have seen the last user leave a moment before.
   */
  async acknowledged(): Promise<boolean> {
    this.write(`${this.name}\n`);
    while (!existsSync(join(this.run, `user.${this.name}`))) {
      if (!this.alive()) {
        this.release();
        return false;
      }
      await sleep(10);
    }
    return true;
  }

  /** Whether the supervisor still listens. */
  alive(): boolean {
    return this.write('\n');
  }

  /** Gives the lease up; the last one given up stops the server. */
  release(): void {
    rmSync(join(this.run, `user.${this.name}`), { force: true });
    closeSync(this.fd);
  }

  private write(text: string): boolean {
    try {
      writeSync(this.fd, text);
      return true;
    } catch (error) {
      // EAGAIN: the pipe is full, so there is a reader. EPIPE: there is none.
      return (error as NodeJS.ErrnoException).code === 'EAGAIN';
    }
  }
}

/** Whether a run has users that announced themselves and whose process exists. */
export function hasUsers(run: string): boolean {
  const names = existsSync(run) ? readdirSync(run) : [];
  return names.some(
    (name) => name.startsWith('user.') && processExists(Number.parseInt(name.slice('user.'.length), 10)),
  );
}

/** Whether a process with this number exists, whosever it is. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
