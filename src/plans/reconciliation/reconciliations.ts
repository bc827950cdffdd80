import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, IsNull, Not } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { JobRuns } from '../../database/jobs/job-runs.js';
import { safeDescription } from '../../protocol/error-description.js';
import { BillingNotices } from '../invoicing/billing-notices.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import { CustomerComparison } from './customer-comparison.js';
import { DRIFT, DRIFT_KINDS, type Drift, type DriftKind } from './drift.js';
import { InvoiceComparison } from './invoice-comparison.js';
import { StripeReconciliation } from './stripe-reconciliation.entity.js';

/** A node that has not finished by then is gone. */
const LEASE_HOURS = 4;

const CLAIM = `
  INSERT INTO stripe_reconciliations (day, started_at) VALUES ($1, $2)
  ON CONFLICT (day) DO UPDATE SET started_at = EXCLUDED.started_at
    WHERE stripe_reconciliations.finished_at IS NULL
      AND stripe_reconciliations.started_at < EXCLUDED.started_at - make_interval(hours => ${LEASE_HOURS})
  RETURNING id`;

/** What a comparison with Stripe found. */
export interface ReconciliationReport {
  readonly finishedAt: Date;
  readonly customers: number;
  readonly invoices: number;
  readonly findings: Partial<Record<DriftKind, number>>;
}

/**
 * Compares what is here with what is at Stripe, every night, on one node. What Stripe never told of is made good; of all else people are
 * told, in one mail.
 */
@Injectable()
export class Reconciliations implements OnModuleDestroy {
  private readonly logger = new Logger(Reconciliations.name);
  private running: Promise<void> | undefined;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(CustomerComparison) private readonly customers: CustomerComparison,
    @Inject(InvoiceComparison) private readonly invoices: InvoiceComparison,
    @Inject(BillingNotices) private readonly notices: BillingNotices,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(JobRuns) private readonly jobs: JobRuns,
  ) {}

  async onModuleDestroy(): Promise<void> {
    await this.running;
  }

  /** Runs by itself; what fails is tried again an hour later, four times. */
  @Cron('37 1-5 * * *', { name: 'comparison', timeZone: 'UTC' })
  nightly(): Promise<void> {
    if (!this.gateway.configured) return Promise.resolve();
    this.running ??= this.jobs
      .note('comparison', () => this.attempt())
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  private async attempt(): Promise<boolean> {
    try {
      await this.run();
      return true;
    } catch (error) {
      this.logger.error('the comparison with Stripe failed', { error: safeDescription(error) });
      return false;
    }
  }

  /**
   * Compares, unless somebody does or did today, or there is nothing to compare with; then undefined.
   *
   * @throws BillingProblem where Stripe cannot be asked; the day is free again
   */
  async run(): Promise<ReconciliationReport | undefined> {
    if (!this.gateway.configured) return undefined;
    const now = this.clock.now();
    const { manager } = this.database;
    const [claimed] = await manager.query<{ id: string }[]>(CLAIM, [now.toISOString().slice(0, 10), now]);
    if (!claimed) return undefined;
    try {
      const known = await this.customers.known();
      const customers = await this.customers.compare(known);
      const { found, count } = await this.invoices.compare(known);
      return await this.finish(claimed.id, [...customers, ...found], known.size, count);
    } catch (error) {
      await manager.delete(StripeReconciliation, { id: claimed.id, finishedAt: IsNull() });
      throw error;
    }
  }

  /** The newest one that came to its end; undefined before the first. */
  async last(): Promise<ReconciliationReport | undefined> {
    const row = await this.database.manager.findOne(StripeReconciliation, {
      where: { finishedAt: Not(IsNull()) },
      order: { day: 'DESC' },
    });
    if (!row?.finishedAt) return undefined;
    const { finishedAt, customers, invoices, findings } = row;
    return { finishedAt, customers, invoices, findings };
  }

  private async finish(
    id: string,
    found: readonly Drift[],
    customers: number,
    invoices: number,
  ): Promise<ReconciliationReport> {
    for (const drift of found) this.logger.warn('Stripe and the database differ', { ...drift });
    const findings: Partial<Record<DriftKind, number>> = {};
    for (const { kind } of found) findings[kind] = (findings[kind] ?? 0) + 1;
    const report = { finishedAt: this.clock.now(), customers, invoices, findings };
    await this.database.transaction(async (tx) => {
      await tx.update(StripeReconciliation, { id }, report);
      if (found.length === 0) return;
      const lines = DRIFT_KINDS.flatMap((kind) => (findings[kind] ? [`${findings[kind]} ${DRIFT[kind]}`] : []));
      const name = new URL(this.settings.http.publicUrl).host;
      await this.notices.write(tx, 'billing-drift', { name, differences: found.length, findings: lines.join('\n') });
    });
    return report;
  }
}
