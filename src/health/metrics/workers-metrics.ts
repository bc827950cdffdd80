import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, Gauge, Registry } from 'prom-client';
import { isReply, type MetricsData, type MetricsQuestion } from './worker-messages.js';

/** Milliseconds. Prometheus itself waits 10 s unless told otherwise. */
const REPLY_LIMIT = 3_000;

/**
 * The metrics of all workers of this machine together. A worker that does not reply, because it is busy or still starting, counts
 * with what it said last; one that has ended leaves its counts behind, since numbers that only grow must not fall.
 */
export class WorkersMetrics {
  private readonly last = new Map<number, MetricsData>();
  private ended: Promise<MetricsData> = Promise.resolve([]);
  private questions = 0;
  private readonly registry = new Registry();
  private readonly workers: Gauge<'state'>;

  constructor() {
    this.workers = new Gauge({
      name: 'push_bouncer_workers',
      help: 'Worker processes: those that told their metrics, and those that did not reply in time',
      labelNames: ['state'],
      registers: [this.registry],
    });
    cluster.on('exit', ({ id }) => this.leave(id));
  }

  /** All metrics in Prometheus' text format. */
  async render(): Promise<string> {
    const replied = await Promise.all(Object.values(cluster.workers ?? {}).map((worker) => worker && this.ask(worker)));
    this.workers.set({ state: 'replying' }, replied.filter((reply) => reply === true).length);
    this.workers.set({ state: 'silent' }, replied.filter((reply) => reply === false).length);
    const sum = AggregatorRegistry.aggregate([await this.ended, ...this.last.values()]);
    return `${await sum.metrics()}\n${await this.registry.metrics()}`;
  }

  /** Resolves when the worker has replied (true), or will not (false). */
  private ask(worker: Worker): Promise<boolean> {
    const question: MetricsQuestion = { kind: 'push-bouncer metrics?', id: ++this.questions };
    return new Promise((resolve) => {
      const done = (replied: boolean) => {
        clearTimeout(timer);
        worker.off('message', hear);
        worker.off('exit', left);
        resolve(replied);
      };
      const hear = (message: unknown) => {
        if (!isReply(message, question.id)) return;
        this.last.set(worker.id, message.metrics);
        done(true);
      };
      const left = () => done(false);
      const timer = setTimeout(left, REPLY_LIMIT);
      worker.on('message', hear);
      worker.on('exit', left);
      if (worker.isConnected()) worker.send(question, (error) => error && left());
      else left();
    });
  }

  private leave(id: number): void {
    const counts = this.last.get(id)?.filter(({ type }) => `${type}` === 'counter' || `${type}` === 'histogram');
    this.last.delete(id);
    if (counts) this.ended = this.ended.then((sum) => AggregatorRegistry.aggregate([sum, counts]).getMetricsAsJSON());
  }
}
