import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The link by which an operator sets a password; one per operator, gone once it was used. */
@Entity('operator_links')
@Index('operator_links_token_digest_key', ['tokenDigest'], { unique: true })
export class OperatorLink {
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'operator_links_pkey' })
  operatorId!: string;

  /** SHA-256 of the token in the link. */
  @Column('bytea')
  tokenDigest!: Buffer;

  @Column('timestamptz')
  expiresAt!: Date;
}
