import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/**
 * A device that one user of one server wants pushes on. Unique by `tokenDigest`, not by the token: tokens may be longer than an
 * index entry can be.
 */
@Entity('devices')
@Index('devices_user_id_key', ['serverId', 'userId', 'kind', 'tokenDigest'], {
  unique: true,
  where: '"user_id" IS NOT NULL',
})
@Index('devices_user_uuid_key', ['serverId', 'userUuid', 'kind', 'tokenDigest'], {
  unique: true,
  where: '"user_uuid" IS NOT NULL',
})
@Index('devices_token_idx', ['tokenDigest', 'kind'])
@Index('devices_remote_realm_id_idx', ['remoteRealmId'])
export class Device {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'devices_pkey',
  })
  id!: string;

  @Column('bigint')
  serverId!: string;

  @Column('bigint', { nullable: true })
  userId!: string | null;

  @Column('uuid', { nullable: true })
  userUuid!: string | null;

  @Column('bigint', { nullable: true })
  remoteRealmId!: string | null;

  /** 1: APNs, 2: FCM. */
  @Column('smallint')
  kind!: number;

  @Column('varchar', { length: 4096 })
  token!: string;

  /** SHA-256 of the token as it is compared: Apple's without regard to case, Google's exactly. */
  @Column('bytea')
  tokenDigest!: Buffer;

  @Column('text', { nullable: true })
  iosAppId!: string | null;

  @Column('timestamptz')
  registeredAt!: Date;
}
