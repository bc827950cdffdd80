import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { type GivenUpMail, MailOutbox, type OutboxFigures } from '../../mail/mail-outbox.js';
import { type InboxFigures, type StuckEvent, StuckEvents } from '../../plans/purchase/stuck-events.js';
import { type ReconciliationReport, Reconciliations } from '../../plans/reconciliation/reconciliations.js';
import { type JobState, JobsReadModel } from './jobs.read-model.js';
import { HEARTBEAT_MS, NodeHeartbeat } from './node-heartbeat.job.js';
import { type NodeReport, nodeReportSchema } from './node-report.js';
import { ServiceNode } from './service-node.entity.js';

/** A process of the service. */
export interface NodeState {
  readonly name: string;
  readonly version: string;
  readonly startedAt: Date;
  readonly reportedAt: Date;
  /** It told of itself lately. One that stopped in order is not listed at all. */
  readonly isAlive: boolean;
  /** The one that answers. */
  readonly isThis: boolean;
  /** Absent where it is of another version, which tells other things. */
  readonly report?: NodeReport;
}

/** How the whole service fares. */
export interface ServiceState {
  readonly now: Date;
  readonly nodes: readonly NodeState[];
  readonly database: { readonly version: string; readonly bytes: number; readonly roundTripMs: number };
  readonly outbox: OutboxFigures;
  readonly givenUp: readonly GivenUpMail[];
  readonly hasMailServer: boolean;
  /** Absent where there is no Stripe. */
  readonly stripe?: {
    readonly hasWebhookSecret: boolean;
    readonly inbox: InboxFigures;
    readonly stuck: readonly StuckEvent[];
    readonly comparison?: ReconciliationReport;
  };
  readonly jobs: readonly JobState[];
}

const DATABASE = `
  SELECT current_setting('server_version') AS version, pg_database_size(current_database())::float8 AS bytes`;

/** Gathers it: what the processes told of themselves, and what stands in the database. */
@Injectable()
export class ServiceStates {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(NodeHeartbeat) private readonly heartbeat: NodeHeartbeat,
    @Inject(MailOutbox) private readonly outbox: MailOutbox,
    @Inject(StuckEvents) private readonly events: StuckEvents,
    @Inject(Reconciliations) private readonly reconciliations: Reconciliations,
    @Inject(JobsReadModel) private readonly jobs: JobsReadModel,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async now(): Promise<ServiceState> {
    // What this process shows of itself is of this moment.
    await this.heartbeat.tell();
    const { stripe, mail } = this.settings;
    const hasStripe = stripe.secretKey !== undefined;
    const now = this.clock.now();
    const nodes = await this.nodes(now);
    const runningSince = new Date(Math.min(...nodes.map(({ startedAt }) => startedAt.getTime()), now.getTime()));
    return {
      now,
      nodes,
      database: await this.databaseState(),
      outbox: await this.outbox.figures(),
      givenUp: await this.outbox.givenUp(),
      hasMailServer: mail.smtpUrl !== undefined,
      ...(hasStripe ? { stripe: await this.stripe(stripe.webhookSecret !== undefined) } : {}),
      jobs: await this.jobs.states(now, runningSince, hasStripe),
    };
  }

  private async nodes(now: Date): Promise<NodeState[]> {
    const rows = await this.database.manager.find(ServiceNode, { order: { name: 'ASC', startedAt: 'ASC' } });
    return rows.map(({ id, name, version, startedAt, reportedAt, report }) => {
      const { data } = nodeReportSchema.safeParse(report);
      return {
        ...{ name, version, startedAt, reportedAt },
        // A beat may be late, and the clocks of two machines may differ a little.
        isAlive: now.getTime() - reportedAt.getTime() < 3 * HEARTBEAT_MS,
        isThis: id === this.heartbeat.id,
        ...(data ? { report: data } : {}),
      };
    });
  }

  private async databaseState(): Promise<ServiceState['database']> {
    const since = performance.now();
    await this.database.query('SELECT 1');
    const roundTripMs = performance.now() - since;
    const [row] = await this.database.query<{ version: string; bytes: number }[]>(DATABASE);
    return { version: row?.version ?? 'unknown', bytes: row?.bytes ?? 0, roundTripMs };
  }

  private async stripe(hasWebhookSecret: boolean): Promise<NonNullable<ServiceState['stripe']>> {
    const comparison = await this.reconciliations.last();
    return {
      hasWebhookSecret,
      inbox: await this.events.figures(),
      stuck: await this.events.list(),
      ...(comparison ? { comparison } : {}),
    };
  }
}
