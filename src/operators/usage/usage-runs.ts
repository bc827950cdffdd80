import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

const CLAIM = `
  INSERT INTO usage_runs (job, started_at) VALUES ($1, $2)
  ON CONFLICT (job) DO UPDATE SET started_at = EXCLUDED.started_at, finished_at = NULL
    WHERE usage_runs.started_at <= $3
  RETURNING job`;

/** Which node does the next run of a job. */
@Injectable()
export class UsageRuns {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** Whether this node is to run the job now: nobody began one within the pause before `now`. The claim is atomic. */
  async claim(job: string, now: Date, pauseMillis: number): Promise<boolean> {
    const before = new Date(now.getTime() - pauseMillis);
    const claimed = await this.database.query<unknown[]>(CLAIM, [job, now, before]);
    return claimed.length > 0;
  }

  async finish(job: string, now: Date): Promise<void> {
    await this.database.query('UPDATE usage_runs SET finished_at = $2 WHERE job = $1', [job, now]);
  }
}
