import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** Somebody who manages the plan of a realm, known by the user that the realm's server vouches for. */
@Entity('realm_billing_users')
@Index('realm_billing_users_user_key', ['realmId', 'userUuid'], { unique: true })
@Index('realm_billing_users_email_idx', ['email'])
export class RealmBillingUser {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'realm_billing_users_pkey',
  })
  id!: string;

  @Column('bigint')
  realmId!: string;

  @Column('uuid')
  userUuid!: string;

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
