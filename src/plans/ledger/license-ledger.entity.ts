import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { LedgerRow } from '../rules/plan-terms.js';

/**
 * The history of a plan's licenses, in the order of ids. Rows are added and stay as they are, but for two cases: what complimentary access
 * renews with once a paid plan waits for its end, and the time of the renewal that a paid trial moves to its end.
 */
@Entity('license_ledger')
@Index('license_ledger_plan_idx', ['planId', 'id'])
@Check('license_ledger_not_negative', 'licenses >= 0 AND licenses_at_next_renewal >= 0')
export class LicenseLedger implements LedgerRow {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'license_ledger_pkey',
  })
  id!: string;

  @Column('bigint')
  planId!: string;

  @Column('boolean', { default: false })
  isRenewal!: boolean;

  /**
   * Of a row that follows an audit event, that event's time to the microsecond: copied in SQL, since a `Date` would lose what tells the row
   * from the event, and the event would be taken again.
   */
  @Column('timestamptz')
  eventTime!: Date;

  @Column('integer')
  licenses!: number;

  @Column('integer')
  licensesAtNextRenewal!: number;
}
