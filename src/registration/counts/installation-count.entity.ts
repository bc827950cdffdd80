import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/**
 * A statistic of a whole server for one interval. Partitioned by `endTime`, therefore that column is part of every unique key; that a
 * server's row numbers are unique is kept by its watermark (docs/decisions/0003-partitioned-counts.md).
 */
@Entity('remote_installation_counts')
@Index('remote_installation_counts_subgroup_key', ['serverId', 'property', 'subgroup', 'endTime'], {
  unique: true,
  where: '"subgroup" IS NOT NULL',
})
@Index('remote_installation_counts_total_key', ['serverId', 'property', 'endTime'], {
  unique: true,
  where: '"subgroup" IS NULL',
})
@Index('remote_installation_counts_remote_id_idx', ['serverId', 'remoteId'], { where: '"remote_id" IS NOT NULL' })
@Index('remote_installation_counts_forwarded_idx', ['serverId', 'endTime'], {
  where: `"property" = 'mobile_pushes_forwarded::day'`,
})
@Index('remote_installation_counts_received_idx', ['endTime'], { where: `"property" = 'mobile_pushes_received::day'` })
@Index('remote_installation_counts_delivered_idx', ['endTime'], {
  where: `"property" = 'mobile_pushes_forwarded::day'`,
})
export class InstallationCount {
  @PrimaryGeneratedColumn('increment', { type: 'bigint', primaryKeyConstraintName: 'remote_installation_counts_pkey' })
  id!: string;

  @PrimaryColumn('timestamptz', { primaryKeyConstraintName: 'remote_installation_counts_pkey' })
  endTime!: Date;

  @Column('bigint')
  serverId!: string;

  @Column('varchar', { length: 32 })
  property!: string;

  @Column('varchar', { length: 16, nullable: true })
  subgroup!: string | null;

  @Column('bigint')
  value!: string;

  /** The server's own number for the row; null for what the service counts itself. */
  @Column('bigint', { nullable: true })
  remoteId!: string | null;
}
