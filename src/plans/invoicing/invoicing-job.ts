import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, LessThanOrEqual } from 'typeorm';
import { AppError } from '../../common/errors.js';
import { safeDescription } from '../../protocol/error-description.js';
import { descriptionOf } from '../catalogue/refusals.js';
import { RuleError } from '../catalogue/rule-error.js';
import { Plan } from '../ledger/plan.entity.js';
import { BillingProblem } from '../stripe/billing-problem.js';
import { BillingFault } from './billing-fault.js';
import { PlanInvoicing } from './plan-invoicing.js';

/**
 * So many customers are invoiced at the same time. A customer takes about four requests to Stripe, one after the other, of which each
 * lasts some hundred milliseconds, so this stays well below the hundred a second that Stripe allows (docs.stripe.com/rate-limits), and
 * leaves connections to the database for those who wait at a page.
 */
const AT_ONCE = 8;

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
    @Inject(PlanInvoicing) private readonly invoicing: PlanInvoicing,
  ) {}

  /**
   * Invoices what is due by an instant, the plans of one customer in the order of their ids. A plan that fails is reported and logged,
   * and the others go on.
   *
   * @param signal no other customer is begun after it
   */
  async run(asOf: Date, signal?: AbortSignal): Promise<InvoicingReport> {
    const report: InvoicingReport = { done: [], deferred: [], skipped: [], failed: [] };
    // Nodes that run at the same time go different ways, so that they seldom wait for one another.
    const customers = shuffled([...(await this.due(asOf)).values()]).values();
    const worker = async () => {
      for (const planIds of customers) {
        if (signal?.aborted) return;
        await this.invoiceOne(planIds, asOf, report);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    for (const ids of [report.done, report.deferred, report.skipped]) ids.sort(byNumber);
    report.failed.sort((a, b) => byNumber(a.planId, b.planId));
    return report;
  }

  /** The plans that are due, by customer. */
  private async due(asOf: Date): Promise<Map<string, string[]>> {
    const plans = await this.database.manager.find(Plan, {
      select: { id: true, customerId: true },
      where: { nextInvoiceDate: LessThanOrEqual(asOf) },
      order: { id: 'ASC' },
    });
    const customers = new Map<string, string[]>();
    for (const { id, customerId } of plans) customers.set(customerId, [...(customers.get(customerId) ?? []), id]);
    return customers;
  }

  private async invoiceOne(planIds: readonly string[], asOf: Date, report: InvoicingReport): Promise<void> {
    for (const [place, planId] of planIds.entries()) {
      try {
        const outcome = await this.invoicing.invoice(planId, asOf);
        if (outcome) report[outcome].push(planId);
      } catch (error) {
        const reason = reasonOf(error);
        report.failed.push({ planId, reason });
        report.skipped.push(...planIds.slice(place + 1));
        this.logger.error('a plan could not be invoiced', { planId, reason, error: safeDescription(error) });
        return;
      }
    }
  }
}

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}

function byNumber(a: string, b: string): number {
  return Number(a) - Number(b);
}

/** Why a plan could not be invoiced, without anything about its customer. */
function reasonOf(error: unknown): string {
  if (error instanceof AppError) return descriptionOf(error);
  if (error instanceof BillingFault || error instanceof BillingProblem || error instanceof RuleError) {
    return error.message;
  }
  return error instanceof Error ? error.name : 'unknown';
}
