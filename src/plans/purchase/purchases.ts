import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import type { Actor } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { generalFailure, refusal } from '../catalogue/refusals.js';
import { InvoiceBuilder } from '../invoicing/invoice-builder.js';
import { BUILD_STEP, type InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import type { PaymentOutcome } from '../stripe/billing-objects.js';
import { NewCustomers } from './new-customers.js';
import { NewPurchases } from './new-purchases.js';
import { type OpenInvoice, OpenInvoices } from './open-invoices.js';
import { customerError, ProviderErrors } from './provider-errors.js';
import { type PurchaseDecision, PurchaseDecisions } from './purchase-decision.js';
import type { PurchaseRequest, PurchaseResult } from './purchase-request.js';
import { UserCountSignature } from './user-count-signature.js';

type Written =
  | { readonly kind: 'trial' | 'scheduled'; readonly build: InvoiceBuild | null }
  | { readonly kind: 'invoice'; readonly build: InvoiceBuild; readonly isNew: boolean }
  | { readonly kind: 'in-the-way'; readonly invoices: readonly OpenInvoice[] };

/** How often other invoices may turn up while a purchase clears them away. */
const ROUNDS = 5;

/**
 * Buys plans. Asked twice, or at the same time, for the same it charges once: whoever comes second takes up the invoice of the first.
 */
@Injectable()
export class Purchases {
  private readonly logger = new Logger(Purchases.name);

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(PurchaseDecisions) private readonly decisions: PurchaseDecisions,
    @Inject(NewCustomers) private readonly newCustomers: NewCustomers,
    @Inject(NewPurchases) private readonly newPurchases: NewPurchases,
    @Inject(OpenInvoices) private readonly openInvoices: OpenInvoices,
    @Inject(InvoiceBuilder) private readonly builder: InvoiceBuilder,
    @Inject(UserCountSignature) private readonly signature: UserCountSignature,
    @Inject(ProviderErrors) private readonly errors: ProviderErrors,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws AppError with a text for people and `error_description` */
  buy(holder: Registrant, request: PurchaseRequest, actor?: Actor): Promise<PurchaseResult> {
    if (this.signature.verify(request) === undefined) {
      return Promise.reject(generalFailure(this.settings.mail.supportEmail, 'tampered seat count'));
    }
    return this.errors.translated(() => this.go(holder, request, actor));
  }

  private async go(holder: Registrant, request: PurchaseRequest, actor?: Actor): Promise<PurchaseResult> {
    // Nobody becomes a customer of Stripe's who may not buy.
    const first = await this.database.transaction((tx) => this.decisions.decide(tx, holder, request));
    const stripeCustomerId = request.chargeAutomatically
      ? await this.withCard(first)
      : await this.newCustomers.atStripe(holder, request.email, actor);
    for (let round = 0; round < ROUNDS; round++) {
      const written = await this.write(holder, request, stripeCustomerId, actor);
      if (written.kind === 'invoice') return this.carryOut(written.build, written.isNew);
      if (written.kind !== 'in-the-way') {
        if (written.build) await this.sendTrialInvoice(written.build);
        return { kind: written.kind };
      }
      for (const invoice of written.invoices) {
        if ((await this.openInvoices.takeBack(invoice)) === 'paid') throw refusal('payment-pending');
      }
    }
    throw refusal('payment-pending');
  }

  private write(
    holder: Registrant,
    request: PurchaseRequest,
    stripeCustomerId: string,
    actor: Actor | undefined,
  ): Promise<Written> {
    return this.database.transaction(async (tx) => {
      const decision = await this.decisions.decide(tx, holder, request);
      const { owner, way } = decision;
      if (!owner) throw new Error('nobody is a customer who was one just now');
      const purchase = { ...decision, owner, request, stripeCustomerId, actor };
      const { content } = this.newPurchases.invoice(purchase);
      const open = await this.openInvoices.of(tx, owner.customer.id);
      const same = way === 'invoice' ? open.find((one) => this.openInvoices.isSame(one, content)) : undefined;
      const others = open.filter((one) => one !== same);
      if (others.length > 0) return { kind: 'in-the-way', invoices: others };
      if (same?.build) return { kind: 'invoice', build: same.build, isNew: false };
      if (way === 'trial') return { kind: way, build: await this.newPurchases.trial(tx, purchase) };
      if (way === 'invoice') return { kind: way, build: await this.newPurchases.upgrade(tx, purchase), isNew: true };
      await this.newPurchases.scheduled(tx, purchase);
      return { kind: way, build: null };
    });
  }

  private async carryOut(build: InvoiceBuild, isNew: boolean): Promise<PurchaseResult> {
    try {
      const { step, stripeInvoiceId, content } = await this.builder.complete(build.id, isNew);
      const outcome =
        content.chargeAutomatically && step !== BUILD_STEP.paid ? await this.builder.charge(build.id) : undefined;
      if (outcome && outcome.kind !== 'paid') throw outcomeError(outcome);
      return { kind: 'invoice', stripeInvoiceId: stripeInvoiceId ?? '' };
    } catch (error) {
      // Nothing of a purchase that failed may be paid later. Where Stripe cannot be reached, the next pass takes it back.
      const end = await this.builder.abandon(build.id).catch(() => 'unknown' as const);
      if (end !== 'paid') throw error;
      const { stripeInvoiceId } = await this.builder.complete(build.id);
      return { kind: 'invoice', stripeInvoiceId: stripeInvoiceId ?? '' };
    }
  }

  /** The trial has begun; where Stripe cannot be reached its invoice follows with the next pass. */
  private async sendTrialInvoice(build: InvoiceBuild): Promise<void> {
    try {
      await this.builder.complete(build.id, true);
    } catch {
      this.logger.warn('the invoice of a trial is sent later', { buildId: build.id });
    }
  }

  /** Stripe's customer, with a card on file. */
  private async withCard({ owner, way }: PurchaseDecision): Promise<string> {
    const id = owner?.customer.stripeCustomerId ?? null;
    const payment = id === null ? undefined : (await this.gateway.customer(id))?.defaultPayment;
    if (id !== null && payment?.kind === 'card') return id;
    const purposes = {
      invoice: 'before upgrading',
      trial: 'before starting your free trial',
      scheduled: 'to schedule your upgrade',
    } as const;
    throw refusal('card-missing', { purpose: purposes[way] });
  }
}

function outcomeError(outcome: Exclude<PaymentOutcome, { kind: 'paid' }>): AppError {
  if (outcome.kind === 'no-payment-method') return refusal('card-missing', { purpose: 'before upgrading' });
  return outcome.kind === 'not-payable' ? refusal('superseded') : customerError(outcome.message, 'card error');
}
