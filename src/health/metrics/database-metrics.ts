import { Histogram, type Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import type { BatchSnapshot } from '../../common/turn-batcher.js';
import { type Connections, connectionsOfSource } from '../../database/connections.js';
import type { HotPool } from '../../database/hot-pool.js';
import { type Sample, sampleCounter, sampleGauge } from './samples.js';

/** Where the database is used. */
export interface DatabaseSources {
  readonly hot: HotPool;
  readonly cold: DataSource;
  /** By the name of what is gathered. */
  batches(): Readonly<Record<string, BatchSnapshot>>;
}

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** Connections, statements of the hot path, and how many requests share one. */
export function databaseMetrics(registry: Registry, { hot, cold, batches }: DatabaseSources): void {
  const pools = (values: (of: Connections) => readonly Sample[]) =>
    [
      ...withLabel('pool', 'hot', values(hot.connections())),
      ...withLabel('pool', 'cold', values(connectionsOfSource(cold))),
    ] as const;
  sampleGauge(registry, {
    name: 'push_bouncer_database_connections',
    help: 'Open connections to the database: of notifications (hot) and of all else (cold)',
    labels: ['pool', 'state'],
    read: () =>
      pools(({ open, idle }) => [
        [{ state: 'busy' }, open - idle],
        [{ state: 'idle' }, idle],
      ]),
  });
  sampleGauge(registry, {
    name: 'push_bouncer_database_connections_limit',
    help: 'Connections to the database that may be open',
    labels: ['pool'],
    read: () => pools(({ limit }) => [[{}, limit]]),
  });
  sampleGauge(registry, {
    name: 'push_bouncer_database_connections_waiting',
    help: 'Callers who wait for a connection to the database',
    labels: ['pool'],
    read: () => pools(({ waiting }) => [[{}, waiting]]),
  });
  const durations = new Histogram({
    name: 'push_bouncer_database_statement_duration_seconds',
    help: 'Time of the statements over the hot connections, the wait for a connection included',
    labelNames: ['statement', 'result'],
    buckets: BUCKETS,
    registers: [registry],
  });
  hot.observe((statement, millis, failed) => {
    durations.observe({ statement, result: failed ? 'failed' : 'done' }, millis / 1000);
  });
  batchMetrics(registry, batches);
}

function batchMetrics(registry: Registry, batches: DatabaseSources['batches']): void {
  const metric = (name: string, help: string, value: (batch: BatchSnapshot) => number) => ({
    name: `push_bouncer_batch_${name}`,
    help,
    labels: ['batch'],
    read: () => Object.entries(batches()).map(([batch, snapshot]): Sample => [{ batch }, value(snapshot)]),
  });
  sampleCounter(
    registry,
    metric('statements_total', 'Statements that several requests may share', (b) => b.batches),
  );
  sampleCounter(
    registry,
    metric('requests_total', 'What was asked through these statements', (b) => b.inputs),
  );
  sampleGauge(
    registry,
    metric('requests_waiting', 'What waits for the next of these statements', (b) => b.waiting),
  );
}

function withLabel(name: string, value: string, samples: readonly Sample[]): Sample[] {
  return samples.map(([labels, number]) => [{ [name]: value, ...labels }, number]);
}
