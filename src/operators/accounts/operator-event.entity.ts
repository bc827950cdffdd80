import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** What happened to operators' accounts, and who did it. Rows are never changed. */
@Entity('operator_audit_log')
@Index('operator_audit_log_event_time_idx', ['eventTime', 'id'])
@Index('operator_audit_log_operator_idx', ['operatorId', 'eventTime'])
@Index('operator_audit_log_acting_operator_idx', ['actingOperatorId', 'eventTime'])
export class OperatorEvent {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'operator_audit_log_pkey',
  })
  id!: string;

  @Column('timestamptz')
  eventTime!: Date;

  /** A name of `OPERATOR_EVENTS`. */
  @Column('text')
  eventType!: string;

  /** Whose account it is about. */
  @Column('bigint')
  operatorId!: string;

  /** Who did it; null: somebody at the command line of the service. */
  @Column('bigint', { nullable: true })
  actingOperatorId!: string | null;

  @Column('jsonb', { default: {} })
  extraData!: Record<string, unknown>;
}
