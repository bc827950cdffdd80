import type { Registry } from 'prom-client';
import { isQuestion, type MetricsReply } from './worker-messages.js';

/** Tells the metrics of this worker to the process that looks after the workers, whenever that asks. */
export class WorkerReporter {
  private readonly hear = (message: unknown): void => {
    if (isQuestion(message)) void this.reply(message.id);
  };

  constructor(private readonly registry: Registry) {}

  start(): void {
    process.on('message', this.hear);
  }

  stop(): void {
    process.off('message', this.hear);
  }

  private async reply(id: number): Promise<void> {
    const reply: MetricsReply = { kind: 'push-bouncer metrics', id, metrics: await this.registry.getMetricsAsJSON() };
    // Who asked may be gone; then this worker is about to end too.
    if (process.connected) process.send?.(reply, undefined, undefined, () => undefined);
  }
}
