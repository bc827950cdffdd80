import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

/** An operation of a part of the service; the module is a path below `src`. */
export interface Operation {
  readonly module: string;
  readonly part: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

interface Answer {
  readonly id?: number;
  readonly origin?: string;
  readonly result?: unknown;
  readonly error?: string;
}

const ENTRY = fileURLToPath(new URL('service-child.mjs', import.meta.url));
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LANG', 'NODE_EXTRA_CA_CERTS'];

/** The built service as a process of its own that is told what to do and when it is, and that can be killed at any time. */
export class OperatedService {
  /** Resolves with where it listens. */
  readonly listening: Promise<string>;
  private readonly child: ChildProcess;
  private readonly open = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  private readonly gone: Promise<unknown>;
  private calls = 0;

  constructor(
    env: Readonly<Record<string, string>>,
    private readonly now: () => Date,
  ) {
    const passed = PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
    this.child = fork(ENTRY, {
      env: { ...Object.fromEntries(passed), ...env },
      // Not the project's directory, which may have a .env.
      cwd: tmpdir(),
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.gone = once(this.child, 'exit');
    this.listening = new Promise((resolve, reject) => {
      this.child.on('message', (answer: Answer) => {
        if (answer.origin !== undefined) resolve(answer.origin);
        else this.take(answer);
      });
      void this.gone.then(() => {
        reject(new Error('the service ended before it listened'));
        for (const { reject: fail } of this.open.values()) fail(new Error('the service was killed'));
      });
    });
    this.listening.catch(() => undefined);
  }

  /** @throws Error when the operation fails or the process ends meanwhile */
  async call(call?: Operation): Promise<unknown> {
    await this.listening;
    return new Promise((resolve, reject) => {
      const id = ++this.calls;
      this.open.set(id, { resolve, reject });
      this.child.send({ id, now: this.now(), call });
    });
  }

  /** Ends it in the midst of what it does. */
  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.gone;
  }

  private take({ id = 0, result, error }: Answer): void {
    const waiting = this.open.get(id);
    this.open.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  }
}
