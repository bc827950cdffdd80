import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { InvoicingStatus, PlanStatus, Schedule } from '../catalogue/plan-status.js';
import type { Tier } from '../catalogue/tiers.js';
import type { PlanTerms } from '../rules/plan-terms.js';

/** A plan that a customer holds, held or is going to hold; rows are kept. Money is whole US cents. */
@Entity('plans')
@Index('plans_customer_idx', ['customerId', 'id'])
@Index('plans_live_key', ['customerId'], { unique: true, where: '"status" < 10' })
@Index('plans_never_started_key', ['customerId'], { unique: true, where: '"status" = 12' })
@Index('plans_next_invoice_date_idx', ['nextInvoiceDate'], { where: '"next_invoice_date" IS NOT NULL' })
@Index('plans_invoiced_through_idx', ['invoicedThroughId'])
@Check(
  'plans_values',
  'tier BETWEEN 101 AND 105 AND (status BETWEEN 1 AND 8 OR status IN (11, 12)) AND billing_schedule IN (1, 2) AND invoicing_status IN (1, 2, 3)',
)
@Check('plans_one_price', '(price_per_license IS NULL) <> (fixed_price IS NULL)')
@Check('plans_not_negative', 'price_per_license >= 0 AND fixed_price > 0')
@Check(
  'plans_fixed_price',
  'fixed_price IS NULL OR (end_date IS NOT NULL AND discount IS NULL AND automanage_licenses)',
)
@Check('plans_next_invoice_date', 'next_invoice_date IS NOT NULL OR tier = 102 OR status = 11')
export class Plan implements PlanTerms {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'plans_pkey',
  })
  id!: string;

  @Column('bigint')
  customerId!: string;

  @Column('smallint')
  tier!: Tier;

  @Column('smallint', { default: 1 })
  status!: PlanStatus;

  @Column('smallint')
  billingSchedule!: Schedule;

  /** Per license and cycle. Exactly one of the two prices is set. */
  @Column('integer', { nullable: true })
  pricePerLicense!: number | null;

  /** Per year, also where it is paid by the month. */
  @Column('integer', { nullable: true })
  fixedPrice!: number | null;

  /** Percent off the list price, as text to show; never computed with. */
  @Column('text', { nullable: true })
  discount!: string | null;

  @Column('boolean')
  automanageLicenses!: boolean;

  /** By card; otherwise Stripe mails invoices. */
  @Column('boolean')
  chargeAutomatically!: boolean;

  /** Whole seconds. Moves only when a trial turns into paid time. */
  @Column('timestamptz')
  billingCycleAnchor!: Date;

  /** When invoicing has to look next; null: never. */
  @Column('timestamptz', { nullable: true })
  nextInvoiceDate!: Date | null;

  /** The last row of the ledger that is billed. */
  @Column('bigint', { nullable: true })
  invoicedThroughId!: string | null;

  @Column('smallint', { default: 1 })
  invoicingStatus!: InvoicingStatus;

  @Column('timestamptz', { nullable: true })
  endDate!: Date | null;

  /** Operators were told that data of the customer are stale; until a pass succeeds. */
  @Column('boolean', { default: false })
  staleDataNoticeSent!: boolean;

  /** Operators were told that the fixed price ends soon. */
  @Column('boolean', { default: false })
  reviewReminderSent!: boolean;

  @Column('timestamptz')
  createdAt!: Date;
}
