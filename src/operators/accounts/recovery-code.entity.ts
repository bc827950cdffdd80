import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A code that stands in for the second factor, once. Used ones go. */
@Entity('operator_recovery_codes')
export class RecoveryCode {
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'operator_recovery_codes_pkey' })
  operatorId!: string;

  /** SHA-256; the codes are random, so that no slower digest is needed. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'operator_recovery_codes_pkey' })
  codeDigest!: Buffer;

  @Column('timestamptz')
  createdAt!: Date;
}
