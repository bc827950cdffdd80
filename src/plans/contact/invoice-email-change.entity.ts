import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** That somebody wants invoices to go to another address, until whoever reads mail there has agreed. */
@Entity('invoice_email_changes')
@Index('invoice_email_changes_key', ['keyDigest'], { unique: true })
@Index('invoice_email_changes_customer_idx', ['customerId', 'requestedAt'])
@Index('invoice_email_changes_requested_idx', ['requestedAt'])
@Check('invoice_email_changes_one_actor', 'realm_billing_user_id IS NULL OR server_billing_user_id IS NULL')
@Index('invoice_email_changes_realm_user_idx', ['realmBillingUserId'], { where: '"realm_billing_user_id" IS NOT NULL' })
@Index('invoice_email_changes_server_user_idx', ['serverBillingUserId'], {
  where: '"server_billing_user_id" IS NOT NULL',
})
export class InvoiceEmailChange {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'invoice_email_changes_pkey',
  })
  id!: string;

  @Column('bigint')
  customerId!: string;

  @Column('varchar', { length: 254 })
  email!: string;

  /** SHA-256 of the key in the link. */
  @Column('bytea')
  keyDigest!: Buffer;

  @Column('timestamptz')
  requestedAt!: Date;

  /** When it was agreed to, and Stripe was told; null: not yet. */
  @Column('timestamptz', { nullable: true })
  confirmedAt!: Date | null;

  /** Who asked for it: the audit event names them, though nobody may be logged in when it is agreed to. */
  @Column('bigint', { nullable: true })
  realmBillingUserId!: string | null;

  @Column('bigint', { nullable: true })
  serverBillingUserId!: string | null;
}
