import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** A statistic of one realm for one interval; partitioned like `InstallationCount`. */
@Entity('remote_realm_counts')
@Index('remote_realm_counts_local_subgroup_key', ['serverId', 'realmId', 'property', 'subgroup', 'endTime'], {
  unique: true,
  where: '"subgroup" IS NOT NULL',
})
@Index('remote_realm_counts_local_total_key', ['serverId', 'realmId', 'property', 'endTime'], {
  unique: true,
  where: '"subgroup" IS NULL',
})
@Index('remote_realm_counts_remote_subgroup_key', ['remoteRealmId', 'property', 'subgroup', 'endTime'], {
  unique: true,
  where: '"subgroup" IS NOT NULL',
})
@Index('remote_realm_counts_remote_total_key', ['remoteRealmId', 'property', 'endTime'], {
  unique: true,
  where: '"subgroup" IS NULL',
})
@Index('remote_realm_counts_remote_id_idx', ['serverId', 'remoteId'], { where: '"remote_id" IS NOT NULL' })
@Index('remote_realm_counts_property_idx', ['property', 'endTime'])
@Index('remote_realm_counts_unlinked_idx', ['serverId', 'realmId'], { where: '"remote_realm_id" IS NULL' })
export class RealmCount {
  @PrimaryGeneratedColumn('increment', { type: 'bigint', primaryKeyConstraintName: 'remote_realm_counts_pkey' })
  id!: string;

  @PrimaryColumn('timestamptz', { primaryKeyConstraintName: 'remote_realm_counts_pkey' })
  endTime!: Date;

  @Column('bigint')
  serverId!: string;

  @Column('bigint', { nullable: true })
  remoteRealmId!: string | null;

  /** The server's own number for the realm. */
  @Column('bigint', { nullable: true })
  realmId!: string | null;

  @Column('varchar', { length: 32 })
  property!: string;

  @Column('varchar', { length: 16, nullable: true })
  subgroup!: string | null;

  @Column('bigint')
  value!: string;

  @Column('bigint', { nullable: true })
  remoteId!: string | null;
}
