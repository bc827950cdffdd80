import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** Somebody who manages the plan of a server, known by an address that was confirmed. */
@Entity('server_billing_users')
@Index('server_billing_users_email_key', ['serverId', 'email'], { unique: true })
@Index('server_billing_users_email_idx', ['email'])
export class ServerBillingUser {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'server_billing_users_pkey',
  })
  id!: string;

  @Column('bigint')
  serverId!: string;

  @Column('varchar', { length: 254 })
  email!: string;

  @Column('text', { default: '' })
  fullName!: string;

  /** Of the terms of service that were accepted last; null: none were. */
  @Column('text', { nullable: true })
  tosVersion!: string | null;

  @Column('boolean', { default: true })
  enableMajorReleaseEmails!: boolean;

  @Column('boolean', { default: true })
  enableMaintenanceReleaseEmails!: boolean;

  @Column('boolean', { default: true })
  isActive!: boolean;

  @Column('timestamptz', { nullable: true })
  lastLoginAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;
}
