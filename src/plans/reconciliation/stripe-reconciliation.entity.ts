import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { DriftKind } from './drift.js';

/** One comparison with Stripe. A day has one, whichever node makes it. */
@Entity('stripe_reconciliations')
@Index('stripe_reconciliations_day_key', ['day'], { unique: true })
@Check('stripe_reconciliations_not_negative', 'customers >= 0 AND invoices >= 0')
export class StripeReconciliation {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'stripe_reconciliations_pkey',
  })
  id!: string;

  /** In UTC, as `2026-01-02`. */
  @Column('date')
  day!: string;

  @Column('timestamptz')
  startedAt!: Date;

  /** Null: it is under way, or was cut off. */
  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;

  /** Customers that were compared. */
  @Column('integer', { default: 0 })
  customers!: number;

  /** Open invoices that were compared, on either side. */
  @Column('integer', { default: 0 })
  invoices!: number;

  /** How many of each kind; kinds of which there are none are left out. */
  @Column('jsonb', { default: {} })
  findings!: Partial<Record<DriftKind, number>>;
}
