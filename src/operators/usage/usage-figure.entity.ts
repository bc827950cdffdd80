import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** What of a server or realm would have to be counted among all devices and pushes. Row without `realmId`: the whole server. */
@Entity('usage_figures')
@Index('usage_figures_server_key', ['serverId'], { unique: true, where: '"realm_id" IS NULL' })
@Index('usage_figures_realm_key', ['realmId'], { unique: true, where: '"realm_id" IS NOT NULL' })
@Index('usage_figures_server_idx', ['serverId'])
export class UsageFigure {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'usage_figures_pkey',
  })
  id!: string;

  @Column('bigint')
  serverId!: string;

  @Column('bigint', { nullable: true })
  realmId!: string | null;

  /** Distinct users who have a device. */
  @Column('integer')
  mobileUsers!: number;

  @Column('integer')
  appleDevices!: number;

  @Column('integer')
  googleDevices!: number;

  /** Delivered in the last seven days, today included. */
  @Column('bigint')
  pushesWeek!: string;

  /** Of a server: users with a device that is tied to none of its organizations. */
  @Column('integer', { default: 0 })
  unlinkedUsers!: number;

  @Column('timestamptz')
  refreshedAt!: Date;
}
