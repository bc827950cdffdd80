import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { OperatorRole } from './operator-role.js';

/** One of us. Never deleted, since audit logs name who acted. */
@Entity('operators')
@Index('operators_email_key', ['email'], { unique: true })
@Check('operators_email_lower_case', 'email = lower(email)')
@Check('operators_role', "role IN ('view', 'act')")
export class Operator {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'operators_pkey',
  })
  id!: string;

  /** In lower case. */
  @Column('text')
  email!: string;

  @Column('text')
  role!: OperatorRole;

  /** Argon2id, in PHC format; null until the first link was used. */
  @Column('text', { nullable: true })
  passwordHash!: string | null;

  /** Encrypted (`secret-seal.ts`); null: no second factor. */
  @Column('text', { nullable: true })
  totpSecret!: string | null;

  @Column('timestamptz', { nullable: true })
  totpEnrolledAt!: Date | null;

  /** The latest time step whose code was accepted: neither it nor an earlier one is accepted again (RFC 6238, 5.2). */
  @Column('bigint', { nullable: true })
  totpLastStep!: string | null;

  /** Sessions that began under another number have ended: it grows whenever all of them shall end. */
  @Column('integer', { default: 1 })
  sessionEpoch!: number;

  @Column('timestamptz')
  createdAt!: Date;

  /** When the first link was used. */
  @Column('timestamptz', { nullable: true })
  enrolledAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  lastLoginAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  disabledAt!: Date | null;
}
