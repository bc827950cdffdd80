import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/**
 * That a server or realm holds a plan now, as forwarding needs to know it; what the plan is lies with billing. Row without
 * `realmId`: the server itself is the customer.
 */
@Entity('permission_plans')
@Index('permission_plans_server_key', ['serverId'], { unique: true, where: '"realm_id" IS NULL' })
@Index('permission_plans_realm_key', ['realmId'], { unique: true, where: '"realm_id" IS NOT NULL' })
export class PermissionPlan {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'permission_plans_pkey',
  })
  id!: string;

  @Column('bigint')
  serverId!: string;

  @Column('bigint', { nullable: true })
  realmId!: string | null;

  /** The end of the billing cycle or trial with which the plan ends; null: no end is set. */
  @Column('timestamptz', { nullable: true })
  endingAt!: Date | null;
}
