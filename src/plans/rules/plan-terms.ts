import type { InvoicingStatus, PlanStatus, Schedule } from '../catalogue/plan-status.js';
import type { Tier } from '../catalogue/tiers.js';

/**
 * What the rules of billing look at in a plan; its row fits. Money is whole US cents, instants are UTC.
 *
 * A `Date` has milliseconds where the database has microseconds. All that the rules compute is on the grid of an anchor, which has
 * whole seconds, so nothing is lost; a ledger row that takes the time of an audit event must get it in the database, not from here.
 */
export interface PlanTerms {
  readonly tier: Tier;
  readonly status: PlanStatus;
  readonly billingSchedule: Schedule;
  /** Per license and cycle; null: a fixed price is agreed. */
  readonly pricePerLicense: number | null;
  /** Per year, also where it is paid by the month; null: licenses are counted. */
  readonly fixedPrice: number | null;
  readonly automanageLicenses: boolean;
  /** By card; otherwise Stripe mails invoices. */
  readonly chargeAutomatically: boolean;
  /** Where the first cycle starts; every boundary is counted from here. */
  readonly billingCycleAnchor: Date;
  /** When invoicing has to look at the plan next; in a trial its end. Null: never. */
  readonly nextInvoiceDate: Date | null;
  readonly invoicingStatus: InvoicingStatus;
  /** A hard end. */
  readonly endDate: Date | null;
}

/** One row of a plan's license ledger; the ledger's order is that of its ids. */
export interface LedgerRow {
  /** The first row of a plan, and the first of each cycle. */
  readonly isRenewal: boolean;
  /** When the change took effect. */
  readonly eventTime: Date;
  /** Owed for the running cycle; never fewer within one. */
  readonly licenses: number;
  readonly licensesAtNextRenewal: number;
}

/** From when to when a charge is for. */
export interface Period {
  readonly start: Date;
  readonly end: Date;
}
