import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** What servers report of their organizations (synced events, with `remoteId`), and what the service notes about them. */
@Entity('remote_realm_audit_log')
@Index('remote_realm_audit_log_server_remote_key', ['serverId', 'remoteId'], { unique: true })
@Index('remote_realm_audit_log_server_realm_idx', ['serverId', 'realmId', 'id'])
@Index('remote_realm_audit_log_unlinked_idx', ['serverId', 'realmId'], { where: '"remote_realm_id" IS NULL' })
@Index('remote_realm_audit_log_synced_idx', ['remoteRealmId', 'id'], {
  where: '"event_type" = ANY (ARRAY[101, 102, 103, 104, 105, 201, 202, 229])',
})
@Index('remote_realm_audit_log_event_time_idx', ['eventTime'])
@Index('remote_realm_audit_log_server_time_idx', ['serverId', 'eventTime', 'id'])
@Index('remote_realm_audit_log_noted_idx', ['serverId', 'eventTime', 'id'], { where: '"remote_id" IS NULL' })
@Index('remote_realm_audit_log_actor_idx', ['actingBillingUserId'], { where: '"acting_billing_user_id" IS NOT NULL' })
export class RealmAuditLog {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'remote_realm_audit_log_pkey',
  })
  id!: string;

  @Column('bigint')
  serverId!: string;

  @Column('bigint', { nullable: true })
  remoteRealmId!: string | null;

  /** The server's own number for the realm. */
  @Column('bigint', { nullable: true })
  realmId!: string | null;

  /** The server's own number for the row; null for what the service wrote. */
  @Column('bigint', { nullable: true })
  remoteId!: string | null;

  @Column('timestamptz')
  eventTime!: Date;

  @Column('smallint')
  eventType!: number;

  @Column('boolean', { default: false })
  backfilled!: boolean;

  @Column('jsonb', { default: {} })
  extraData!: Record<string, unknown>;

  /** The billing user of the realm who did it; null: an operator, or nobody. */
  @Column('bigint', { nullable: true })
  actingBillingUserId!: string | null;

  @Column('bigint', { nullable: true })
  actingOperatorId!: string | null;
}
