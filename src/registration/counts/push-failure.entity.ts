import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/**
 * How many pushes of a UTC day a provider did not take, by what became of them. A row with `realmId` is of that realm alone, one without
 * is of requests that named no realm known here: a server's figure is the sum of all its rows.
 */
@Entity('push_failures')
@Check('push_failures_provider', `provider IN ('apns', 'fcm')`)
@Check('push_failures_outcome', `outcome IN ('token-gone', 'rejected', 'try-later', 'not-configured')`)
@Index('push_failures_server_key', ['serverId', 'day', 'provider', 'outcome'], {
  unique: true,
  where: '"realm_id" IS NULL',
})
@Index('push_failures_realm_key', ['realmId', 'day', 'provider', 'outcome'], {
  unique: true,
  where: '"realm_id" IS NOT NULL',
})
@Index('push_failures_server_idx', ['serverId', 'day'])
@Index('push_failures_realm_idx', ['realmId'], { where: '"realm_id" IS NOT NULL' })
@Index('push_failures_day_idx', ['day'])
export class PushFailure {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'push_failures_pkey',
  })
  id!: string;

  @Column('bigint')
  serverId!: string;

  @Column('bigint', { nullable: true })
  realmId!: string | null;

  /** `YYYY-MM-DD`. */
  @Column('date')
  day!: string;

  @Column('text')
  provider!: string;

  @Column('text')
  outcome!: string;

  @Column('bigint')
  pushes!: string;
}
