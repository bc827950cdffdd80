import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Actor } from '../../registration/audit/audit-notes.js';
import { type Schedule, STATUS } from '../catalogue/plan-status.js';
import { refusal } from '../catalogue/refusals.js';
import { type BillableTier, isPaid, TIER, tierName } from '../catalogue/tiers.js';
import { NewPlans } from '../changes/new-plans.js';
import { BilledUsers } from '../customers/billed-users.js';
import type { LockedCustomer } from '../customers/customers.js';
import type { PlanOffer } from '../customers/plan-offer.entity.js';
import { BillingNotices } from '../invoicing/billing-notices.js';
import { InvoicingPass } from '../invoicing/invoicing-pass.js';
import { EndOfCycle } from '../ledger/end-of-cycle.service.js';
import type { InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { Plan } from '../ledger/plan.entity.js';
import { PlanStanding } from '../ledger/plan-standing.js';
import { PlanStore } from '../ledger/plan-store.js';
import { minimumLicenses } from '../rules/licenses.js';
import { paidPlanDates } from '../rules/new-plan.js';
import { firstRows } from '../rules/purchase.js';

/** What was paid for. */
export interface PaidFor {
  readonly tier: BillableTier;
  readonly schedule: Schedule;
  /** None of a fixed price. */
  readonly licenses: number;
  readonly automanageLicenses: boolean;
  readonly chargeAutomatically: boolean;
  /** The offer that it was bought by. */
  readonly offer: PlanOffer | null;
  /** When the plan starts; now unless an operator says otherwise. */
  readonly anchor?: Date;
  readonly actor?: Actor | undefined;
}

/** The plan that a payment made. */
export interface PaidPlan {
  readonly planId: string;
  /** The invoice of those who came while the first one was under way; to be made after the commit. */
  readonly invoice: InvoiceBuild | null;
}

/** Makes plans that are paid for. Complimentary access, and a plan that waits for its end, make way. */
@Injectable()
export class PaidPlans {
  constructor(
    @Inject(NewPlans) private readonly newPlans: NewPlans,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(EndOfCycle) private readonly endOfCycle: EndOfCycle,
    @Inject(PlanStanding) private readonly standing: PlanStanding,
    @Inject(BilledUsers) private readonly users: BilledUsers,
    @Inject(InvoicingPass) private readonly pass: InvoicingPass,
    @Inject(BillingNotices) private readonly notices: BillingNotices,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** @throws AppError where the customer has a plan already */
  async create(tx: EntityManager, owner: LockedCustomer, paid: PaidFor): Promise<PaidPlan> {
    const now = this.clock.now();
    const { tier, schedule, automanageLicenses, chargeAutomatically, offer } = paid;
    const live = await this.endOfCycle.settle(tx, owner, now);
    if (live && isPaidOrSponsored(live)) throw refusal('already-subscribed', { from: tierName(live.tier) });
    await this.makeWay(tx, owner, live);
    const plan = await this.newPlans.create(
      tx,
      owner,
      {
        ...paidPlanDates(paid.anchor ?? now, offer !== null),
        ...{ tier, schedule, automanageLicenses, chargeAutomatically },
        fixedPrice: offer?.fixedPrice ?? null,
      },
      paid.actor,
    );
    await this.newPlans.take(tx, offer);
    const { customer, holder } = owner;
    const users = await this.users.lastKnown(tx, holder, now);
    const exempt = customer.exemptFromLicenseNumberCheck;
    const needs = { users, minimum: minimumLicenses(customer, tier), exempt };
    const { rows, discrepancy } = firstRows(plan, paid.licenses, needs);
    await this.newPlans.begin(tx, plan, rows);
    await this.standing.refresh(tx, owner);
    if (discrepancy === 'too-many-paid') {
      const usedLicenses = rows.at(-1)?.licensesAtNextRenewal ?? 0;
      await this.notices.send(tx, holder, 'license-discrepancy', { paidLicenses: paid.licenses, usedLicenses });
    }
    const billNow = discrepancy === 'bill-now';
    return { planId: plan.id, invoice: billNow ? await this.pass.prepare(tx, owner, plan.id, now) : null };
  }

  private async makeWay(tx: EntityManager, { customer }: LockedCustomer, live: Plan | null): Promise<void> {
    const waiting = await this.plans.scheduled(tx, customer.id);
    for (const plan of [waiting, live]) {
      if (plan) await tx.update(Plan, { id: plan.id }, { status: STATUS.ended, nextInvoiceDate: null });
    }
  }
}

function isPaidOrSponsored({ tier }: Plan): boolean {
  return isPaid(tier) || tier === TIER.community;
}
