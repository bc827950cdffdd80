import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** An organization on a remote server. */
@Entity('remote_realms')
@Index('remote_realms_uuid_key', ['uuid'], { unique: true })
@Index('remote_realms_server_id_idx', ['serverId'])
@Index('remote_realms_plan_type_idx', ['planType'])
export class RemoteRealm {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'remote_realms_pkey',
  })
  id!: string;

  @Column('bigint')
  serverId!: string;

  /** Unique over all servers. */
  @Column('uuid')
  uuid!: string;

  /** Proof of ownership that only the organization's server knows; treated as a password. */
  @Column('text')
  uuidOwnerSecret!: string;

  @Column('text')
  host!: string;

  @Column('text', { default: '' })
  name!: string;

  @Column('boolean', { default: false })
  isSystemBotRealm!: boolean;

  @Column('jsonb', { default: {} })
  authenticationMethods!: Record<string, boolean>;

  @Column('smallint', { default: 0 })
  orgType!: number;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;

  @Column('boolean', { default: false })
  registrationDeactivated!: boolean;

  @Column('boolean', { default: false })
  realmDeactivated!: boolean;

  @Column('boolean', { default: false })
  realmLocallyDeleted!: boolean;

  @Column('timestamptz')
  realmDateCreated!: Date;

  @Column('smallint', { default: 100 })
  planType!: number;
}
