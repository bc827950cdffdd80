import { Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { JobRuns } from '../../database/jobs/job-runs.js';
import { safeDescription } from '../../protocol/error-description.js';

const HOUR_MILLIS = 60 * 60 * 1000;

/** Removes sessions that have run out, hourly. Any number of nodes may do so. */
@Injectable()
export class SessionUpkeep {
  private readonly logger = new Logger(SessionUpkeep.name);

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(JobRuns) private readonly jobs: JobRuns,
  ) {}

  @Interval(HOUR_MILLIS)
  run(): Promise<void> {
    return this.jobs.note('sessions', () => this.removeOld());
  }

  private async removeOld(): Promise<boolean> {
    try {
      await this.database.query('DELETE FROM browser_sessions WHERE expires_at <= $1', [this.clock.now()]);
      return true;
    } catch (error) {
      this.logger.warn('sessions that have run out could not be removed', { error: safeDescription(error) });
      return false;
    }
  }
}
