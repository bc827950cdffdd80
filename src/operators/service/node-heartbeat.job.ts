import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { projectFolder } from '../../common/project-folder.js';
import { safeDescription } from '../../protocol/error-description.js';
import { NodeReporter } from './node-reporter.js';

/** How often a process tells of itself; milliseconds. */
export const HEARTBEAT_MS = 20_000;
/** A process that was silent for so long is remembered no more; milliseconds. */
const FORGOTTEN_AFTER = 24 * 60 * 60_000;

const TELL = `
  INSERT INTO service_nodes (id, name, version, started_at, reported_at, report) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (id) DO UPDATE SET reported_at = EXCLUDED.reported_at, report = EXCLUDED.report`;

/** Tells the other processes, by way of the database, how this one fares. */
@Injectable()
export class NodeHeartbeat implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(NodeHeartbeat.name);
  /** Of this process. */
  readonly id = randomUUID();
  readonly version = versionOfService();
  private readonly startedAt: Date;
  private telling: Promise<void> | undefined;
  private stopping = false;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(NodeReporter) private readonly reporter: NodeReporter,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.startedAt = clock.now();
  }

  /** Nobody waits for it. */
  onApplicationBootstrap(): void {
    void this.tell();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.telling;
    await this.database.query('DELETE FROM service_nodes WHERE id = $1', [this.id]).catch(() => undefined);
  }

  /** Writes down how this process fares now. Never throws: the next beat comes soon. */
  @Interval(HEARTBEAT_MS)
  tell(): Promise<void> {
    this.telling ??= this.write().finally(() => {
      this.telling = undefined;
    });
    return this.telling;
  }

  private async write(): Promise<void> {
    if (this.stopping) return;
    try {
      const report = JSON.stringify(await this.reporter.report());
      const now = this.clock.now();
      const name = `${hostname()}, process ${process.pid}`;
      await this.database.query(TELL, [this.id, name, this.version, this.startedAt, now, report]);
      const forgotten = new Date(now.getTime() - FORGOTTEN_AFTER);
      await this.database.query('DELETE FROM service_nodes WHERE reported_at < $1', [forgotten]);
    } catch (error) {
      this.logger.warn('this process could not tell how it fares', { error: safeDescription(error) });
    }
  }
}

function versionOfService(): string {
  const { version } = JSON.parse(readFileSync(join(projectFolder(), 'package.json'), 'utf8')) as { version: string };
  return version;
}
