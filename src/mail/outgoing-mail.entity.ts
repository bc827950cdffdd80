import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A mail that waits to be sent, or that was given up. The row goes when the mail has gone. */
@Entity('mail_outbox')
@Index('mail_outbox_next_attempt_at_idx', ['nextAttemptAt'], { where: 'given_up_at IS NULL' })
export class OutgoingMail {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'mail_outbox_pkey',
  })
  id!: string;

  /** The template. */
  @Column('text')
  kind!: string;

  @Column('text')
  recipient!: string;

  @Column('text', { nullable: true })
  replyTo!: string | null;

  @Column('text')
  subject!: string;

  @Column('text')
  textBody!: string;

  @Column('text')
  htmlBody!: string;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('integer', { default: 0 })
  attempts!: number;

  /** When it may be tried next; while somebody sends it, when that counts as failed. */
  @Column('timestamptz')
  nextAttemptAt!: Date;

  /** Why the last try failed, without anybody's address. */
  @Column('text', { nullable: true })
  problem!: string | null;

  @Column('timestamptz', { nullable: true })
  givenUpAt!: Date | null;
}
