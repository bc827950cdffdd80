import { Inject, Injectable } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface JobDescription {
  readonly what: string;
  /** How often it runs, milliseconds. */
  readonly every: number;
  /** Whether it has a time of day, by which the scheduler knows its next run; the others run so long after their last one. */
  readonly hasTime: boolean;
  /** Whether it has something to do only where there is Stripe. */
  readonly needsStripe?: true;
}

/** The periodic jobs that leave a note, by the name under which they do. */
const JOBS: Readonly<Record<string, JobDescription>> = {
  payments: { what: 'Unfinished payments and events of Stripe', every: MINUTE, hasTime: false, needsStripe: true },
  invoicing: { what: 'Invoices that are due', every: 24 * HOUR, hasTime: true, needsStripe: true },
  comparison: { what: 'Comparison with Stripe', every: 24 * HOUR, hasTime: true, needsStripe: true },
  partitions: { what: 'Room for the statistics of coming months', every: 24 * HOUR, hasTime: true },
  sessions: { what: 'Removal of sessions that have run out', every: HOUR, hasTime: false },
  'usage-figures': { what: 'Figures of servers and organizations', every: 15 * MINUTE, hasTime: false },
  'daily-totals': { what: 'Daily totals', every: HOUR, hasTime: false },
};

/** A periodic job. */
export interface JobState {
  readonly what: string;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly hasFailed: boolean;
  /** Absent: at the next turn of some process. */
  readonly nextAt?: Date;
  /** No process has begun it for much longer than it should take. */
  readonly isLate: boolean;
}

interface Row {
  readonly job: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly failed: boolean;
}

const RUNS = `
  SELECT job, started_at, finished_at, failed FROM job_runs
  UNION ALL SELECT job, started_at, finished_at, false FROM usage_runs`;

/** When the periodic jobs ran last, and will again. */
@Injectable()
export class JobsReadModel {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(SchedulerRegistry) private readonly scheduler: SchedulerRegistry,
  ) {}

  /** @param runningSince when the process that has run longest was started: before that nobody could begin a job */
  async states(now: Date, runningSince: Date, hasStripe: boolean): Promise<JobState[]> {
    const rows = await this.database.query<Row[]>(RUNS);
    return Object.entries(JOBS)
      .filter(([, { needsStripe }]) => hasStripe || !needsStripe)
      .map(([job, description]) => {
        const row = rows.find((one) => one.job === job);
        return this.state(job, description, row, now, runningSince);
      });
  }

  private state(job: string, { what, every, hasTime }: JobDescription, row: Row | undefined, now: Date, since: Date) {
    const last = Math.max(row?.started_at.getTime() ?? 0, since.getTime());
    const nextAt = hasTime
      ? this.timeOf(job)
      : row && new Date(Math.max(row.started_at.getTime() + every, now.getTime()));
    return {
      what,
      ...(row ? { startedAt: row.started_at } : {}),
      ...(row?.finished_at ? { finishedAt: row.finished_at } : {}),
      hasFailed: row?.failed ?? false,
      ...(nextAt ? { nextAt } : {}),
      // Half as long again, and what several minutes' stop of the service may cost.
      isLate: now.getTime() - last > every * 1.5 + 10 * MINUTE,
    };
  }

  private timeOf(job: string): Date | undefined {
    return this.scheduler.doesExist('cron', job) ? this.scheduler.getCronJob(job).nextDate().toJSDate() : undefined;
  }
}
