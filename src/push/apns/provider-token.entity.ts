import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The provider token of a signing key of Apple's. Read and written by `DatabaseTokenStore` alone. */
@Entity('provider_tokens')
export class ProviderTokenRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'provider_tokens_pkey' })
  teamId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'provider_tokens_pkey' })
  keyId!: string;

  @Column('timestamptz')
  issuedAt!: Date;

  /** When a token was last given up before its time, because Apple called it expired. */
  @Column('timestamptz', { nullable: true })
  renewedEarlyAt!: Date | null;

  /** The token as a JWE, see `token-seal.ts`. */
  @Column('text')
  sealedToken!: string;
}
