import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Customers } from '../customers/customers.js';
import { EVENT_STATUS, StripeEvent } from '../customers/stripe-event.entity.js';
import { INVOICE_STATUS, StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { type InboxFigures, type StuckEvent, WebhookInbox } from '../stripe/webhook-inbox.js';
import { StripeEventHandler } from './stripe-event-handler.js';

export type { InboxFigures, StuckEvent } from '../stripe/webhook-inbox.js';

/** What came in from Stripe and was not handled, for operators. */
@Injectable()
export class StuckEvents {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(WebhookInbox) private readonly inbox: WebhookInbox,
    @Inject(StripeEventHandler) private readonly handler: StripeEventHandler,
    @Inject(Customers) private readonly customers: Customers,
  ) {}

  /** Events that failed, and those that have been tried for more than ten minutes; newest first, at most 200. */
  list(): Promise<StuckEvent[]> {
    return this.inbox.stuck();
  }

  /** How many wait, and failed. */
  figures(): Promise<InboxFigures> {
    return this.inbox.figures();
  }

  /**
   * Handles an event anew, after what stood in its way is gone. It may fail again: look at the list. False where there is no such event,
   * or where it is handled.
   *
   * @param id ours
   */
  async retry(id: string): Promise<boolean> {
    const customerId = await this.database.transaction(async (tx) => {
      const seen = await tx.findOneBy(StripeEvent, { id });
      if (!seen || !(await this.customers.lock(tx, seen.customerId))) return undefined;
      const event = await tx.findOneBy(StripeEvent, { id });
      if (!event || event.status === EVENT_STATUS.succeeded) return undefined;
      if (event.status !== EVENT_STATUS.failed) return event.customerId;
      await tx.update(StripeEvent, { id }, { status: EVENT_STATUS.received, handlerError: null, attempts: 0 });
      // The payment was noted without its plan, so that the customer is not asked for it again.
      if (event.type === 'invoice.paid' && event.invoiceId !== null) {
        const paid = { id: event.invoiceId, status: INVOICE_STATUS.paid };
        await tx.update(StripeInvoice, paid, { status: INVOICE_STATUS.sent });
      }
      return event.customerId;
    });
    if (customerId === undefined) return false;
    await this.handler.handle(customerId);
    return true;
  }
}
