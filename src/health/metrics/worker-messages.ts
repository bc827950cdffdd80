import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** What a process knows, as it travels between processes. */
export type MetricsData = MetricObjectWithValues<MetricValue<string>>[];

/** The process that looks after the workers asks one for its metrics. */
export interface MetricsQuestion {
  readonly kind: 'push-bouncer metrics?';
  readonly id: number;
}

export interface MetricsReply {
  readonly kind: 'push-bouncer metrics';
  /** Of the question. */
  readonly id: number;
  readonly metrics: MetricsData;
}

export function isQuestion(message: unknown): message is MetricsQuestion {
  return kindOf(message) === 'push-bouncer metrics?';
}

export function isReply(message: unknown, id: number): message is MetricsReply {
  return kindOf(message) === 'push-bouncer metrics' && (message as MetricsReply).id === id;
}

function kindOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'kind' in message ? message.kind : undefined;
}
