import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

export const INVOICE_STATUS = { sent: 1, paid: 2, void: 3 } as const;

/**
 * An invoice whose payment makes a plan: of an upgrade, of a trial paid by invoice, or one made by hand for an offer. Those of renewals and
 * extra licenses are not here.
 */
@Entity('stripe_invoices')
@Index('stripe_invoices_stripe_invoice_key', ['stripeInvoiceId'], { unique: true })
@Index('stripe_invoices_build_key', ['buildId'], { unique: true })
@Index('stripe_invoices_customer_idx', ['customerId', 'id'])
@Index('stripe_invoices_plan_idx', ['planId'])
@Index('stripe_invoices_realm_user_idx', ['realmBillingUserId'], { where: '"realm_billing_user_id" IS NOT NULL' })
@Index('stripe_invoices_server_user_idx', ['serverBillingUserId'], { where: '"server_billing_user_id" IS NOT NULL' })
@Check('stripe_invoices_status', 'status IN (1, 2, 3)')
@Check('stripe_invoices_has_origin', 'stripe_invoice_id IS NOT NULL OR build_id IS NOT NULL')
@Check('stripe_invoices_one_actor', 'realm_billing_user_id IS NULL OR server_billing_user_id IS NULL')
export class StripeInvoice {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'stripe_invoices_pkey',
  })
  id!: string;

  @Column('bigint')
  customerId!: string;

  /** Null while it is being made: the row is there before Stripe is asked, so that whatever fails can be undone. */
  @Column('varchar', { length: 255, nullable: true })
  stripeInvoiceId!: string | null;

  /** How it is made; null for one that was made by hand. */
  @Column('bigint', { nullable: true })
  buildId!: string | null;

  /** Of a trial: its plan. */
  @Column('bigint', { nullable: true })
  planId!: string | null;

  @Column('smallint', { default: 1 })
  status!: (typeof INVOICE_STATUS)[keyof typeof INVOICE_STATUS];

  @Column('boolean', { default: false })
  isCreatedForFreeTrialUpgrade!: boolean;

  /** Who bought: audit events of the payment name them, though nobody acts when it arrives. */
  @Column('bigint', { nullable: true })
  realmBillingUserId!: string | null;

  @Column('bigint', { nullable: true })
  serverBillingUserId!: string | null;

  @Column('timestamptz')
  createdAt!: Date;
}
