import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, LessThanOrEqual, MoreThan } from 'typeorm';
import { INVOICING, STATUS } from '../catalogue/plan-status.js';
import { isPaid, TIER } from '../catalogue/tiers.js';
import type { LockedCustomer } from '../customers/customers.js';
import { EndOfCycle } from '../ledger/end-of-cycle.service.js';
import { BUILD_PURPOSE, type InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { passContent } from '../ledger/invoice-content.js';
import { LicenseLedger } from '../ledger/license-ledger.entity.js';
import { Plan } from '../ledger/plan.entity.js';
import { type BilledSoFar, flatDiscountLine, invoiceLines } from '../rules/invoice-lines.js';
import { BillingFault } from './billing-fault.js';
import { InvoiceBuilds } from './invoice-builds.js';
import { PassEnd } from './pass-end.js';

/**
 * One look of invoicing at one plan: what has to be billed by a time is decided and noted, in one transaction. Stripe is told afterwards,
 * by `InvoiceBuilder`.
 */
@Injectable()
export class InvoicingPass {
  constructor(
    @Inject(EndOfCycle) private readonly endOfCycle: EndOfCycle,
    @Inject(InvoiceBuilds) private readonly builds: InvoiceBuilds,
    @Inject(PassEnd) private readonly passEnd: PassEnd,
  ) {}

  /**
   * Brings a plan up to `at` and notes the invoice of what there is to bill by then; null: there is nothing, and the pass is over.
   *
   * @throws BillingFault where only a person can set the plan right
   */
  async prepare(tx: EntityManager, owner: LockedCustomer, planId: string, at: Date): Promise<InvoiceBuild | null> {
    const due = await tx.findOneByOrFail(Plan, { id: planId });
    if (due.invoicingStatus === INVOICING.started) throw new BillingFault('invoicing-cut-off');
    const stripeId = owner.customer.stripeCustomerId;
    if (stripeId === null && due.tier !== TIER.complimentary) throw new BillingFault('no-stripe-customer');
    if (due.status !== STATUS.switchTierNow) await this.endOfCycle.run(tx, owner, due, at);
    const plan = await tx.findOneByOrFail(Plan, { id: planId });
    const build = stripeId !== null && isPaid(plan.tier) ? await this.bill(tx, owner, stripeId, plan, at) : null;
    if (build === null) await this.passEnd.at(tx, planId, at);
    return build;
  }

  private async bill(
    tx: EntityManager,
    owner: LockedCustomer,
    stripeId: string,
    plan: Plan,
    at: Date,
  ): Promise<InvoiceBuild | null> {
    const { customer } = owner;
    const before = await this.billedSoFar(tx, plan);
    const rows = await tx.find(LicenseLedger, {
      where: { planId: plan.id, id: MoreThan(before.id), eventTime: LessThanOrEqual(at) },
      order: { id: 'ASC' },
    });
    const { lines, through } = invoiceLines(plan, rows, before, at);
    if (through) await tx.update(Plan, { id: plan.id }, { invoicedThroughId: through.id });
    if (lines.length === 0) return null;
    const discount = flatDiscountLine(plan, lines, customer);
    await tx.update(Plan, { id: plan.id }, { invoicingStatus: INVOICING.started });
    return this.builds.plan(tx, owner, {
      planId: plan.id,
      passTime: at,
      purpose: BUILD_PURPOSE.pass,
      content: passContent(plan, stripeId, lines, discount, customer.flatDiscount),
      months: discount?.months ?? 0,
    });
  }

  private async billedSoFar(tx: EntityManager, plan: Plan): Promise<BilledSoFar & { readonly id: string }> {
    const { invoicedThroughId: id } = plan;
    if (plan.invoicingStatus === INVOICING.initialToBeSent || id === null) {
      return { id: '0', base: null, lastRenewalAt: null };
    }
    const through = await tx.findOneByOrFail(LicenseLedger, { id });
    const renewal = await tx.findOne(LicenseLedger, {
      where: { planId: plan.id, isRenewal: true, id: LessThanOrEqual(id) },
      order: { id: 'DESC' },
    });
    return { id, base: through.licenses, lastRenewalAt: renewal?.eventTime ?? null };
  }
}
