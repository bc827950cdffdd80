import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** One attempt to have a host verified, whatever came of it; kept for as long as the budget counts it. */
@Entity('host_verifications')
@Index('host_verifications_attempted_at_idx', ['attemptedAt'])
export class HostVerificationAttempt {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'host_verifications_pkey',
  })
  id!: string;

  @Column('timestamptz')
  attemptedAt!: Date;
}
