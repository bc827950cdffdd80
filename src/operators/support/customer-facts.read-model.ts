import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { STATUS } from '../../plans/catalogue/plan-status.js';
import { OFFER_STATUS } from '../../plans/rules/fixed-price.js';
import type { PlanTerms } from '../../plans/rules/plan-terms.js';
import { LAST_LEDGER_ROW } from '../usage/plan-sql.js';
import type { FoundServers } from './support-search.js';

/** What was agreed with a customer, and what it asks for. Money is whole US cents. */
export interface CustomerRow {
  readonly id: string;
  readonly serverId: string | null;
  readonly realmId: string | null;
  readonly stripeCustomerId: string | null;
  readonly sponsorshipPending: boolean;
  readonly monthlyDiscountedPrice: number;
  readonly annualDiscountedPrice: number;
  readonly minimumLicenses: number | null;
  readonly requiredPlanTier: number | null;
  /** A fixed price that can be bought; null: none. */
  readonly offerPrice: number | null;
  readonly offerTier: number | null;
  readonly offerInvoiceId: string | null;
  /** The newest request for sponsorship; null: there never was one. */
  readonly request: SponsorshipRow | null;
}

/** What somebody wrote who asks for sponsorship. */
export interface SponsorshipRow {
  readonly org_type: number;
  readonly org_website: string;
  readonly org_description: string;
  readonly expected_total_users: string;
  readonly plan_to_use: string;
  readonly paid_users_count: string;
  readonly paid_users_description: string;
  readonly requested_plan: string;
}

/** A plan that has not ended, with the last row of its ledger. */
export interface PlanRow extends PlanTerms {
  readonly id: string;
  readonly customerId: string;
  /** Percent off the list price, as text. */
  readonly discount: string | null;
  /** Null: its ledger has no row. */
  readonly licenses: number | null;
  readonly licensesAtNextRenewal: number | null;
}

/** A customer with its plans. */
export interface CustomerFacts extends CustomerRow {
  readonly live: PlanRow | undefined;
  /** It waits for the end of the live one. */
  readonly next: PlanRow | undefined;
}

const CUSTOMERS = `
  SELECT c.id, c.server_id AS "serverId", c.realm_id AS "realmId", c.stripe_customer_id AS "stripeCustomerId",
    c.sponsorship_pending AS "sponsorshipPending", c.monthly_discounted_price AS "monthlyDiscountedPrice",
    c.annual_discounted_price AS "annualDiscountedPrice", c.minimum_licenses AS "minimumLicenses",
    c.required_plan_tier AS "requiredPlanTier", o.fixed_price AS "offerPrice", o.tier AS "offerTier",
    o.sent_invoice_id AS "offerInvoiceId", to_jsonb(q) AS request
  FROM customers c
  LEFT JOIN plan_offers o ON o.customer_id = c.id AND o.status = ${OFFER_STATUS.configured}
  LEFT JOIN LATERAL (
    SELECT org_type, org_website, org_description, expected_total_users, plan_to_use, paid_users_count, paid_users_description,
      requested_plan
    FROM sponsorship_requests WHERE customer_id = c.id ORDER BY id DESC LIMIT 1
  ) q ON true
  WHERE c.server_id = ANY ($1::bigint[]) OR c.realm_id = ANY ($2::bigint[])`;

const PLANS = `
  SELECT p.id, p.customer_id AS "customerId", p.tier, p.status, p.billing_schedule AS "billingSchedule",
    p.price_per_license AS "pricePerLicense", p.fixed_price AS "fixedPrice", p.discount, p.automanage_licenses AS "automanageLicenses",
    p.charge_automatically AS "chargeAutomatically", p.billing_cycle_anchor AS "billingCycleAnchor",
    p.next_invoice_date AS "nextInvoiceDate", p.invoicing_status AS "invoicingStatus", p.end_date AS "endDate",
    l.licenses, l.licenses_at_next_renewal AS "licensesAtNextRenewal"
  FROM plans p ${LAST_LEDGER_ROW}
  WHERE p.customer_id = ANY ($1::bigint[]) AND p.status <> ${STATUS.ended} ORDER BY p.id`;

/** What servers and organizations pay, and what was agreed with them. Two statements. */
@Injectable()
export class CustomerFactsReadModel {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  async of({ serverIds, realmIds }: FoundServers): Promise<CustomerFacts[]> {
    const customers = await this.database.query<CustomerRow[]>(CUSTOMERS, [serverIds, realmIds]);
    if (customers.length === 0) return [];
    const plans = await this.database.query<PlanRow[]>(PLANS, [customers.map(({ id }) => id)]);
    return customers.map((customer) => {
      const mine = plans.filter(({ customerId }) => customerId === customer.id);
      const next = mine.findLast(({ status }) => status === STATUS.neverStarted);
      return { ...customer, live: mine.findLast((plan) => plan !== next), next };
    });
  }
}
