import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { Registrants } from '../../registration/registrants/registrants.js';
import { productName } from '../catalogue/tiers.js';
import { Customers, type LockedCustomer } from '../customers/customers.js';
import { Plan } from '../ledger/plan.entity.js';
import { PlanStore } from '../ledger/plan-store.js';
import { invoicingReadiness, isInvoiced, isReviewDue } from '../rules/invoicing-readiness.js';
import { BillingNotices } from './billing-notices.js';
import { InvoiceBuilder } from './invoice-builder.js';
import { InvoiceBuilds } from './invoice-builds.js';
import { InvoicingPass } from './invoicing-pass.js';

/** Invoices single plans. Any number of nodes may do so at the same time with the same plan. */
@Injectable()
export class PlanInvoicing {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(Registrants) private readonly registrants: Registrants,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(InvoicingPass) private readonly pass: InvoicingPass,
    @Inject(InvoiceBuilder) private readonly builder: InvoiceBuilder,
    @Inject(InvoiceBuilds) private readonly builds: InvoiceBuilds,
    @Inject(BillingNotices) private readonly notices: BillingNotices,
  ) {}

  /**
   * Finishes what was left unfinished of a plan, then invoices what is due of it by an instant, by as many passes as that takes.
   * Undefined: it was not due.
   *
   * @throws BillingFault, BillingProblem, RuleError
   */
  async invoice(planId: string, asOf: Date): Promise<'done' | 'deferred' | undefined> {
    await this.builder.resume({ planId });
    const ready = await this.inTurn(planId, asOf, (tx, owner, plan) => this.isReady(tx, owner, plan));
    if (!ready) return ready === false ? 'deferred' : undefined;
    for (;;) {
      const step = await this.inTurn(planId, asOf, async (tx, owner, { nextInvoiceDate: at }) => {
        // Another node may have come to this plan just now: it is helped, or waited for.
        const [begun] = await this.builds.underWay(tx, { planId });
        if (begun) return { build: begun, isNew: false };
        return { build: at && (await this.pass.prepare(tx, owner, planId, at)), isNew: true };
      });
      if (!step) return 'done';
      if (step.build) await this.builder.complete(step.build.id, step.isNew);
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
