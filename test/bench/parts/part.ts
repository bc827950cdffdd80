import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer } from './answer-calls.js';

/** A process of its own that takes part in a benchmark, so that nobody's work is counted as somebody else's. */
export class Part {
  private readonly open = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  private calls = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (answer: Answer) => {
      const waiting = this.open.get(answer.id);
      this.open.delete(answer.id);
      if ('error' in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer.result);
    });
    child.once('exit', (code, signal) => {
      for (const { reject } of this.open.values()) reject(new Error(`a part ended with ${signal ?? code}`));
      this.open.clear();
    });
  }

  /** Starts a module that uses `answerCalls`. `execArgv`: options for Node. */
  static start(module: URL, execArgv: readonly string[] = []): Part {
    return new Part(fork(module, { execArgv: [...execArgv], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** @throws Error when the call fails or the part ends meanwhile */
  call<Result>(name: string, argument: unknown = null): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!this.child.connected) return reject(new Error('the part has ended'));
      const id = ++this.calls;
      this.open.set(id, { resolve: (result) => resolve(result as Result), reject });
      this.child.send({ id, name, argument });
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}
