import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Cron, Interval } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { JobRuns } from '../../database/jobs/job-runs.js';
import { safeDescription } from '../../protocol/error-description.js';
import { StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { BalanceCredits } from '../invoicing/balance-credits.js';
import { InvoiceBuilder } from '../invoicing/invoice-builder.js';
import { InvoiceBuilds } from '../invoicing/invoice-builds.js';
import { InvoicingJob } from '../invoicing/invoicing-job.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import { StripeEffects } from './stripe-effects.js';
import { StripeEventHandler } from './stripe-event-handler.js';

const MINUTE = 60_000;
/** What was not touched for so long is in nobody's hands any more. */
const LEFT_BEHIND = 2 * MINUTE;
/** So long somebody may still be waiting for the charge of their card, and so long Stripe's own event may take. */
const IN_HAND = 10 * MINUTE;

// Charged to a card, or about to be, and not noted as paid.
const CARD_INVOICES = `
  SELECT i.id, i.build_id AS "buildId", b.step FROM stripe_invoices i JOIN invoice_builds b ON b.id = i.build_id
  WHERE i.status = 1 AND b.purpose = 1 AND b.step <= 5 AND (b.content ->> 'chargeAutomatically')::boolean AND b.updated_at < $1
  ORDER BY i.id LIMIT 100`;

/**
 * Makes good what was left unfinished, every minute, and invoices what is due, daily. Any number of nodes may do so.
 */
@Injectable()
export class BillingUpkeep implements OnModuleDestroy {
  private readonly logger = new Logger(BillingUpkeep.name);
  private running: Promise<void> | undefined;
  private invoicing: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(StripeEventHandler) private readonly events: StripeEventHandler,
    @Inject(StripeEffects) private readonly effects: StripeEffects,
    @Inject(InvoiceBuilder) private readonly builder: InvoiceBuilder,
    @Inject(InvoiceBuilds) private readonly builds: InvoiceBuilds,
    @Inject(BalanceCredits) private readonly credits: BalanceCredits,
    @Inject(InvoicingJob) private readonly job: InvoicingJob,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(JobRuns) private readonly jobs: JobRuns,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.running, this.invoicing]);
  }

  /** Finishes what was left behind. */
  @Interval(MINUTE)
  run(): Promise<void> {
    if (!this.gateway.configured) return Promise.resolve();
    this.running ??= this.jobs
      .note('payments', () => this.work())
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  /** Invoices what is due. */
  @Cron('7 5 * * *', { name: 'invoicing', timeZone: 'UTC' })
  invoice(): Promise<void> {
    if (!this.gateway.configured) return Promise.resolve();
    const work = async () => void (await this.job.run(this.clock.now(), this.stopping.signal));
    this.invoicing ??= this.jobs
      .note('invoicing', () => this.attempt('invoice', work))
      .finally(() => {
        this.invoicing = undefined;
      });
    return this.invoicing;
  }

  /** Whether all of it went well. */
  private async work(): Promise<boolean> {
    const done = [
      await this.attempt('handle events of Stripe', () => this.events.handleAll()),
      await this.attempt('look after card payments', () => this.cardPayments()),
      await this.attempt('finish invoices', () => this.invoices()),
      await this.attempt('give credits', async () => {
        for (const customerId of await this.credits.waiting()) await this.credits.settle(customerId);
      }),
    ];
    return done.every(Boolean);
  }

  /** A purchase whose buyer is gone is taken back; one that was charged makes its plan, though Stripe's event be lost. */
  private async cardPayments(): Promise<void> {
    const { manager } = this.database;
    const old = await manager.query<{ id: string; buildId: string }[]>(CARD_INVOICES, [this.before(IN_HAND)]);
    for (const { id, buildId } of old) {
      await this.attempt('look after a card payment', async () => {
        if ((await this.builder.abandon(buildId)) === 'void') return;
        await this.effects.paymentFound(await manager.findOneByOrFail(StripeInvoice, { id }));
      });
    }
  }

  private async invoices(): Promise<void> {
    for (const { id } of await this.builds.leftBehind(this.database.manager, this.before(LEFT_BEHIND))) {
      await this.attempt('finish an invoice', async () => void (await this.builder.complete(id)));
    }
  }

  private before(millis: number): Date {
    return new Date(this.clock.millis() - millis);
  }

  private async attempt(what: string, work: () => Promise<void>): Promise<boolean> {
    if (this.stopping.signal.aborted) return true;
    try {
      await work();
      return true;
    } catch (error) {
      this.logger.warn(`could not ${what}`, { error: safeDescription(error) });
      return false;
    }
  }
}
