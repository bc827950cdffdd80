import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { safeDescription } from '../../protocol/error-description.js';
import type { Actor } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { INVOICING, STATUS } from '../catalogue/plan-status.js';
import { refusal } from '../catalogue/refusals.js';
import { type BillableTier, isPaid } from '../catalogue/tiers.js';
import { BilledUsers } from '../customers/billed-users.js';
import type { LockedCustomer } from '../customers/customers.js';
import { InvoiceBuilder } from '../invoicing/invoice-builder.js';
import { InvoicingPass } from '../invoicing/invoicing-pass.js';
import { BalanceCredit } from '../ledger/balance-credit.entity.js';
import type { InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { LedgerStore } from '../ledger/ledger-store.js';
import { Plan } from '../ledger/plan.entity.js';
import { wholeSeconds } from '../rules/calendar.js';
import { billableLicenses, minimumLicenses } from '../rules/licenses.js';
import { unbilledPlanDates } from '../rules/new-plan.js';
import { tierChangeRefusal } from '../rules/purchase.js';
import { tierChangeCredit } from '../rules/tier-change-credit.js';
import { cycleCharges } from './cycle-charges.js';
import { NewPlans } from './new-plans.js';
import { type LiveWork, PlanWork } from './plan-work.js';

/**
 * Puts a customer on a higher tier at once: what is left of the old plan is credited, the new one is billed in full. All of it is decided
 * and noted in one transaction; credit and invoices follow at Stripe, in this order.
 */
@Injectable()
export class TierChanges {
  private readonly logger = new Logger(TierChanges.name);

  constructor(
    @Inject(PlanWork) private readonly work: PlanWork,
    @Inject(NewPlans) private readonly newPlans: NewPlans,
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(BilledUsers) private readonly users: BilledUsers,
    @Inject(InvoicingPass) private readonly pass: InvoicingPass,
    @Inject(InvoiceBuilder) private readonly builder: InvoiceBuilder,
  ) {}

  /** @throws AppError where the tier cannot be reached from the current plan */
  async upgrade(holder: Registrant, tier: BillableTier, actor?: Actor): Promise<void> {
    const builds = await this.work.onLivePlan(holder, (work) => this.change(work, tier, actor));
    for (const build of builds) {
      await this.builder.complete(build.id, true).catch((error: unknown) => {
        this.logger.warn('an invoice is made later', { buildId: build.id, error: safeDescription(error) });
      });
    }
  }

  private async change(work: LiveWork, tier: BillableTier, actor: Actor | undefined): Promise<InvoiceBuild[]> {
    const { tx, owner, live } = work;
    const { customer } = owner;
    const refused = tierChangeRefusal(live, tier, customer.stripeCustomerId !== null);
    if (refused === 'no-active-plan') throw refusal('plan-not-active');
    if (refused) throw refusal(refused === 'no-upgrade' ? 'change-not-possible' : refused);
    const at = wholeSeconds(work.now);
    if (isPaid(live.tier)) await this.credit(tx, owner, live, at);
    const licenses = await this.licenses(work, tier);
    await tx.update(Plan, { id: live.id }, { status: STATUS.ended, endDate: at, nextInvoiceDate: at });
    const { billingSchedule: schedule, automanageLicenses, chargeAutomatically } = live;
    const plan = await this.newPlans.create(
      tx,
      owner,
      {
        ...unbilledPlanDates(at, false),
        ...{ tier, schedule, automanageLicenses, chargeAutomatically },
        invoicingStatus: INVOICING.initialToBeSent,
      },
      actor,
    );
    const row = { isRenewal: true, eventTime: at, licenses, licensesAtNextRenewal: licenses };
    await this.newPlans.begin(tx, plan, [row], false);
    const prepared = [await this.pass.prepare(tx, owner, live.id, at), await this.pass.prepare(tx, owner, plan.id, at)];
    return prepared.filter((build) => build !== null);
  }

  private async credit(tx: EntityManager, { customer }: LockedCustomer, live: Plan, at: Date): Promise<void> {
    const amount = tierChangeCredit(await cycleCharges(tx, live), at);
    if (amount === 0) return;
    await tx.insert(BalanceCredit, { customerId: customer.id, planId: live.id, amount, createdAt: at });
  }

  private async licenses({ tx, owner, live, now }: LiveWork, tier: BillableTier): Promise<number> {
    const { customer, holder } = owner;
    const users = await this.users.lastKnown(tx, holder, now);
    const { last } = await this.ledger.state(tx, live.id);
    const next = last?.licensesAtNextRenewal ?? 0;
    const exempt = customer.exemptFromLicenseNumberCheck;
    const billable = billableLicenses({ users, minimum: minimumLicenses(customer, tier), exempt });
    return live.automanageLicenses ? billable : Math.max(billable, next);
  }
}
