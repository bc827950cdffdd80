import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { refusal } from '../catalogue/refusals.js';
import { Customers } from '../customers/customers.js';
import { BUILD_PURPOSE, BUILD_STEP, InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { stepKey } from '../ledger/invoice-content.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import type { BillingInvoice, PaymentOutcome } from '../stripe/billing-objects.js';
import { BillingProblem } from '../stripe/billing-problem.js';
import { BalanceCredits } from './balance-credits.js';
import { BillingFault } from './billing-fault.js';
import { InvoiceBuilds } from './invoice-builds.js';
import { InvoiceDrafts, keyOf } from './invoice-drafts.js';
import { PaidTrials } from './paid-trials.js';
import { PassEnd } from './pass-end.js';

/**
 * Makes invoices at Stripe from what is noted of them, step by step: the draft, its lines, the final invoice. Each step is noted when
 * Stripe has confirmed it, and each has a key of its own, so that it can be repeated by whoever finds it unfinished, on any node.
 */
@Injectable()
export class InvoiceBuilder {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(InvoiceBuilds) private readonly builds: InvoiceBuilds,
    @Inject(InvoiceDrafts) private readonly drafts: InvoiceDrafts,
    @Inject(BalanceCredits) private readonly credits: BalanceCredits,
    @Inject(PaidTrials) private readonly paidTrials: PaidTrials,
    @Inject(PassEnd) private readonly passEnd: PassEnd,
  ) {}

  /**
   * Makes an invoice, or what is missing of it.
   *
   * @param isNew it was noted by the caller, just now: nothing of it can be at Stripe
   * @throws BillingProblem, BillingFault
   */
  async complete(buildId: string, isNew = false): Promise<InvoiceBuild> {
    try {
      return await this.carryOn(buildId, !isNew);
    } catch (error) {
      // Stripe may have done what it did not answer; the same key then gets the same failure, so look what is there.
      if (!isTemporary(error)) throw error;
      return this.carryOn(buildId, true);
    }
  }

  /** Finishes what others left unfinished of a plan or customer. */
  async resume(of: { planId: string } | { customerId: string }): Promise<void> {
    for (const build of await this.builds.underWay(this.database.manager, of)) await this.complete(build.id);
  }

  /** Charges the card for a finished invoice. */
  async charge(buildId: string): Promise<PaymentOutcome> {
    const build = await this.load(buildId);
    const id = invoiceIdOf(build);
    const outcome = await this.gateway.payInvoice(id, keyOf(build, stepKey(build.id, 'pay'))).catch(async (error) => {
      const invoice = isTemporary(error) ? await this.gateway.invoice(id) : undefined;
      if (invoice?.status !== 'paid') throw error;
      return { kind: 'paid', invoice } as const;
    });
    if (outcome.kind === 'paid') await this.builds.advance(this.database.manager, build, BUILD_STEP.paid);
    return outcome;
  }

  /** Takes an invoice back; answers whether it was paid before that, and stays. */
  async abandon(buildId: string): Promise<'void' | 'paid'> {
    const build = await this.load(buildId);
    if (build.step === BUILD_STEP.paid) return 'paid';
    const invoice = await this.findInvoice(build);
    if (invoice && (await this.takeBack(build, invoice)) === 'paid') {
      await this.builds.advance(this.database.manager, build, BUILD_STEP.paid);
      return 'paid';
    }
    await this.database.transaction(async (tx) => {
      const owner = await this.customers.lock(tx, build.customerId);
      if (owner) await this.builds.abandon(tx, owner, build);
    });
    return 'void';
  }

  private async carryOn(buildId: string, look: boolean): Promise<InvoiceBuild> {
    let build = await this.load(buildId);
    await this.credits.settle(build.customerId);
    if (build.purpose === BUILD_PURPOSE.trialChange) build = await this.takePlace(build);
    if (build.step === BUILD_STEP.planned) build = await this.create(build, look);
    if (build.step === BUILD_STEP.created) build = await this.write(build, look);
    if (build.step === BUILD_STEP.linesWritten) build = await this.finalize(build, look);
    if (build.step === BUILD_STEP.abandoned) throw refusal('superseded');
    // Begun anew in between.
    return build.step < BUILD_STEP.finalized ? this.carryOn(buildId, true) : build;
  }

  /** The invoices of a trial that this one replaces are voided first; one that was paid in the meantime stays, and this one is not made. */
  private async takePlace(build: InvoiceBuild): Promise<InvoiceBuild> {
    if (build.step !== BUILD_STEP.planned) return build;
    for (const old of await this.builds.replacedBy(this.database.manager, build)) {
      if ((await this.abandon(old.id)) === 'void') continue;
      await this.database.transaction(async (tx) => {
        await this.customers.lock(tx, build.customerId);
        await this.paidTrials.stay(tx, build, old);
      });
      break;
    }
    return this.load(build.id);
  }

  private async create(build: InvoiceBuild, look: boolean): Promise<InvoiceBuild> {
    const found = look ? await this.drafts.find(build) : undefined;
    const { id } = found ?? (await this.drafts.create(build));
    await this.database.transaction((tx) =>
      this.builds.advance(tx, build, BUILD_STEP.created, { stripeInvoiceId: id }),
    );
    const noted = await this.load(build.id);
    // Somebody took the invoice back while it was being made.
    if (noted.step === BUILD_STEP.abandoned) await this.gateway.deleteDraft(id);
    return noted;
  }

  private async write(build: InvoiceBuild, look: boolean): Promise<InvoiceBuild> {
    const { left, isDraft } = look ? await this.drafts.linesLeft(build) : { left: build.content.lines, isDraft: true };
    if (left.length > 0 && !isDraft) return this.startAgain(build, left);
    for (const line of left) await this.drafts.addLine(build, line);
    await this.builds.advance(this.database.manager, build, BUILD_STEP.linesWritten);
    return this.load(build.id);
  }

  private async finalize(build: InvoiceBuild, look: boolean): Promise<InvoiceBuild> {
    const id = invoiceIdOf(build);
    const seen = look ? await this.gateway.invoice(id) : undefined;
    if (look && !seen) throw new BillingFault('invoice-lost');
    if (!seen || seen.status === 'draft') {
      await this.gateway.finalizeInvoice(id, keyOf(build, stepKey(build.id, 'finalize')));
    }
    await this.database.transaction(async (tx) => {
      const owner = await this.customers.lock(tx, build.customerId);
      if (owner && (await this.builds.advance(tx, build, BUILD_STEP.finalized)))
        await this.passEnd.of(tx, owner, build);
    });
    return this.load(build.id);
  }

  /** Stripe finalizes drafts of itself after an hour. One without all its lines is voided, or what is missing goes on another one. */
  private async startAgain(build: InvoiceBuild, left: InvoiceBuild['content']['lines']): Promise<InvoiceBuild> {
    const id = invoiceIdOf(build);
    const { status, total } = await this.gateway.voidInvoice(id, keyOf(build, stepKey(build.id, 'void')));
    const taken = status === 'paid' && total !== 0;
    if (taken && build.purpose !== BUILD_PURPOSE.pass) throw new BillingFault('amount-differs');
    const lines = taken ? left : build.content.lines;
    await this.builds.restart(this.database.manager, build, { ...build.content, lines });
    return this.load(build.id);
  }

  private async findInvoice(build: InvoiceBuild): Promise<BillingInvoice | undefined> {
    if (build.stripeInvoiceId === null) return this.drafts.find(build);
    return this.gateway.invoice(build.stripeInvoiceId);
  }

  private async takeBack(build: InvoiceBuild, { id, status }: BillingInvoice): Promise<BillingInvoice['status']> {
    if (status === 'draft' && (await this.gateway.deleteDraft(id))) return 'void';
    return (await this.gateway.voidInvoice(id, keyOf(build, stepKey(build.id, 'void')))).status;
  }

  private load(id: string): Promise<InvoiceBuild> {
    return this.database.manager.findOneByOrFail(InvoiceBuild, { id });
  }
}

function invoiceIdOf(build: InvoiceBuild): string {
  if (build.stripeInvoiceId === null) throw new BillingFault('invoice-lost');
  return build.stripeInvoiceId;
}

function isTemporary(error: unknown): boolean {
  return error instanceof BillingProblem && error.kind === 'temporary';
}
