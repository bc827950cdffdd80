import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A token that somebody has logged in with: it is good once. Kept until it would have run out anyway. */
@Entity('portal_used_tokens')
@Index('portal_used_tokens_expires_idx', ['expiresAt'])
export class UsedToken {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'portal_used_tokens_pkey' })
  tokenId!: string;

  @Column('timestamptz')
  expiresAt!: Date;
}
