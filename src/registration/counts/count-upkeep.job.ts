import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { JobRuns } from '../../database/jobs/job-runs.js';
import { safeDescription } from '../../protocol/error-description.js';
import { monthAfter } from './count-months.js';
import { COUNT_TABLES, CountPartitions, type CountTable, type PartitionResult } from './count-partitions.js';
import { PushFailures } from './push-failures.recorder.js';

/** Partitions are made for so many months before and after the current one. */
const MONTHS_AROUND = 2;

/**
 * Keeps the statistics in monthly partitions, and removes those that the operator does not want to keep; when the service starts, and
 * daily. Any number of nodes may do so at once: one does the work.
 */
@Injectable()
export class CountUpkeep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(CountUpkeep.name);
  private running: Promise<void> | undefined;
  private stopping = false;
  private hasFailed = false;

  constructor(
    @Inject(CountPartitions) private readonly partitions: CountPartitions,
    @Inject(PushFailures) private readonly failures: PushFailures,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(JobRuns) private readonly jobs: JobRuns,
  ) {}

  /** Nobody waits for it: until a month has its partition, its rows go to the default one. */
  onApplicationBootstrap(): void {
    void this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  /** Does what is to be done; what fails is done the next day. */
  @Cron('23 3 * * *', { name: 'partitions', timeZone: 'UTC' })
  run(): Promise<void> {
    this.running ??= this.jobs
      .note('partitions', () => this.work())
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  /** Whether all of it went well. */
  private async work(): Promise<boolean> {
    this.hasFailed = false;
    const now = this.clock.now();
    const { retentionMonths } = this.settings.analytics;
    for (const table of COUNT_TABLES) {
      for (let months = -MONTHS_AROUND; months <= MONTHS_AROUND; months++) {
        await this.attempt('make a partition', table, () => this.partitions.make(table, monthAfter(now, months)));
      }
      if (retentionMonths > 0) await this.removeOld(table, monthAfter(now, -retentionMonths).from);
    }
    if (retentionMonths === 0) return !this.hasFailed;
    await this.attempt('remove old rows', 'push_failures', async () => {
      await this.failures.removeOlder(monthAfter(now, -retentionMonths).from);
      return 'done';
    });
    return !this.hasFailed;
  }

  private async removeOld(table: CountTable, keepFrom: Date): Promise<void> {
    const old = (await this.partitions.months(table)).filter(({ to }) => to <= keepFrom);
    for (const month of old) await this.attempt('drop a partition', table, () => this.partitions.drop(table, month));
    const some = () => this.partitions.removeOlder(table, keepFrom);
    while ((await this.attempt('remove old rows', table, some)) === 'done');
  }

  private async attempt(
    what: string,
    table: CountTable | 'push_failures',
    change: () => Promise<PartitionResult>,
  ): Promise<PartitionResult | undefined> {
    if (this.stopping) return undefined;
    try {
      return await change();
    } catch (error) {
      this.hasFailed = true;
      this.logger.warn(`could not ${what}`, { table, error: safeDescription(error) });
      return undefined;
    }
  }
}
