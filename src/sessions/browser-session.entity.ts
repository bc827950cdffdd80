import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One browser's session on one site. */
@Entity('browser_sessions')
@Index('browser_sessions_expires_at_idx', ['expiresAt'])
export class BrowserSession {
  /** SHA-256 of the id in the cookie: who reads the table cannot log in with it. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'browser_sessions_pkey' })
  idDigest!: Buffer;

  @Column('text')
  site!: string;

  @Column('jsonb')
  content!: object;

  @Column('timestamptz')
  expiresAt!: Date;
}
