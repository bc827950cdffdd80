import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { BillableTier } from '../catalogue/tiers.js';

/** A fixed price that was negotiated, to be taken by buying its tier. */
@Entity('plan_offers')
@Index('plan_offers_customer_idx', ['customerId'])
@Index('plan_offers_configured_key', ['customerId'], { unique: true, where: '"status" = 1' })
@Check('plan_offers_values', 'tier IN (103, 104) AND status IN (1, 2) AND fixed_price > 0')
export class PlanOffer {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'plan_offers_pkey',
  })
  id!: string;

  @Column('bigint')
  customerId!: string;

  @Column('smallint')
  tier!: BillableTier;

  /** Cents a year. */
  @Column('integer')
  fixedPrice!: number;

  /** 1: configured; 2: processed. */
  @Column('smallint', { default: 1 })
  status!: 1 | 2;

  /** An invoice that was made by hand at Stripe: who pays it takes the offer. */
  @Column('varchar', { length: 255, nullable: true })
  sentInvoiceId!: string | null;

  @Column('timestamptz')
  createdAt!: Date;
}
