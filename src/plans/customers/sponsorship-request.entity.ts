import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** What somebody wrote who asks for sponsorship or a discount. */
@Entity('sponsorship_requests')
@Index('sponsorship_requests_customer_idx', ['customerId', 'id'])
@Check('sponsorship_requests_plan', "requested_plan IN ('', 'Community', 'Basic', 'Business')")
export class SponsorshipRequest {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'sponsorship_requests_pkey',
  })
  id!: string;

  @Column('bigint')
  customerId!: string;

  @Column('smallint')
  orgType!: number;

  @Column('varchar', { length: 200, default: '' })
  orgWebsite!: string;

  @Column('text')
  orgDescription!: string;

  @Column('text')
  expectedTotalUsers!: string;

  @Column('text')
  planToUse!: string;

  @Column('text')
  paidUsersCount!: string;

  @Column('text', { default: '' })
  paidUsersDescription!: string;

  /** Empty: none was named. */
  @Column('text', { default: '' })
  requestedPlan!: '' | 'Community' | 'Basic' | 'Business';

  @Column('timestamptz')
  requestedAt!: Date;
}
