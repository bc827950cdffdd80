import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

export const EVENT_STATUS = { received: 1, started: 30, failed: 40, succeeded: 50 } as const;

/** What a failed handler tells the customer, and operators. */
export interface HandlerError {
  readonly message: string;
  readonly description: string;
}

/**
 * The inbox of Stripe's webhook: an event is here, under Stripe's id, before its handler runs, and the same id never comes in twice.
 * Events of one customer are handled one after the other.
 */
@Entity('stripe_events')
@Index('stripe_events_stripe_event_key', ['stripeEventId'], { unique: true })
@Index('stripe_events_customer_idx', ['customerId', 'id'])
@Index('stripe_events_session_idx', ['sessionId'])
@Index('stripe_events_invoice_idx', ['invoiceId'])
@Index('stripe_events_open_idx', ['id'], { where: '"status" < 40' })
@Index('stripe_events_failed_idx', ['id'], { where: '"status" = 40' })
@Check('stripe_events_status', 'status IN (1, 30, 40, 50)')
@Check('stripe_events_one_object', '(session_id IS NULL) <> (invoice_id IS NULL)')
export class StripeEvent {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'stripe_events_pkey',
  })
  id!: string;

  @Column('varchar', { length: 255 })
  stripeEventId!: string;

  @Column('varchar', { length: 255 })
  type!: string;

  @Column('bigint')
  customerId!: string;

  @Column('bigint', { nullable: true })
  sessionId!: string | null;

  @Column('bigint', { nullable: true })
  invoiceId!: string | null;

  @Column('smallint', { default: 1 })
  status!: (typeof EVENT_STATUS)[keyof typeof EVENT_STATUS];

  @Column('jsonb', { nullable: true })
  handlerError!: HandlerError | null;

  /** How often its handler was started. */
  @Column('smallint', { default: 0 })
  attempts!: number;

  @Column('timestamptz')
  receivedAt!: Date;

  /** When its handler was started last, or ended. */
  @Column('timestamptz', { nullable: true })
  handledAt!: Date | null;
}
