import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, LessThanOrEqual } from 'typeorm';
import { AppError } from '../../common/errors.js';
import { safeDescription } from '../../protocol/error-description.js';
import { Registrants } from '../../registration/registrants/registrants.js';
import { descriptionOf } from '../catalogue/refusals.js';
import { RuleError } from '../catalogue/rule-error.js';
import { productName } from '../catalogue/tiers.js';
import { Customers, type LockedCustomer } from '../customers/customers.js';
import { Plan } from '../ledger/plan.entity.js';
import { PlanStore } from '../ledger/plan-store.js';
import { invoicingReadiness, isInvoiced, isReviewDue } from '../rules/invoicing-readiness.js';
import { BillingProblem } from '../stripe/billing-problem.js';
import { BillingFault } from './billing-fault.js';
import { BillingNotices } from './billing-notices.js';
import { InvoiceBuilder } from './invoice-builder.js';
import { InvoicingPass } from './invoicing-pass.js';

/** What a run did, by ids of plans. */
export interface InvoicingReport {
  /** Looked at by as many passes as were due, whether there was something to bill or not. */
  readonly done: string[];
  /** Left as they are until their server uploads. */
  readonly deferred: string[];
  /** Not tried, since another plan of the same customer failed. */
  readonly skipped: string[];
  readonly failed: { readonly planId: string; readonly reason: string }[];
}

/**
 * Invoices all plans that are due. Any number of nodes may run it at any time: plans are taken one by one, under the lock of their
 * customer, which is held for moments; who waited for it finds that nothing is due any more. What a node left unfinished at Stripe is
 * finished by the next one that comes by.
 */
@Injectable()
export class InvoicingJob {
  private readonly logger = new Logger(InvoicingJob.name);

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(Registrants) private readonly registrants: Registrants,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(InvoicingPass) private readonly pass: InvoicingPass,
    @Inject(InvoiceBuilder) private readonly builder: InvoiceBuilder,
    @Inject(BillingNotices) private readonly notices: BillingNotices,
  ) {}

  /** Invoices what is due by an instant. A plan that fails is reported and logged, and the others go on. */
  async run(asOf: Date): Promise<InvoicingReport> {
    const report: InvoicingReport = { done: [], deferred: [], skipped: [], failed: [] };
    const failedCustomers = new Set<string>();
    const due = await this.database.manager.find(Plan, {
      select: { id: true, customerId: true },
      where: { nextInvoiceDate: LessThanOrEqual(asOf) },
      order: { id: 'ASC' },
    });
    for (const { id, customerId } of due) {
      if (failedCustomers.has(customerId)) {
        report.skipped.push(id);
        continue;
      }
      try {
        const outcome = await this.invoice(id, asOf);
        if (outcome) report[outcome].push(id);
      } catch (error) {
        failedCustomers.add(customerId);
        const reason = reasonOf(error);
        report.failed.push({ planId: id, reason });
        this.logger.error('a plan could not be invoiced', { planId: id, reason, error: safeDescription(error) });
      }
    }
    return report;
  }

  private async invoice(planId: string, asOf: Date): Promise<'done' | 'deferred' | undefined> {
    await this.builder.resume({ planId });
    const ready = await this.inTurn(planId, asOf, (tx, owner, plan) => this.isReady(tx, owner, plan));
    if (!ready) return ready === false ? 'deferred' : undefined;
    for (;;) {
      const step = await this.inTurn(planId, asOf, async (tx, owner, { nextInvoiceDate: at }) => ({
        build: at && (await this.pass.prepare(tx, owner, planId, at)),
      }));
      if (!step) return 'done';
      if (step.build) await this.builder.complete(step.build.id, true);
    }
  }

  /** Does something with a plan that is still due once its customer is locked. */
  private inTurn<T>(
    planId: string,
    asOf: Date,
    work: (tx: EntityManager, owner: LockedCustomer, plan: Plan) => Promise<T>,
  ): Promise<T | undefined> {
    return this.database.transaction(async (tx) => {
      const seen = await tx.findOneBy(Plan, { id: planId });
      const owner = seen && (await this.customers.lock(tx, seen.customerId));
      const plan = owner && (await tx.findOneBy(Plan, { id: planId, customerId: owner.customer.id }));
      const isDue = plan?.nextInvoiceDate && plan.nextInvoiceDate <= asOf && isInvoiced(plan);
      return owner && plan && isDue ? work(tx, owner, plan) : undefined;
    });
  }

  /** Whether the plan's data suffice; tells those who sell of what they have to know. */
  private async isReady(tx: EntityManager, { holder, serverId }: LockedCustomer, plan: Plan): Promise<boolean> {
    if (isReviewDue(plan)) {
      const endDate = plan.endDate?.toISOString().slice(0, 10) ?? '';
      await this.notices.send(tx, holder, 'fixed-price-plan-ending', { endDate });
      await tx.update(Plan, { id: plan.id }, { reviewReminderSent: true });
    }
    const uploadedAt = await this.registrants.lastUploadOf(tx, serverId);
    const paid = await this.plans.trialInvoicePaid(tx, plan.id);
    const { proceed, notify, setFlag } = invoicingReadiness(plan, uploadedAt, paid);
    if (notify) {
      await this.notices.send(tx, holder, 'stale-audit-data', {
        plan: productName(plan.tier),
        invoicingDelayed: !proceed,
        lastUpload: uploadedAt?.toISOString().slice(0, 10) ?? 'never',
      });
    }
    if (setFlag) await tx.update(Plan, { id: plan.id }, { staleDataNoticeSent: true });
    return proceed;
  }
}

/** Why a plan could not be invoiced, without anything about its customer. */
function reasonOf(error: unknown): string {
  if (error instanceof AppError) return descriptionOf(error);
  if (error instanceof BillingFault || error instanceof BillingProblem || error instanceof RuleError) {
    return error.message;
  }
  return error instanceof Error ? error.name : 'unknown';
}
