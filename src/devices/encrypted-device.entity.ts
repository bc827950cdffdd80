import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/**
 * A device that gets end-to-end-encrypted notifications: it registered itself, sealed from its own server. Two accounts of one
 * organization on one phone share a row.
 */
@Entity('encrypted_devices')
@Index('encrypted_devices_token_id_key', ['remoteRealmId', 'tokenId'], { unique: true })
@Index('encrypted_devices_token_idx', ['remoteRealmId', 'tokenDigest', 'kind'])
@Index('encrypted_devices_server_id_idx', ['serverId'])
export class EncryptedDevice {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'encrypted_devices_pkey',
  })
  deviceId!: string;

  @Column('bigint')
  serverId!: string;

  @Column('bigint')
  remoteRealmId!: string;

  /** 1: APNs, 2: FCM. */
  @Column('smallint')
  kind!: number;

  @Column('varchar', { length: 4096 })
  token!: string;

  /** As for `Device`. */
  @Column('bytea')
  tokenDigest!: Buffer;

  /** The first eight bytes of the token's SHA-256, as a signed number: how newer servers name the device. */
  @Column('bigint')
  tokenId!: string;

  /** How Zulip 11 names the account it registered for. */
  @Column('bigint', { nullable: true })
  pushAccountId!: string | null;

  @Column('text', { nullable: true })
  iosAppId!: string | null;

  @Column('timestamptz')
  registeredAt!: Date;

  /** When its provider declared the token dead; the row stays. */
  @Column('timestamptz', { nullable: true })
  expiredAt!: Date | null;
}
