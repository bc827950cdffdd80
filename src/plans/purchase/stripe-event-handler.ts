import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { isUnavailable, safeDescription } from '../../protocol/error-description.js';
import { descriptionOf, generalFailure } from '../catalogue/refusals.js';
import { Customers } from '../customers/customers.js';
import type { StripeEvent } from '../customers/stripe-event.entity.js';
import { StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { BillingNotices } from '../invoicing/billing-notices.js';
import { BillingProblem } from '../stripe/billing-problem.js';
import { type HandledEvent, WebhookInbox } from '../stripe/webhook-inbox.js';
import { PaidInvoices } from './paid-invoices.js';
import { ProviderErrors } from './provider-errors.js';
import { StripeEffects } from './stripe-effects.js';

/** After so many tries, about a day of them, an event is left to operators. */
const MAX_ATTEMPTS = 1_500;

/**
 * Handles what came in from Stripe, one customer's events one after the other, in any order in which they came: what an event names is
 * read afresh. Its effects and its end are one transaction.
 */
@Injectable()
export class StripeEventHandler {
  private readonly logger = new Logger(StripeEventHandler.name);

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(WebhookInbox) private readonly inbox: WebhookInbox,
    @Inject(StripeEffects) private readonly effects: StripeEffects,
    @Inject(PaidInvoices) private readonly paidInvoices: PaidInvoices,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(BillingNotices) private readonly notices: BillingNotices,
    @Inject(ProviderErrors) private readonly errors: ProviderErrors,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Handles what waits of a customer. Stops at an event that has to be tried again later. */
  async handle(customerId: string): Promise<void> {
    for (let event = await this.inbox.next(customerId); event; event = await this.inbox.next(customerId)) {
      if (!(await this.tryOne(event))) return;
    }
  }

  /** Handles what waits of everybody. */
  async handleAll(): Promise<void> {
    for (const customerId of await this.inbox.waiting()) await this.handle(customerId);
  }

  private async tryOne(event: StripeEvent): Promise<boolean> {
    await this.inbox.started(event);
    try {
      await this.effects[EFFECTS[event.type as HandledEvent]](event);
      return true;
    } catch (error) {
      if (isTransient(error) && event.attempts < MAX_ATTEMPTS) {
        this.logger.warn('an event of Stripe is tried again later', { event: event.stripeEventId, type: event.type });
        return false;
      }
      await this.fail(event, error);
      return true;
    }
  }

  private async fail(event: StripeEvent, error: unknown): Promise<void> {
    const known = this.errors.translate(error);
    const failure =
      known instanceof AppError ? known : generalFailure(this.settings.mail.supportEmail, 'uncaught exception');
    const description = descriptionOf(failure);
    const facts = { event: event.stripeEventId, type: event.type, customerId: event.customerId, description };
    if (known instanceof AppError) this.logger.warn('an event of Stripe could not be handled', facts);
    else this.logger.error('handling an event of Stripe failed', { ...facts, error: safeDescription(error) });
    await this.database.transaction(async (tx) => {
      const owner = await this.customers.lock(tx, event.customerId);
      if (!(await this.inbox.claim(tx, event))) return;
      await this.inbox.failed(tx, event, { message: failure.clientMessage, description });
      if (event.invoiceId === null || !owner) return;
      if (event.type === 'invoice.paid') await this.paidInvoices.note(tx, event.invoiceId);
      if (!(known instanceof AppError)) return;
      const invoice = await tx.findOneByOrFail(StripeInvoice, { id: event.invoiceId });
      const values = { problem: description, invoice: invoice.stripeInvoiceId ?? '' };
      await this.notices.send(tx, owner.holder, 'invoice-event-failed', values);
    });
  }
}

const EFFECTS = {
  'checkout.session.completed': 'cardSaved',
  'invoice.paid': 'invoicePaid',
  'invoice.voided': 'invoiceVoided',
} as const;

function isTransient(error: unknown): boolean {
  if (error instanceof BillingProblem) return error.kind === 'temporary' || error.kind === 'not-configured';
  return isUnavailable(error);
}
