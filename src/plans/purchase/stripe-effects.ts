import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { AppError } from '../../common/errors.js';
import { AuditNotes } from '../../registration/audit/audit-notes.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { descriptionOf } from '../catalogue/refusals.js';
import { Customers, type LockedCustomer } from '../customers/customers.js';
import type { StripeEvent } from '../customers/stripe-event.entity.js';
import { INVOICE_STATUS, StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { SESSION_STATUS, StripeSession } from '../customers/stripe-session.entity.js';
import { BillingFault } from '../invoicing/billing-fault.js';
import { InvoiceBuilder } from '../invoicing/invoice-builder.js';
import { InvoiceBuilds } from '../invoicing/invoice-builds.js';
import { InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import type { BillingInvoice, PaymentOutcome } from '../stripe/billing-objects.js';
import { WebhookInbox } from '../stripe/webhook-inbox.js';
import { actorOf } from './new-purchases.js';
import { PaidInvoices } from './paid-invoices.js';
import type { PaidPlan } from './paid-plans.js';
import { customerError } from './provider-errors.js';

/** What the events of Stripe bring about. */
@Injectable()
export class StripeEffects {
  private readonly logger = new Logger(StripeEffects.name);

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(WebhookInbox) private readonly inbox: WebhookInbox,
    @Inject(PaidInvoices) private readonly paidInvoices: PaidInvoices,
    @Inject(InvoiceBuilder) private readonly builder: InvoiceBuilder,
    @Inject(InvoiceBuilds) private readonly builds: InvoiceBuilds,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
  ) {}

  /** An invoice was paid: its plan is made. */
  async invoicePaid(event: StripeEvent): Promise<void> {
    // Read before the transaction: none waits for the network.
    const { manager } = this.database;
    const row = await manager.findOneByOrFail(StripeInvoice, { id: event.invoiceId ?? '' });
    const invoice = await this.gateway.invoice(row.stripeInvoiceId ?? '');
    if (invoice?.status !== 'paid') throw new BillingFault('invoice-lost');
    await this.bill(await this.once(event, (tx, owner) => this.paidInvoices.paid(tx, owner, row.id, invoice)));
  }

  /** What `invoicePaid` does, for a payment of which Stripe's event never came; false where nothing was left to be done. */
  async paymentFound(row: StripeInvoice): Promise<boolean> {
    const invoice = await this.gateway.invoice(row.stripeInvoiceId ?? '');
    if (invoice?.status !== 'paid') return false;
    let isNew = false;
    const work = this.database.transaction(async (tx) => {
      const owner = await this.customers.lock(tx, row.customerId);
      isNew = await tx.existsBy(StripeInvoice, { id: row.id, status: INVOICE_STATUS.sent });
      return owner && this.paidInvoices.paid(tx, owner, row.id, invoice);
    });
    try {
      await this.bill(await work);
      return isNew;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // Nobody can do anything about it but a person, so it is not tried for ever.
      this.logger.error('a payment came in that makes no plan', { invoiceId: row.id, reason: descriptionOf(error) });
      await this.paidInvoices.note(this.database.manager, row.id);
      return true;
    }
  }

  /** An invoice was voided: it makes no plan, and its months of discount go back. */
  async invoiceVoided(event: StripeEvent): Promise<void> {
    const { manager } = this.database;
    const row = await manager.findOneByOrFail(StripeInvoice, { id: event.invoiceId ?? '' });
    const invoice = await this.gateway.invoice(row.stripeInvoiceId ?? '');
    await this.once(event, (tx, owner) => this.noteVoid(tx, owner, row, invoice));
  }

  /** What `invoiceVoided` does, where Stripe's event never came; false where nothing was left to be done. */
  voidFound(row: StripeInvoice, invoice: BillingInvoice): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const owner = await this.customers.lock(tx, row.customerId);
      return owner ? this.noteVoid(tx, owner, row, invoice) : false;
    });
  }

  private async noteVoid(
    tx: EntityManager,
    owner: LockedCustomer,
    row: StripeInvoice,
    invoice: BillingInvoice | undefined,
  ): Promise<boolean> {
    if (invoice?.status !== 'void') return false;
    // Another invoice may be about to take its place.
    const build = row.buildId === null ? null : await tx.findOneBy(InvoiceBuild, { id: row.buildId });
    if (build && build.stripeInvoiceId !== invoice.id) return false;
    const sent = { id: row.id, status: INVOICE_STATUS.sent };
    const { affected } = await tx.update(StripeInvoice, sent, { status: INVOICE_STATUS.void });
    if (row.buildId !== null) await this.builds.giveBack(tx, owner, row.buildId);
    return affected === 1;
  }

  /** A card was saved: invoices are paid by it from now on, those that are open too. */
  async cardSaved(event: StripeEvent): Promise<void> {
    const { manager } = this.database;
    const session = await manager.findOneByOrFail(StripeSession, { id: event.sessionId ?? '' });
    await manager.update(StripeSession, { id: session.id }, { status: SESSION_STATUS.completed });
    const visit = await this.gateway.cardSetup(session.stripeSessionId);
    if (!visit?.customerId || !visit.paymentMethodId) throw new BillingFault('invoice-lost');
    const key = `stripe_event:${event.stripeEventId}`;
    await this.gateway.setDefaultPayment(visit.customerId, visit.paymentMethodId, `${key}:default`);
    await this.payOpen(visit.customerId, key);
    await this.once(event, (tx, owner) =>
      this.audit.note(tx, owner.holder, BILLING_EVENT.cardChanged, {}, actorOf(session)),
    );
  }

  private async payOpen(customerId: string, key: string): Promise<void> {
    const open = await this.gateway.invoices({ customerId, status: 'open', collection: 'card' });
    for (const { id } of open.reverse()) {
      const outcome = await this.gateway.payInvoice(id, `${key}:pay:${id}`);
      if (outcome.kind !== 'paid' && outcome.kind !== 'not-payable') throw declined(outcome);
    }
  }

  /** Does something for an event and ends it, in one transaction; nothing where that was done. */
  private once<T>(
    event: StripeEvent,
    work: (tx: EntityManager, owner: LockedCustomer) => Promise<T>,
  ): Promise<T | undefined> {
    return this.database.transaction(async (tx) => {
      const owner = await this.customers.lock(tx, event.customerId);
      if (!owner || !(await this.inbox.claim(tx, event))) return undefined;
      const result = await work(tx, owner);
      await this.inbox.succeeded(tx, event);
      return result;
    });
  }

  /** Users came while the first invoice was under way. Where Stripe fails now, the next pass goes on. */
  private async bill(plan: PaidPlan | undefined): Promise<void> {
    if (!plan?.invoice) return;
    const buildId = plan.invoice.id;
    await this.builder.complete(buildId, true).catch(() => {
      this.logger.warn('an invoice is made later', { buildId });
    });
  }
}

function declined(outcome: Exclude<PaymentOutcome, { kind: 'paid' | 'not-payable' }>) {
  return customerError(outcome.message, outcome.kind === 'declined' ? 'card error' : outcome.kind);
}
