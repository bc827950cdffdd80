import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, In, LessThan, MoreThan, Not } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { Customer } from '../customers/customer.entity.js';
import type { LockedCustomer } from '../customers/customers.js';
import { INVOICE_STATUS, StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { BUILD_PURPOSE, BUILD_STEP, InvoiceBuild } from '../ledger/invoice-build.entity.js';
import type { InvoiceContent } from '../ledger/invoice-content.js';
import { monthsAfterVoid } from '../rules/flat-discount.js';

/** An invoice that is to be made. */
export interface PlannedInvoice extends Pick<InvoiceBuild, 'purpose' | 'content'> {
  readonly planId?: string;
  readonly passTime?: Date;
  /** Months of the flat discount that it contains. */
  readonly months: number;
}

type Step = InvoiceBuild['step'];

/**
 * The invoices that are made at Stripe, as rows: what each is to contain and how far it has come. Months of the flat discount are taken
 * from the customer when an invoice is planned, and given back when it is voided (docs/decisions/0010-billing-hazards.md, 1).
 */
@Injectable()
export class InvoiceBuilds {
  constructor(@Inject(Clock) private readonly clock: Clock) {}

  /** Notes an invoice that is to be made. From here on it is, whatever happens to this process. */
  async plan(tx: EntityManager, { customer }: LockedCustomer, planned: PlannedInvoice): Promise<InvoiceBuild> {
    const now = this.clock.now();
    const { months, planId, passTime, purpose, content } = planned;
    if (months > 0) {
      customer.flatDiscountedMonths -= months;
      const { flatDiscountedMonths } = customer;
      await tx.update(Customer, { id: customer.id }, { flatDiscountedMonths });
    }
    return tx.save(InvoiceBuild, {
      customerId: customer.id,
      planId: planId ?? null,
      passTime: passTime ?? null,
      ...{ purpose, content },
      step: BUILD_STEP.planned,
      attempt: 1,
      stripeInvoiceId: null,
      flatMonthsUsed: months,
      flatMonthsReturned: false,
      createdAt: now,
      updatedAt: now,
    });
  }

  /** Notes that Stripe has confirmed a step; false where this or a later one was noted already, maybe by another node. */
  async advance(
    tx: EntityManager,
    build: InvoiceBuild,
    step: Step,
    changes: { readonly stripeInvoiceId?: string } = {},
  ): Promise<boolean> {
    const before = { id: build.id, attempt: build.attempt, step: LessThan(step) };
    const { affected } = await tx.update(InvoiceBuild, before, { step, ...changes, updatedAt: this.clock.now() });
    if (affected !== 1) return false;
    if (changes.stripeInvoiceId) await tx.update(StripeInvoice, { buildId: build.id }, changes);
    return true;
  }

  /** Begins the invoice anew, with what is still to be on it. */
  async restart(tx: EntityManager, build: InvoiceBuild, content: InvoiceContent): Promise<void> {
    await tx.query(
      `UPDATE invoice_builds SET step = $3, attempt = attempt + 1, stripe_invoice_id = NULL, content = $4, updated_at = $5
       WHERE id = $1 AND attempt = $2`,
      [build.id, build.attempt, BUILD_STEP.planned, JSON.stringify(content), this.clock.now()],
    );
  }

  /** Notes that nobody is going to pay the invoice any more; its months go back. */
  async abandon(tx: EntityManager, owner: LockedCustomer, build: InvoiceBuild): Promise<void> {
    if (await this.advance(tx, build, BUILD_STEP.abandoned)) await this.giveBack(tx, owner, build.id);
    const waiting = { buildId: build.id, status: INVOICE_STATUS.sent } as const;
    await tx.update(StripeInvoice, waiting, { status: INVOICE_STATUS.void });
  }

  /** Gives the months of an invoice back that was voided; once. */
  async giveBack(tx: EntityManager, { customer }: LockedCustomer, buildId: string): Promise<void> {
    const unreturned = { id: buildId, flatMonthsReturned: false, flatMonthsUsed: MoreThan(0) };
    const build = await tx.findOneBy(InvoiceBuild, unreturned);
    if (!build) return;
    await tx.update(InvoiceBuild, { id: build.id }, { flatMonthsReturned: true });
    const negotiated = customer.monthlyDiscountedPrice > 0 || customer.annualDiscountedPrice > 0;
    const left = monthsAfterVoid(customer.flatDiscountedMonths, build.flatMonthsUsed, negotiated);
    customer.flatDiscountedMonths = left;
    await tx.update(Customer, { id: customer.id }, { flatDiscountedMonths: left });
  }

  /** The invoices of a trial that an invoice for another number of licenses replaces. */
  async replacedBy(tx: EntityManager, build: InvoiceBuild): Promise<InvoiceBuild[]> {
    const purpose = In([BUILD_PURPOSE.trial, BUILD_PURPOSE.trialChange]);
    const where = { planId: build.planId ?? '', purpose, id: LessThan(build.id), step: Not(BUILD_STEP.abandoned) };
    return tx.find(InvoiceBuild, { where, order: { id: 'ASC' } });
  }

  /** An invoice that was to be replaced was paid: it stays the one of its trial. False where that was noted already. */
  async giveUpFor(tx: EntityManager, build: InvoiceBuild, paid: InvoiceBuild): Promise<boolean> {
    if (!(await this.advance(tx, build, BUILD_STEP.abandoned))) return false;
    await tx.update(StripeInvoice, { buildId: build.id }, { buildId: paid.id });
    return true;
  }

  /** The invoices of a plan that are under way, the oldest first. */
  underWay(tx: EntityManager, where: { planId: string } | { customerId: string }): Promise<InvoiceBuild[]> {
    return tx.find(InvoiceBuild, { where: { ...where, step: LessThan(BUILD_STEP.finalized) }, order: { id: 'ASC' } });
  }

  /** Invoices that were begun and not touched since, the oldest first. */
  leftBehind(tx: EntityManager, since: Date): Promise<InvoiceBuild[]> {
    const where = { step: LessThan(BUILD_STEP.finalized), updatedAt: LessThan(since) };
    return tx.find(InvoiceBuild, { where, order: { id: 'ASC' }, take: 100 });
  }

  /** Invoices at Stripe by which plans and voided invoices are known here. */
  ofStripe(tx: EntityManager, stripeInvoiceIds: readonly string[]): Promise<InvoiceBuild[]> {
    return tx.findBy(InvoiceBuild, { stripeInvoiceId: In([...stripeInvoiceIds]), step: Not(BUILD_STEP.abandoned) });
  }
}
