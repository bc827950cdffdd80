import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A link by which somebody logs in who reads the mail of an address. */
@Entity('portal_links')
@Index('portal_links_key', ['keyDigest'], { unique: true })
@Index('portal_links_server_idx', ['serverId'])
@Index('portal_links_realm_idx', ['realmId'], { where: '"realm_id" IS NOT NULL' })
@Index('portal_links_expires_idx', ['expiresAt'])
@Check(
  'portal_links_kind',
  `CASE kind WHEN 'server' THEN realm_id IS NULL WHEN 'realm' THEN realm_id IS NOT NULL AND user_uuid IS NOT NULL ELSE false END`,
)
export class PortalLink {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'portal_links_pkey',
  })
  id!: string;

  @Column('text')
  kind!: 'realm' | 'server';

  /** SHA-256 of the key in the link. */
  @Column('bytea')
  keyDigest!: Buffer;

  @Column('bigint')
  serverId!: string;

  @Column('bigint', { nullable: true })
  realmId!: string | null;

  @Column('varchar', { length: 254 })
  email!: string;

  /** The realm's user, as its server vouched for them. */
  @Column('uuid', { nullable: true })
  userUuid!: string | null;

  /** The user's name at home, to be proposed. */
  @Column('text', { default: '' })
  fullName!: string;

  @Column('text', { nullable: true })
  uriScheme!: 'http://' | 'https://' | null;

  @Column('text', { nullable: true })
  nextPage!: string | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;

  /** Links of realms are good once. */
  @Column('timestamptz', { nullable: true })
  usedAt!: Date | null;
}
