import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/**
 * What a customer got back at Stripe, as a balance that the next invoices use up, because a plan made way for a higher tier. The row is
 * there before Stripe is asked; its id makes the request's key.
 */
@Entity('balance_credits')
@Index('balance_credits_customer_idx', ['customerId'])
@Index('balance_credits_plan_key', ['planId'], { unique: true })
@Index('balance_credits_stripe_transaction_key', ['stripeTransactionId'], { unique: true })
@Check('balance_credits_amount', 'amount > 0')
export class BalanceCredit {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'balance_credits_pkey',
  })
  id!: string;

  @Column('bigint')
  customerId!: string;

  /** The plan that made way. */
  @Column('bigint')
  planId!: string;

  /** Cents in the customer's favour. */
  @Column('integer')
  amount!: number;

  /** Null until Stripe has confirmed it. */
  @Column('varchar', { length: 255, nullable: true })
  stripeTransactionId!: string | null;

  @Column('timestamptz')
  createdAt!: Date;
}
