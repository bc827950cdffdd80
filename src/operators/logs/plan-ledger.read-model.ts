import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { LedgerRow, PlanTerms } from '../../plans/rules/plan-terms.js';

/** Rows of a page. */
export const PAGE_ROWS = 100;

/** A plan, and for whom it is. */
export interface LedgerPlan extends PlanTerms {
  readonly id: string;
  /** Of the organization, or host of the server. */
  readonly name: string;
  readonly uuid: string;
  /** The last ledger row that invoicing looked at; null: none yet. */
  readonly invoicedThroughId: string | null;
  readonly invoicedThroughTime: Date | null;
}

const PLAN = `
  SELECT p.id, COALESCE(NULLIF(r.name, ''), r.host, s.hostname) AS name, COALESCE(r.uuid, s.uuid) AS uuid, p.tier, p.status,
    p.billing_schedule AS "billingSchedule", p.price_per_license AS "pricePerLicense", p.fixed_price AS "fixedPrice",
    p.automanage_licenses AS "automanageLicenses", p.charge_automatically AS "chargeAutomatically",
    p.billing_cycle_anchor AS "billingCycleAnchor", p.next_invoice_date AS "nextInvoiceDate", p.invoicing_status AS "invoicingStatus",
    p.end_date AS "endDate", p.invoiced_through_id AS "invoicedThroughId", l.event_time AS "invoicedThroughTime"
  FROM plans p JOIN customers c ON c.id = p.customer_id
  LEFT JOIN remote_realms r ON r.id = c.realm_id
  LEFT JOIN remote_servers s ON s.id = c.server_id
  LEFT JOIN license_ledger l ON l.id = p.invoiced_through_id
  WHERE p.id = $1`;

const ROWS = `
  SELECT id, is_renewal AS "isRenewal", event_time AS "eventTime", licenses, licenses_at_next_renewal AS "licensesAtNextRenewal"
  FROM license_ledger WHERE plan_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT ${PAGE_ROWS + 1}`;

/** How many licenses a plan has had. */
@Injectable()
export class PlanLedgerReadModel {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** The plan of that id, if there is one. */
  async plan(id: string): Promise<LedgerPlan | undefined> {
    return (await this.database.query<LedgerPlan[]>(PLAN, [id]))[0];
  }

  /** A page of its ledger, newest first, and the id that the next one begins before. */
  async page(planId: string, before: string | undefined) {
    const rows = await this.database.query<(LedgerRow & { readonly id: string })[]>(ROWS, [planId, before ?? null]);
    const shown = rows.slice(0, PAGE_ROWS);
    return { rows: shown, next: rows.length > PAGE_ROWS ? shown.at(-1)?.id : undefined };
  }
}
