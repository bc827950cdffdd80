import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '../../common/clock.js';
import { safeDescription } from '../../protocol/error-description.js';
import { DailyTotals } from '../totals/daily-totals.js';
import { UsageFigures } from './usage-figures.js';
import { UsageRuns } from './usage-runs.js';

const MINUTE = 60_000;
/** How often each is done, whatever the number of nodes. */
const PAUSES = { 'usage-figures': 15 * MINUTE, 'daily-totals': 60 * MINUTE } as const;

type Job = keyof typeof PAUSES;

/** Counts what operators' pages show, now and then. Of any number of nodes, the one that comes first does the work. */
@Injectable()
export class UsageUpkeep implements OnModuleDestroy {
  private readonly logger = new Logger(UsageUpkeep.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    @Inject(UsageRuns) private readonly runs: UsageRuns,
    @Inject(UsageFigures) private readonly figures: UsageFigures,
    @Inject(DailyTotals) private readonly totals: DailyTotals,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Does what is due. What fails is done at its next turn. */
  @Interval(MINUTE)
  run(): Promise<void> {
    this.running ??= this.work().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async work(): Promise<void> {
    await this.attempt('usage-figures', () => this.figures.refreshAll(this.stopping.signal));
    await this.attempt('daily-totals', () => this.totals.roll());
  }

  private async attempt(job: Job, work: () => Promise<void>): Promise<void> {
    if (this.stopping.signal.aborted) return;
    try {
      if (!(await this.runs.claim(job, this.clock.now(), PAUSES[job]))) return;
      await work();
      await this.runs.finish(job, this.clock.now());
    } catch (error) {
      this.logger.warn('usage could not be counted', { job, error: safeDescription(error) });
    }
  }
}
