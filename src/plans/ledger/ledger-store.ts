import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { LedgerState } from '../rules/end-of-cycle.js';
import type { LedgerRow } from '../rules/plan-terms.js';

/** A row to be added. Its time is text: that of an audit event as the database wrote it, to the microsecond, or ISO 8601. */
export interface NewLedgerRow extends Omit<LedgerRow, 'eventTime'> {
  readonly eventTime: string;
}

/** Where a ledger stands. */
export interface StoredLedger extends LedgerState {
  readonly last: (LedgerRow & { readonly id: string; readonly exactTime: string }) | null;
}

interface Row {
  readonly id: string;
  readonly isRenewal: boolean;
  readonly eventTime: Date;
  readonly exactTime: string;
  readonly licenses: number;
  readonly licensesAtNextRenewal: number;
}

const LAST = `
  SELECT id, is_renewal AS "isRenewal", event_time AS "eventTime", event_time::text AS "exactTime", licenses,
    licenses_at_next_renewal AS "licensesAtNextRenewal"
  FROM license_ledger WHERE plan_id = $1 AND event_time <= COALESCE($2::timestamptz, 'infinity') AND (is_renewal OR NOT $3)
  ORDER BY id DESC LIMIT 1`;

const APPEND = `
  INSERT INTO license_ledger (plan_id, is_renewal, event_time, licenses, licenses_at_next_renewal)
  SELECT $1::bigint, row.is_renewal, row.event_time, row.licenses, row.next_licenses
  FROM unnest($2::boolean[], $3::timestamptz[], $4::integer[], $5::integer[])
    WITH ORDINALITY AS row (is_renewal, event_time, licenses, next_licenses, place)
  ORDER BY place`;

const MOVE_LAST_RENEWAL = `
  UPDATE license_ledger SET event_time = $2
  WHERE id = (SELECT max(id) FROM license_ledger WHERE plan_id = $1 AND is_renewal)`;

/** Reads and continues the license ledgers of plans. What goes into them is decided by the rules. */
@Injectable()
export class LedgerStore {
  /** Where a plan's ledger stands, or stood at `at`. */
  async state(tx: EntityManager, planId: string, at?: Date): Promise<StoredLedger> {
    const [last] = await tx.query<Row[]>(LAST, [planId, at ?? null, false]);
    const [renewal] = last?.isRenewal ? [last] : await tx.query<Row[]>(LAST, [planId, at ?? null, true]);
    return { last: last ?? null, lastRenewalAt: renewal?.eventTime ?? null };
  }

  /** Adds rows in this order. */
  async append(tx: EntityManager, planId: string, rows: readonly NewLedgerRow[]): Promise<void> {
    if (rows.length === 0) return;
    await tx.query(APPEND, [
      planId,
      rows.map(({ isRenewal }) => isRenewal),
      rows.map(({ eventTime }) => eventTime),
      rows.map(({ licenses }) => licenses),
      rows.map(({ licensesAtNextRenewal }) => licensesAtNextRenewal),
    ]);
  }

  /** A trial that is paid moves its last renewal to its end. */
  async moveLastRenewal(tx: EntityManager, planId: string, to: Date): Promise<void> {
    await tx.query(MOVE_LAST_RENEWAL, [planId, to]);
  }
}

/** A row that the rules made, as it is stored. */
export function newLedgerRow(row: LedgerRow, exactTime = row.eventTime.toISOString()): NewLedgerRow {
  const { isRenewal, licenses, licensesAtNextRenewal } = row;
  return { isRenewal, licenses, licensesAtNextRenewal, eventTime: exactTime };
}
