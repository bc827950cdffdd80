import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A registered Zulip installation. Its key is kept as a digest only; its last request is in `remote_server_activity`. */
@Entity('remote_servers')
@Index('remote_servers_uuid_key', ['uuid'], { unique: true })
@Index('remote_servers_hostname_idx', ['hostname'])
export class RemoteServer {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'remote_servers_pkey',
  })
  id!: string;

  @Column('uuid')
  uuid!: string;

  /** SHA-256 of the key. The key is 64 random characters, so a plain digest cannot be searched. */
  @Column('bytea')
  keyDigest!: Buffer;

  @Column('varchar', { length: 128 })
  hostname!: string;

  @Column('varchar', { length: 254 })
  contactEmail!: string;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;

  @Column('varchar', { length: 128, nullable: true })
  lastVersion!: string | null;

  @Column('varchar', { length: 128, nullable: true })
  lastMergeBase!: string | null;

  /** Null: older than 8.0, or never uploaded. Such a server is told of a refused push by another code. */
  @Column('integer', { nullable: true })
  lastApiFeatureLevel!: number | null;

  @Column('boolean', { default: false })
  deactivated!: boolean;

  @Column('smallint', { default: 100 })
  planType!: number;

  @Column('smallint', { default: 0 })
  orgType!: number;

  @Column('timestamptz', { nullable: true })
  lastAuditLogUpdate!: Date | null;
}
