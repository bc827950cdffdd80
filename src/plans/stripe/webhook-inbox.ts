import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, LessThan } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { EVENT_STATUS, type HandlerError, StripeEvent } from '../customers/stripe-event.entity.js';
import { StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { StripeSession } from '../customers/stripe-session.entity.js';
import type { BillingEvent } from './billing-objects.js';

/** The events that are handled; others are acknowledged and forgotten. */
export const HANDLED_EVENTS = ['checkout.session.completed', 'invoice.paid', 'invoice.voided'] as const;

export type HandledEvent = (typeof HANDLED_EVENTS)[number];

/** An event that was not handled, for operators. */
export interface StuckEvent {
  readonly id: string;
  readonly stripeEventId: string;
  readonly type: string;
  readonly customerId: string;
  readonly receivedAt: Date;
  readonly attempts: number;
  /** Null: it is still being tried. */
  readonly error: HandlerError | null;
}

/** How the inbox fares. */
export interface InboxFigures {
  readonly waiting: number;
  /** Age of the oldest one that waits; 0 where none does. */
  readonly oldestSeconds: number;
  /** Refused charges of saved cards are among them. */
  readonly failed: number;
}

const FIGURES = `
  SELECT (SELECT count(*)::int FROM stripe_events WHERE status = 40) AS failed, count(*)::int AS waiting,
    GREATEST(0, EXTRACT(epoch FROM $1::timestamptz - min(received_at)))::float8 AS "oldestSeconds"
  FROM stripe_events WHERE status < 40`;

const INSERT = `
  INSERT INTO stripe_events (stripe_event_id, type, customer_id, session_id, invoice_id, received_at)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (stripe_event_id) DO NOTHING RETURNING id`;

/** What came in from Stripe. Once an event is acknowledged it is here, and the same one never comes in twice. */
@Injectable()
export class WebhookInbox {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Takes an event in; answers whose it is, or undefined where there is nothing to be done for it. */
  async take({ id, type, objectId }: BillingEvent): Promise<string | undefined> {
    if (!(HANDLED_EVENTS as readonly string[]).includes(type)) return undefined;
    const { manager } = this.database;
    const [session, invoice] =
      type === 'checkout.session.completed'
        ? [await manager.findOneBy(StripeSession, { stripeSessionId: objectId }), null]
        : [null, await manager.findOneBy(StripeInvoice, { stripeInvoiceId: objectId })];
    const customerId = (session ?? invoice)?.customerId;
    if (customerId === undefined) return undefined;
    const values = [id, type, customerId, session?.id ?? null, invoice?.id ?? null, this.clock.now()];
    const rows = await manager.query<{ id: string }[]>(INSERT, values);
    return rows.length > 0 ? customerId : undefined;
  }

  /** The oldest event of a customer that is not handled. */
  next(customerId: string): Promise<StripeEvent | null> {
    return this.database.manager.findOne(StripeEvent, {
      where: { customerId, status: LessThan(EVENT_STATUS.failed as StripeEvent['status']) },
      order: { id: 'ASC' },
    });
  }

  /** The customers who have events that are not handled. */
  async waiting(): Promise<string[]> {
    const rows = await this.database.manager.query<{ id: string }[]>(
      'SELECT customer_id AS id FROM stripe_events WHERE status < 40 GROUP BY customer_id ORDER BY min(id)',
    );
    return rows.map(({ id }) => id);
  }

  /** Notes a try. */
  async started(event: StripeEvent): Promise<void> {
    await this.database.manager.query(
      'UPDATE stripe_events SET status = 30, attempts = attempts + 1, handled_at = $2 WHERE id = $1 AND status < 40',
      [event.id, this.clock.now()],
    );
  }

  /** Locks an event in the transaction of its effects; false where it is handled already. */
  async claim(tx: EntityManager, event: StripeEvent): Promise<boolean> {
    const row = await tx.findOne(StripeEvent, { where: { id: event.id }, lock: { mode: 'for_no_key_update' } });
    return row !== null && row.status < EVENT_STATUS.failed;
  }

  async succeeded(tx: EntityManager, event: StripeEvent): Promise<void> {
    await tx.update(StripeEvent, { id: event.id }, { status: EVENT_STATUS.succeeded, handledAt: this.clock.now() });
  }

  async failed(tx: EntityManager, event: StripeEvent, handlerError: HandlerError): Promise<void> {
    const changes = { status: EVENT_STATUS.failed, handlerError: { ...handlerError }, handledAt: this.clock.now() };
    await tx.update(StripeEvent, { id: event.id }, changes);
  }

  /** How many events wait, and failed. */
  async figures(): Promise<InboxFigures> {
    const [row] = await this.database.query<InboxFigures[]>(FIGURES, [this.clock.now()]);
    return { waiting: row?.waiting ?? 0, oldestSeconds: row?.oldestSeconds ?? 0, failed: row?.failed ?? 0 };
  }

  /** Events that failed, and those that have been tried for longer than `minutes`; newest first, at most 200. */
  async stuck(minutes = 10): Promise<StuckEvent[]> {
    const since = new Date(this.clock.millis() - minutes * 60_000);
    const rows = await this.database.manager.find(StripeEvent, {
      where: [
        { status: EVENT_STATUS.failed },
        { status: LessThan(EVENT_STATUS.failed as StripeEvent['status']), receivedAt: LessThan(since) },
      ],
      order: { id: 'DESC' },
      take: 200,
    });
    return rows.map(({ id, stripeEventId, type, customerId, receivedAt, attempts, handlerError }) => ({
      ...{ id, stripeEventId, type, customerId, receivedAt, attempts },
      error: handlerError,
    }));
  }
}
