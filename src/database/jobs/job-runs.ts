import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';

const STARTED = `
  INSERT INTO job_runs (job, started_at) VALUES ($1, $2)
  ON CONFLICT (job) DO UPDATE SET started_at = EXCLUDED.started_at, finished_at = NULL, failed = false`;

const FINISHED = 'UPDATE job_runs SET finished_at = $2, failed = $3 WHERE job = $1';

/** Notes when periodic jobs ran, so that people can see that one does not. Where nodes run the same job, the last one counts. */
@Injectable()
export class JobRuns {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Does a job's work, which answers whether all of it went well. What the note costs is not the job's trouble: it runs without one. */
  async note(job: string, work: () => Promise<boolean>): Promise<void> {
    await this.write(STARTED, [job, this.clock.now()]);
    let succeeded = false;
    try {
      succeeded = await work();
    } finally {
      await this.write(FINISHED, [job, this.clock.now(), !succeeded]);
    }
  }

  private async write(statement: string, values: unknown[]): Promise<void> {
    // The database is away: the job will say so itself.
    await this.database.query(statement, values).catch(() => undefined);
  }
}
