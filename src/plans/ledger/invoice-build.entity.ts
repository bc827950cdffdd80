import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { InvoiceContent } from './invoice-content.js';

/** What an invoice is made for. */
export const BUILD_PURPOSE = {
  upgrade: 1,
  trial: 2,
  /** Renewals and extra licenses. */
  pass: 3,
  /** In place of a trial's invoice, for another number of licenses. */
  trialChange: 4,
} as const;

/** What Stripe has confirmed so far. A build that is not finished is taken up again from here. */
export const BUILD_STEP = {
  planned: 1,
  created: 2,
  linesWritten: 3,
  finalized: 4,
  /** Charged to a card. */
  paid: 5,
  /** Voided, or never made because something before it failed for good. */
  abandoned: 9,
} as const;

/**
 * One invoice that the service makes at Stripe: what it is to contain, decided once, and how far it has come. Every request to Stripe
 * carries a key made of this row's id and the step, so that a repeated one changes nothing.
 */
@Entity('invoice_builds')
@Index('invoice_builds_customer_idx', ['customerId', 'id'])
@Index('invoice_builds_plan_idx', ['planId'])
@Index('invoice_builds_pass_key', ['planId', 'passTime'], { unique: true, where: '"purpose" = 3' })
@Index('invoice_builds_stripe_invoice_key', ['stripeInvoiceId'], { unique: true })
@Index('invoice_builds_open_idx', ['id'], { where: '"step" < 4' })
@Check('invoice_builds_values', 'purpose BETWEEN 1 AND 4 AND (step BETWEEN 1 AND 5 OR step = 9)')
@Check('invoice_builds_pass', '(purpose = 3) = (pass_time IS NOT NULL) AND (purpose = 1 OR plan_id IS NOT NULL)')
@Check('invoice_builds_created', 'step IN (1, 9) OR stripe_invoice_id IS NOT NULL')
@Check('invoice_builds_flat_months', 'flat_months_used BETWEEN 0 AND 12')
export class InvoiceBuild {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'invoice_builds_pkey',
  })
  id!: string;

  @Column('bigint')
  customerId!: string;

  /** Null for an upgrade, whose payment makes the plan. */
  @Column('bigint', { nullable: true })
  planId!: string | null;

  /** The time of the invoicing pass: one plan has one invoice for each. */
  @Column('timestamptz', { nullable: true })
  passTime!: Date | null;

  @Column('smallint')
  purpose!: (typeof BUILD_PURPOSE)[keyof typeof BUILD_PURPOSE];

  @Column('jsonb')
  content!: InvoiceContent;

  @Column('smallint', { default: 1 })
  step!: (typeof BUILD_STEP)[keyof typeof BUILD_STEP];

  /** Counts the invoices that were begun: Stripe may close one before it is complete. */
  @Column('smallint', { default: 1 })
  attempt!: number;

  @Column('varchar', { length: 255, nullable: true })
  stripeInvoiceId!: string | null;

  /** Months of the flat discount that it contains, taken from the customer when it was planned. */
  @Column('smallint', { default: 0 })
  flatMonthsUsed!: number;

  /** They were given back, because it was voided. */
  @Column('boolean', { default: false })
  flatMonthsReturned!: boolean;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;
}
