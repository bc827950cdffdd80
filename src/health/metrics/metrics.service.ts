import cluster from 'node:cluster';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { httpMetrics } from './http-metrics.js';
import { MetricsServer } from './metrics-server.js';
import { MetricsSources } from './metrics-sources.js';
import { WorkerReporter } from './worker-reporter.js';

/**
 * Serves the metrics of this process where `METRICS_PORT` is set; does nothing at all elsewhere. A worker hands its metrics to the
 * process that looks after the workers instead, since one port can only be one process's.
 */
@Injectable()
export class Metrics implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly registry = new Registry();
  private readonly server = new MetricsServer(() => this.registry.metrics());
  private readonly reporter = new WorkerReporter(this.registry);
  private readonly port: number | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(MetricsSources) private readonly sources: MetricsSources,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {
    this.port = settings.metrics.port;
  }

  /** Where the metrics are; undefined where this process does not serve any. */
  get url(): string | undefined {
    return this.port === undefined || cluster.isWorker ? undefined : this.server.url;
  }

  onModuleInit(): void {
    if (this.port === undefined) return;
    collectDefaultMetrics({ register: this.registry });
    this.sources.register(this.registry);
    httpMetrics(this.registry, this.host.httpAdapter.getInstance<FastifyInstance>());
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.port === undefined) return;
    if (cluster.isWorker) this.reporter.start();
    else await this.server.listen(this.port, this.settings.http.host);
  }

  async onApplicationShutdown(): Promise<void> {
    this.reporter.stop();
    await this.server.close();
  }
}
