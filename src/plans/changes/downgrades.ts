import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { type Actor, AuditNotes } from '../../registration/audit/audit-notes.js';
import { PlanTypes } from '../../registration/registrants/plan-types.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { STATUS } from '../catalogue/plan-status.js';
import { refusal } from '../catalogue/refusals.js';
import { TIER } from '../catalogue/tiers.js';
import { Customers } from '../customers/customers.js';
import { InvoiceBuilds } from '../invoicing/invoice-builds.js';
import { LedgerStore } from '../ledger/ledger-store.js';
import { Plan } from '../ledger/plan.entity.js';
import { ProviderErrors } from '../purchase/provider-errors.js';
import { planChange } from '../rules/plan-changes.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import { type LiveWork, PlanWork } from './plan-work.js';
import { ScheduledPlans } from './scheduled-plans.js';

/** Ends of plans that operators bring about, and of trials. */
@Injectable()
export class Downgrades {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(PlanWork) private readonly work: PlanWork,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(PlanTypes) private readonly planTypes: PlanTypes,
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(InvoiceBuilds) private readonly builds: InvoiceBuilds,
    @Inject(ScheduledPlans) private readonly scheduled: ScheduledPlans,
    @Inject(ProviderErrors) private readonly errors: ProviderErrors,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
  ) {}

  /** The plan ends with its cycle. */
  atCycleEnd(holder: Registrant, actor?: Actor): Promise<void> {
    return this.work.onLivePlan(holder, async ({ tx, live }) => {
      const change = planChange(live, STATUS.downgradeAtEndOfCycle);
      if (change.kind !== 'set-status') throw refusal('change-not-possible');
      await tx.update(Plan, { id: live.id }, { status: change.status });
      const values = { plan_id: Number(live.id), property: 'status', old_value: live.status, new_value: change.status };
      await this.audit.note(tx, holder, BILLING_EVENT.planPropertyChanged, values, actor);
    });
  }

  /** The plan ends at once. What was added and is not billed is forgiven; nothing is paid back. */
  now(holder: Registrant, actor?: Actor): Promise<void> {
    return this.work.onLivePlan(holder, (work) => this.endNow(work, actor));
  }

  /** The same, and all open invoices of the customer are voided; answers how many. Without a plan only that. */
  async nowAndVoid(holder: Registrant, actor?: Actor): Promise<number> {
    const owner = await this.database.transaction((tx) => this.customers.lockOf(tx, holder));
    if (!owner) throw refusal('no-customer');
    await this.now(holder, actor).catch((error: unknown) => {
      if (!isGone(error)) throw error;
    });
    const { stripeCustomerId } = owner.customer;
    if (stripeCustomerId === null) return 0;
    return this.errors.translated(() => this.voidOpen(holder, stripeCustomerId));
  }

  /** Ends a plan in a transaction that is open. A plan that waits for its end does not start either. */
  async endNow(work: LiveWork, actor?: Actor): Promise<void> {
    const { tx, owner, live } = work;
    if (live.status === STATUS.switchPlanAtPlanEnd) await this.scheduled.cancel(work);
    const { last } = await this.ledger.state(tx, live.id);
    const ended = { status: STATUS.ended, nextInvoiceDate: null, invoicedThroughId: last?.id ?? null } as const;
    await tx.update(Plan, { id: live.id }, ended);
    await this.planTypes.set(tx, owner.holder, TIER.free, actor);
  }

  /** Months of discount go back for what was voided earlier, too: whoever voided it may not have come so far. */
  private async voidOpen(holder: Registrant, customerId: string): Promise<number> {
    const invoices = await this.gateway.invoices({ customerId });
    const voided = invoices.filter(({ status }) => status === 'void').map(({ id }) => id);
    let count = 0;
    for (const { id } of invoices.filter(({ status }) => status === 'open')) {
      const { status } = await this.gateway.voidInvoice(id, `downgrade:void:${id}`);
      if (status !== 'void') continue;
      count += 1;
      voided.push(id);
    }
    await this.database.transaction(async (tx) => {
      const owner = await this.customers.lockOf(tx, holder);
      if (!owner) return;
      for (const build of await this.builds.ofStripe(tx, voided)) await this.builds.abandon(tx, owner, build);
    });
    return count;
  }
}

function isGone(error: unknown): boolean {
  const extra = error instanceof Error && 'extra' in error ? (error.extra as { error_description?: unknown }) : {};
  return extra.error_description === 'no-plan' || extra.error_description === 'plan-ended';
}
