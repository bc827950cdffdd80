import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** What happened to a remote server's registration; written by the service only. */
@Entity('remote_server_audit_log')
@Index('remote_server_audit_log_server_id_idx', ['serverId', 'eventTime'])
@Index('remote_server_audit_log_event_time_idx', ['eventTime'])
@Index('remote_server_audit_log_actor_idx', ['actingBillingUserId'], { where: '"acting_billing_user_id" IS NOT NULL' })
export class ServerAuditLog {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'remote_server_audit_log_pkey',
  })
  id!: string;

  @Column('bigint')
  serverId!: string;

  @Column('timestamptz')
  eventTime!: Date;

  @Column('smallint')
  eventType!: number;

  @Column('boolean', { default: false })
  backfilled!: boolean;

  @Column('jsonb', { default: {} })
  extraData!: Record<string, unknown>;

  /** The billing user of the server who did it; null: an operator, or nobody. */
  @Column('bigint', { nullable: true })
  actingBillingUserId!: string | null;

  @Column('bigint', { nullable: true })
  actingOperatorId!: string | null;
}
