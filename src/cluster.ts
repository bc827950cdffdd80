import cluster, { type Worker } from 'node:cluster';
import { Logger } from '@nestjs/common';
import { sessionSecrets } from './config/session-secrets.js';
import type { Settings } from './config/settings.js';
import { migrateDatabase } from './database/data-source.js';
import { openDatabase } from './database/open-database.js';
import { MetricsServer } from './health/metrics/metrics-server.js';
import { WorkersMetrics } from './health/metrics/workers-metrics.js';

/** Workers let requests in flight finish for 15 s; one that needs longer than this is stuck. Milliseconds. */
const STOP_LIMIT = 25_000;
/** A worker that lived for so long died of something new; one that did not is started again later and later. */
const LONG_LIFE = 10_000;
const [FIRST_PAUSE, LONGEST_PAUSE] = [100, 30_000];

/**
 * Runs the service in several processes that share the port (`WORKERS`), and this one looks after them: it prepares the database,
 * replaces a worker that dies, and passes a signal to stop on. Exits with 0 when all have ended in order.
 */
export async function serveWithWorkers(settings: Settings): Promise<void> {
  if (settings.metrics.port !== undefined) {
    const metrics = new WorkersMetrics();
    await new MetricsServer(() => metrics.render()).listen(settings.metrics.port, settings.http.host);
  }
  // What is made at a first start is made once, before the workers look for it.
  sessionSecrets(settings);
  const database = await openDatabase(settings);
  await migrateDatabase(database.url);
  // Workers accept connections themselves: handed over by this process, one could be lost with a worker that dies just then, and
  // its client would wait in vain.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const workers = new Workers(settings.http.workers);
  let signalled = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (signalled) workers.kill();
      else workers.stop();
      signalled = true;
    });
  }
  // Each worker reads its keys again by itself (docs/settings.md, E2EE_KEYS_FILE).
  if (settings.e2ee.keysFile) process.on('SIGHUP', () => workers.reload());
  const exitCode = await workers.run();
  await database.close();
  process.exit(exitCode);
}

/** The worker processes. */
class Workers {
  private readonly logger = new Logger('Workers');
  private readonly running = new Set<Worker>();
  private readonly pauses = new Set<NodeJS.Timeout>();
  private stopping = false;
  /** Whether any worker ever took requests: before that, its end means that the service cannot start. */
  private haveListened = false;
  private exitCode = 0;
  private finish: (exitCode: number) => void = () => undefined;

  constructor(private readonly count: number) {}

  /** Starts them; resolves with the exit code when all have ended. */
  run(): Promise<number> {
    return new Promise((resolve) => {
      this.finish = resolve;
      for (let i = 0; i < this.count; i++) this.start(FIRST_PAUSE);
    });
  }

  /** Asks all to end, and ends those that do not. */
  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    for (const pause of this.pauses) clearTimeout(pause);
    for (const { process: worker } of this.running) worker.kill('SIGTERM');
    setTimeout(() => this.kill(), STOP_LIMIT).unref();
    this.finishIfNone();
  }

  /** Passes on that files are to be read again. */
  reload(): void {
    for (const { process: worker } of this.running) worker.kill('SIGHUP');
  }

  /** Ends all at once. */
  kill(): void {
    this.exitCode = 1;
    for (const { process: worker } of this.running) worker.kill('SIGKILL');
  }

  /** @param pause before it is started again, should it die young; milliseconds */
  private start(pause: number): void {
    const worker = cluster.fork();
    const since = performance.now();
    this.running.add(worker);
    worker.once('listening', () => {
      this.haveListened = true;
    });
    worker.once('exit', (code: number | null, signal: string | null) => {
      this.running.delete(worker);
      if (this.stopping) this.ended(code ?? 1);
      else if (this.haveListened) this.replace(signal ?? `exit code ${code}`, performance.now() - since, pause);
      else {
        this.exitCode = code || 1;
        this.stop();
      }
    });
  }

  private replace(reason: string, lived: number, pause: number): void {
    const wait = lived > LONG_LIFE ? FIRST_PAUSE : pause;
    this.logger.error('a worker ended by itself; starting another', { reason, waitMilliseconds: wait });
    const timer = setTimeout(() => {
      this.pauses.delete(timer);
      this.start(Math.min(wait * 2, LONGEST_PAUSE));
    }, wait);
    this.pauses.add(timer);
  }

  private ended(code: number): void {
    if (code !== 0 && this.exitCode === 0) this.exitCode = 1;
    this.finishIfNone();
  }

  private finishIfNone(): void {
    if (this.running.size === 0) this.finish(this.exitCode);
  }
}
