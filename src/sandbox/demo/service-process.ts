import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServiceProcessOptions {
  /** Script to run with this Node. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Answers 200 when the service is ready. */
  readonly readyUrl: string;
}

const KEPT_LINES = 60;
/** The service lets requests in flight finish for 15 s; whoever needs longer than this is stuck. */
const STOP_MS = 25_000;

/** The service as a child process, with the end of its log at hand. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private ready = false;
  private readonly lines: string[] = [];

  constructor(private readonly options: ServiceProcessOptions) {}

  /** Last lines of its output. */
  get logTail(): string {
    return this.lines.join('\n');
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @throws Error when it ends before that or takes longer than `timeoutMs`
   */
  async start(timeoutMs: number): Promise<void> {
    const { entry, env, cwd, readyUrl } = this.options;
    // A process group of its own: Ctrl-C in a terminal reaches the demo alone, which then ends the service in order.
    const child = spawn(process.execPath, [entry], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.keep(text));
    const deadline = Date.now() + timeoutMs;
    while (!(await answers(readyUrl))) {
      if (!this.running)
        throw new Error(
          `the service ended with ${child.signalCode ?? `exit code ${child.exitCode}`} before it was ready`,
        );
      if (Date.now() > deadline) throw new Error(`the service was not ready after ${timeoutMs / 1000} s`);
      await sleep(100);
    }
    this.ready = true;
  }

  /** Resolves when it has ended, for whatever reason. */
  async ended(): Promise<void> {
    if (this.child && this.running) await once(this.child, 'exit');
  }

  /** Ends it: SIGTERM, and SIGKILL where that does not help. True when it was not ready yet or ended with exit code 0. */
  async stop(): Promise<boolean> {
    const child = this.child;
    if (!child || !this.running) return child?.exitCode === 0 || !this.ready;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const inTime = await Promise.race([gone.then(() => true), sleep(STOP_MS, false, { ref: false })]);
    if (!inTime) {
      child.kill('SIGKILL');
      await gone;
    }
    return child.exitCode === 0 || !this.ready;
  }

  /** For the last moment of the demo's own process: no waiting. */
  kill(): void {
    if (this.running) this.child?.kill('SIGTERM');
  }

  private keep(text: string): void {
    this.lines.push(...text.split('\n').filter((line) => line !== ''));
    this.lines.splice(0, Math.max(0, this.lines.length - KEPT_LINES));
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}
