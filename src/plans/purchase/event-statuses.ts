import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { refusal } from '../catalogue/refusals.js';
import { Customer } from '../customers/customer.entity.js';
import { EVENT_STATUS, StripeEvent } from '../customers/stripe-event.entity.js';
import { INVOICE_STATUS, StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { SESSION_STATUS, SESSION_TYPE, StripeSession } from '../customers/stripe-session.entity.js';

/** How far what Stripe told has been acted on. */
export interface EventHandlerReply {
  readonly status: 'not_started' | 'started' | 'failed' | 'succeeded';
  readonly error?: { readonly message: string; readonly description: string };
}

/** The answer about a visit to enter a card. */
export interface SessionReply {
  readonly session: {
    readonly status: 'created' | 'completed';
    readonly type: 'card_update_from_billing_page' | 'card_update_from_upgrade_page';
    readonly is_manual_license_management_upgrade_session: boolean;
    readonly tier: number | null;
    readonly event_handler?: EventHandlerReply;
  };
}

/** The answer about an invoice. */
export interface InvoiceReply {
  readonly stripe_invoice: {
    readonly status: 'sent' | 'paid' | 'void';
    readonly event_handler?: EventHandlerReply;
  };
}

/** Tells pages that wait how far a payment or a card has come; of their own customer only. */
@Injectable()
export class EventStatuses {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** The answer to a page's question. @throws AppError where it names neither, or nothing of theirs */
  async of(
    holder: Registrant,
    ids: { readonly stripe_session_id?: string | undefined; readonly stripe_invoice_id?: string | undefined },
  ): Promise<SessionReply | InvoiceReply> {
    if (ids.stripe_session_id !== undefined) return this.ofSession(holder, ids.stripe_session_id);
    if (ids.stripe_invoice_id !== undefined) return this.ofInvoice(holder, ids.stripe_invoice_id);
    throw refusal('event-not-named');
  }

  /** @throws AppError */
  async ofSession(holder: Registrant, stripeSessionId: string): Promise<SessionReply> {
    const customerId = await this.customerOf(holder);
    const session = await this.database.manager.findOneBy(StripeSession, { stripeSessionId, customerId });
    if (!session) throw refusal('session-unknown');
    const { isManualLicenseManagementUpgradeSession: isManual, tier, status, type } = session;
    return {
      session: {
        status: status === SESSION_STATUS.completed ? 'completed' : 'created',
        type:
          type === SESSION_TYPE.cardUpdateFromUpgradePage
            ? 'card_update_from_upgrade_page'
            : 'card_update_from_billing_page',
        is_manual_license_management_upgrade_session: isManual,
        tier,
        ...(await this.handler({ sessionId: session.id }, 'checkout.session.completed')),
      },
    };
  }

  /** @throws AppError */
  async ofInvoice(holder: Registrant, stripeInvoiceId: string): Promise<InvoiceReply> {
    const customerId = await this.customerOf(holder);
    const invoice = await this.database.manager.findOneBy(StripeInvoice, { stripeInvoiceId, customerId });
    if (!invoice) throw refusal('invoice-not-yours');
    switch (invoice.status) {
      case INVOICE_STATUS.paid:
        return {
          stripe_invoice: { status: 'paid', ...(await this.handler({ invoiceId: invoice.id }, 'invoice.paid')) },
        };
      case INVOICE_STATUS.void:
        return {
          stripe_invoice: { status: 'void', ...(await this.handler({ invoiceId: invoice.id }, 'invoice.voided')) },
        };
      default:
        return { stripe_invoice: { status: 'sent' } };
    }
  }

  private async customerOf(holder: Registrant): Promise<string> {
    const customer = await this.database.manager.findOneBy(Customer, holder);
    if (!customer) throw refusal('no-customer');
    return customer.id;
  }

  private async handler(
    of: { readonly sessionId: string } | { readonly invoiceId: string },
    type: string,
  ): Promise<{ readonly event_handler?: EventHandlerReply }> {
    const event = await this.database.manager.findOne(StripeEvent, { where: { ...of, type }, order: { id: 'DESC' } });
    if (!event) return {};
    const { status, handlerError: error } = event;
    return { event_handler: { status: NAMES[status], ...(error ? { error } : {}) } };
  }
}

const NAMES: Readonly<Record<StripeEvent['status'], EventHandlerReply['status']>> = {
  [EVENT_STATUS.received]: 'not_started',
  [EVENT_STATUS.started]: 'started',
  [EVENT_STATUS.failed]: 'failed',
  [EVENT_STATUS.succeeded]: 'succeeded',
};
