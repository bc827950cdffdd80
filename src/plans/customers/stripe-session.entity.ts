import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** Where a checkout was started from. */
export const SESSION_TYPE = { cardUpdateFromBillingPage: 40, cardUpdateFromUpgradePage: 50 } as const;

export const SESSION_STATUS = { created: 1, completed: 10 } as const;

/** A checkout at Stripe in which somebody enters a card. */
@Entity('stripe_sessions')
@Index('stripe_sessions_stripe_session_key', ['stripeSessionId'], { unique: true })
@Index('stripe_sessions_customer_idx', ['customerId'])
@Check('stripe_sessions_values', 'type IN (40, 50) AND status IN (1, 10)')
@Check('stripe_sessions_one_actor', 'realm_billing_user_id IS NULL OR server_billing_user_id IS NULL')
@Index('stripe_sessions_realm_user_idx', ['realmBillingUserId'], { where: '"realm_billing_user_id" IS NOT NULL' })
@Index('stripe_sessions_server_user_idx', ['serverBillingUserId'], { where: '"server_billing_user_id" IS NOT NULL' })
export class StripeSession {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'stripe_sessions_pkey',
  })
  id!: string;

  @Column('bigint')
  customerId!: string;

  @Column('varchar', { length: 255 })
  stripeSessionId!: string;

  @Column('smallint')
  type!: (typeof SESSION_TYPE)[keyof typeof SESSION_TYPE];

  @Column('smallint', { default: 1 })
  status!: (typeof SESSION_STATUS)[keyof typeof SESSION_STATUS];

  @Column('boolean', { default: false })
  isManualLicenseManagementUpgradeSession!: boolean;

  /** That the upgrade page was opened for. */
  @Column('smallint', { nullable: true })
  tier!: number | null;

  /** Who started it: audit events of its completion name them. */
  @Column('bigint', { nullable: true })
  realmBillingUserId!: string | null;

  @Column('bigint', { nullable: true })
  serverBillingUserId!: string | null;

  @Column('timestamptz')
  createdAt!: Date;
}
