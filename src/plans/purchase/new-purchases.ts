import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import type { Actor } from '../../registration/audit/audit-notes.js';
import { INVOICING, STATUS } from '../catalogue/plan-status.js';
import { NewPlans } from '../changes/new-plans.js';
import type { LockedCustomer } from '../customers/customers.js';
import { StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { InvoiceBuilds } from '../invoicing/invoice-builds.js';
import { BUILD_PURPOSE, type InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { type InvoiceContent, upgradeContent } from '../ledger/invoice-content.js';
import { LicenseLedger } from '../ledger/license-ledger.entity.js';
import { Plan } from '../ledger/plan.entity.js';
import { PlanStanding } from '../ledger/plan-standing.js';
import { trialDates, unbilledPlanDates } from '../rules/new-plan.js';
import { priceFor } from '../rules/prices.js';
import { upgradeInvoice } from '../rules/upgrade-invoice.js';
import type { PurchaseDecision } from './purchase-decision.js';
import type { PurchaseRequest } from './purchase-request.js';

/** Who buys what, once it is decided that they may, and once Stripe knows them. */
export interface Purchase extends PurchaseDecision {
  readonly owner: LockedCustomer;
  readonly request: PurchaseRequest;
  readonly stripeCustomerId: string;
  readonly actor?: Actor | undefined;
}

/** Writes purchases down: the invoice of one, a trial, a plan that waits. Stripe is told after the commit. */
@Injectable()
export class NewPurchases {
  constructor(
    @Inject(NewPlans) private readonly newPlans: NewPlans,
    @Inject(InvoiceBuilds) private readonly builds: InvoiceBuilds,
    @Inject(PlanStanding) private readonly standing: PlanStanding,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** What the invoice of a purchase is to contain, and the months of discount that it uses. */
  invoice(
    purchase: Purchase,
    plan: Plan | null = purchase.live,
    trialDays?: number,
  ): { readonly content: InvoiceContent; readonly months: number } {
    const { request, owner, offer, licenses, automanageLicenses, stripeCustomerId } = purchase;
    const { tier, schedule, chargeAutomatically } = request;
    const start = trialDays === undefined ? this.clock.now() : (plan?.nextInvoiceDate ?? this.clock.now());
    const invoice = upgradeInvoice(
      {
        schedule,
        licenses,
        pricePerLicense: offer ? null : priceFor(owner.customer, tier, schedule),
        fixedPrice: offer?.fixedPrice ?? null,
        flatDiscount: owner.customer,
      },
      start,
    );
    const terms = { stripeCustomerId, tier, schedule, licenses, automanageLicenses, chargeAutomatically };
    const content = upgradeContent(
      { ...terms, currentPlanId: plan?.id ?? null, ...(trialDays === undefined ? {} : { trialDays }) },
      invoice,
      owner.customer.flatDiscount,
    );
    return { content, months: invoice.discount?.months ?? 0 };
  }

  /** Notes an upgrade invoice. */
  async upgrade(tx: EntityManager, purchase: Purchase): Promise<InvoiceBuild> {
    const build = await this.builds.plan(tx, purchase.owner, {
      purpose: BUILD_PURPOSE.upgrade,
      ...this.invoice(purchase),
    });
    await this.remember(tx, purchase, build);
    return build;
  }

  /** Begins a trial; answers its invoice, which is to be made after the commit, where it is paid by one. */
  async trial(tx: EntityManager, purchase: Purchase): Promise<InvoiceBuild | null> {
    const { owner, request, licenses, automanageLicenses, actor } = purchase;
    const { tier, schedule, chargeAutomatically } = request;
    const days = this.settings.plans.freeTrialDays;
    const dates = trialDates(this.clock.now(), days);
    const made = { ...dates, tier, schedule, status: STATUS.freeTrial, automanageLicenses, chargeAutomatically };
    const plan = await this.newPlans.create(tx, owner, made, actor);
    const row = { isRenewal: true, eventTime: dates.billingCycleAnchor, licenses, licensesAtNextRenewal: licenses };
    await this.newPlans.begin(tx, plan, [row]);
    await this.standing.refresh(tx, owner);
    if (chargeAutomatically) return null;
    const build = await this.builds.plan(tx, owner, {
      planId: plan.id,
      purpose: BUILD_PURPOSE.trial,
      ...this.invoice(purchase, plan, days),
    });
    await this.remember(tx, purchase, build);
    return build;
  }

  /** Makes the plan that waits for the end of complimentary access. Its price is that of today. */
  async scheduled(tx: EntityManager, purchase: Purchase): Promise<void> {
    const { owner, request, live, licenses, automanageLicenses, offer, actor } = purchase;
    if (!live?.endDate) throw new Error('complimentary access without an end');
    const { tier, schedule, chargeAutomatically } = request;
    await this.newPlans.create(
      tx,
      owner,
      {
        ...unbilledPlanDates(live.endDate, offer !== null),
        ...{ tier, schedule, automanageLicenses, chargeAutomatically },
        status: STATUS.neverStarted,
        fixedPrice: offer?.fixedPrice ?? null,
        invoicingStatus: INVOICING.initialToBeSent,
      },
      actor,
    );
    await this.newPlans.take(tx, offer);
    const last = await tx.findOne(LicenseLedger, { where: { planId: live.id }, order: { id: 'DESC' } });
    if (last) await tx.update(LicenseLedger, { id: last.id }, { licensesAtNextRenewal: licenses });
    await tx.update(Plan, { id: live.id }, { status: STATUS.switchPlanAtPlanEnd });
    await this.standing.refresh(tx, owner);
  }

  /** Stripe's payment of an invoice leads back to this row. */
  private async remember(tx: EntityManager, { owner, actor }: Purchase, build: InvoiceBuild): Promise<void> {
    await tx.insert(StripeInvoice, {
      customerId: owner.customer.id,
      buildId: build.id,
      planId: build.planId,
      isCreatedForFreeTrialUpgrade: build.purpose === BUILD_PURPOSE.trial,
      ...actorColumns(owner, actor),
      createdAt: this.clock.now(),
    });
  }
}

/** The columns by which a row remembers who started it. */
export function actorColumns({ holder }: Pick<LockedCustomer, 'holder'>, actor: Actor | undefined) {
  const id = actor && 'billingUserId' in actor ? actor.billingUserId : null;
  return 'realmId' in holder
    ? { realmBillingUserId: id, serverBillingUserId: null }
    : { realmBillingUserId: null, serverBillingUserId: id };
}

/** Who a row remembers. */
export function actorOf(row: Pick<StripeInvoice, 'realmBillingUserId' | 'serverBillingUserId'>): Actor | undefined {
  const billingUserId = row.realmBillingUserId ?? row.serverBillingUserId;
  return billingUserId === null ? undefined : { billingUserId };
}
