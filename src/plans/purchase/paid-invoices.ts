import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SCHEDULE, type Schedule, STATUS } from '../catalogue/plan-status.js';
import { isBillable } from '../catalogue/tiers.js';
import type { LockedCustomer } from '../customers/customers.js';
import { PlanOffer } from '../customers/plan-offer.entity.js';
import { INVOICE_STATUS, StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { BillingFault } from '../invoicing/billing-fault.js';
import { InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { contentTotal } from '../ledger/invoice-content.js';
import { Plan } from '../ledger/plan.entity.js';
import { isApplicable, OFFER_STATUS } from '../rules/fixed-price.js';
import type { BillingInvoice } from '../stripe/billing-objects.js';
import { actorOf } from './new-purchases.js';
import { type PaidPlan, PaidPlans } from './paid-plans.js';

/** What the payment of an invoice does: it makes the plan that was bought by it. */
@Injectable()
export class PaidInvoices {
  constructor(@Inject(PaidPlans) private readonly paidPlans: PaidPlans) {}

  /**
   * Notes the payment and makes its plan; undefined where there is none to be made. Once for each row.
   *
   * @param invoice as Stripe has it now
   * @throws AppError, BillingFault where the plan cannot be made
   */
  async paid(
    tx: EntityManager,
    owner: LockedCustomer,
    rowId: string,
    invoice: BillingInvoice,
  ): Promise<PaidPlan | undefined> {
    if (!(await this.note(tx, rowId))) return undefined;
    const plan = await this.makePlan(tx, owner, rowId, invoice);
    // What a plan was bought for is what it is credited by, should it make way.
    if (plan) await tx.update(StripeInvoice, { id: rowId }, { planId: plan.planId });
    return plan;
  }

  private async makePlan(
    tx: EntityManager,
    owner: LockedCustomer,
    rowId: string,
    invoice: BillingInvoice,
  ): Promise<PaidPlan | undefined> {
    const row = await tx.findOneByOrFail(StripeInvoice, { id: rowId });
    await this.checkAmount(tx, row, invoice);
    const chargeAutomatically = invoice.collection === 'card';
    const actor = actorOf(row);
    const offer = await tx.findOneBy(PlanOffer, { customerId: owner.customer.id, status: OFFER_STATUS.configured });
    if (offer && offer.sentInvoiceId === row.stripeInvoiceId && !chargeAutomatically) {
      const schedule = SCHEDULE.annual;
      const fixed = { tier: offer.tier, schedule, licenses: 0, automanageLicenses: true, chargeAutomatically, offer };
      return this.paidPlans.create(tx, owner, { ...fixed, actor });
    }
    const { plan_tier, billing_schedule, licenses, license_management, on_free_trial } = invoice.metadata;
    const [tier, schedule] = [Number(plan_tier), Number(billing_schedule)];
    if (!isBillable(tier) || !isSchedule(schedule)) return undefined;
    if (on_free_trial === 'True' && row.isCreatedForFreeTrialUpgrade && (await this.isOnTrial(tx, row))) {
      return undefined;
    }
    const applies = isApplicable(offer, owner.customer.requiredPlanTier, tier);
    return this.paidPlans.create(tx, owner, {
      ...{ tier, schedule, chargeAutomatically, actor },
      licenses: applies ? 0 : Number(licenses ?? 0),
      automanageLicenses: applies || license_management === 'automatic',
      offer: applies ? offer : null,
    });
  }

  /** Notes that an invoice is paid; false where it was noted already. */
  async note(tx: EntityManager, rowId: string): Promise<boolean> {
    const sent = { id: rowId, status: INVOICE_STATUS.sent };
    const { affected } = await tx.update(StripeInvoice, sent, { status: INVOICE_STATUS.paid });
    return affected === 1;
  }

  /** The end of the trial finds the payment. */
  private async isOnTrial(tx: EntityManager, { planId }: StripeInvoice): Promise<boolean> {
    const plan = planId === null ? null : await tx.findOneBy(Plan, { id: planId });
    return plan?.status === STATUS.freeTrial;
  }

  /** Stripe finalizes a draft of itself after an hour: one that lacks its lines is paid at once, for nothing. */
  private async checkAmount(tx: EntityManager, { buildId }: StripeInvoice, invoice: BillingInvoice): Promise<void> {
    const { id: stripeInvoiceId, total } = invoice;
    const build = buildId === null ? null : await tx.findOneBy(InvoiceBuild, { id: buildId, stripeInvoiceId });
    if (build && contentTotal(build.content) !== total) throw new BillingFault('amount-differs');
  }
}

function isSchedule(schedule: number): schedule is Schedule {
  return schedule === SCHEDULE.annual || schedule === SCHEDULE.monthly;
}
