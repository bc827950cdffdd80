import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { BillableTier } from '../catalogue/tiers.js';

/**
 * Who pays: a whole server, or one realm. Holds the terms that were negotiated, whether or not there is a plan. Whoever changes a plan
 * of a customer locks this row first.
 */
@Entity('customers')
@Index('customers_server_key', ['serverId'], { unique: true })
@Index('customers_realm_key', ['realmId'], { unique: true })
@Index('customers_stripe_customer_key', ['stripeCustomerId'], { unique: true })
@Check('customers_one_owner', '(server_id IS NULL) <> (realm_id IS NULL)')
@Check(
  'customers_discount_needs_tier',
  'required_plan_tier IS NOT NULL OR (monthly_discounted_price = 0 AND annual_discounted_price = 0)',
)
@Check(
  'customers_one_discount',
  'flat_discounted_months = 0 OR (monthly_discounted_price = 0 AND annual_discounted_price = 0)',
)
@Check('customers_required_plan_tier', 'required_plan_tier IN (103, 104)')
@Check(
  'customers_not_negative',
  'monthly_discounted_price >= 0 AND annual_discounted_price >= 0 AND minimum_licenses >= 0 AND flat_discount >= 0 AND flat_discounted_months BETWEEN 0 AND 12',
)
export class Customer {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'customers_pkey',
  })
  id!: string;

  @Column('bigint', { nullable: true })
  serverId!: string | null;

  @Column('bigint', { nullable: true })
  realmId!: string | null;

  /** Null until Stripe is needed. */
  @Column('varchar', { length: 255, nullable: true })
  stripeCustomerId!: string | null;

  /** A request for sponsorship or a discount waits for an operator. */
  @Column('boolean', { default: false })
  sponsorshipPending!: boolean;

  /** Cents per license and month; 0: none. */
  @Column('integer', { default: 0 })
  monthlyDiscountedPrice!: number;

  /** Cents per license and year; 0: none. */
  @Column('integer', { default: 0 })
  annualDiscountedPrice!: number;

  /** Instead of the tier's. */
  @Column('integer', { nullable: true })
  minimumLicenses!: number | null;

  /** The only tier that negotiated prices and offers hold for. */
  @Column('smallint', { nullable: true })
  requiredPlanTier!: BillableTier | null;

  /** May hold fewer licenses than users. */
  @Column('boolean', { default: false })
  exemptFromLicenseNumberCheck!: boolean;

  /** Cents per month. */
  @Column('integer', { default: 2000 })
  flatDiscount!: number;

  /** Months for which the flat discount is left. Every new customer has twelve; none beside negotiated prices. */
  @Column('smallint', { default: 12 })
  flatDiscountedMonths!: number;

  @Column('timestamptz')
  createdAt!: Date;
}
