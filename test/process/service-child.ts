import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { type ApiAnswer, type ApiRequest, callApi } from '../support/api-client.js';
import { until } from '../support/scripted-http2.js';

const API = '/api/v1/remotes/';
/** What `npm test` has built before. */
const ENTRY = resolve('dist/src/main.js');

/** How a process ended. */
export interface ExitState {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built service as a process of its own, as an operator runs it. Keeps everything it writes. */
export class ServiceChild {
  stdout = '';
  stderr = '';
  readonly ended: Promise<ExitState>;
  private exit: ExitState | undefined;
  private readonly child: ChildProcess;

  /** @param cwd a directory without a `.env` */
  constructor(env: Readonly<Record<string, string>>, cwd: string) {
    const child = spawn(process.execPath, [ENTRY], { env: { ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    // `close` comes when the streams have been read to their end, so that nothing of the output is missed.
    this.ended = once(child, 'close').then(([code, signal]) => {
      this.exit = { code, signal };
      return this.exit;
    });
  }

  /** Where it listens, as it says itself; empty before it does. */
  get origin(): string {
    return /listening on (http:\/\/[\d.:]+)/.exec(this.stdout)?.[1] ?? '';
  }

  get running(): boolean {
    return this.exit === undefined;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until it listens. @throws Error with its output where it ends instead */
  async listening(): Promise<this> {
    await until(() => this.origin !== '' || !this.running);
    if (this.origin === '') throw new Error(`the service ended before it listened: ${this.stderr}${this.stdout}`);
    return this;
  }

  /** Calls an endpoint below `/api/v1/remotes/`, or any path that begins with a slash. */
  call(endpoint: string, request?: ApiRequest): Promise<ApiAnswer> {
    return callApi(this.origin, endpoint.startsWith('/') ? endpoint : API + endpoint, request);
  }

  async ready(): Promise<ApiAnswer> {
    return this.call('/health/ready', { method: 'GET' });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it and waits for that. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ExitState> {
    if (this.running) this.kill(signal);
    return this.ended;
  }
}
