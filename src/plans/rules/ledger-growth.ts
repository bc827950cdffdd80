import { STATUS } from '../catalogue/plan-status.js';
import { type CycleEffect, type CycleResult, endOfCycle, type LedgerState } from './end-of-cycle.js';
import { billableLicenses } from './licenses.js';
import type { LedgerRow, PlanTerms } from './plan-terms.js';

/** How many people there were after an event that a server reported. */
export interface GrowthEvent {
  /** Strictly after the ledger's last row. */
  readonly eventTime: Date;
  readonly users: number;
}

/** What turns users into licenses. */
export interface GrowthTerms {
  /** Fewest licenses of the plan's tier. */
  readonly minimum: number;
  /** Fewest of the tier of the plan that starts when this one ends; of use only where one does. */
  readonly nextMinimum?: number;
  readonly exempt: boolean;
  /** Only where the plan is in a trial that operators put on invoice: whether its invoice is paid; undefined: there is none. */
  readonly trialInvoicePaid?: boolean;
}

/** Something to be written, in this order. */
export type GrowthStep =
  | CycleEffect
  /** The row of the event with this index; it takes the event's time as the database has it, to the microsecond. */
  | { readonly kind: 'event-row'; readonly event: number; readonly row: LedgerRow };

export interface Growth {
  readonly steps: readonly GrowthStep[];
  readonly outcome: CycleResult['outcome'];
  /** Events that were not taken any more: for the plan that replaced this one. None where it ended. */
  readonly rest: readonly GrowthEvent[];
}

/**
 * How the ledger of an automatically managed plan follows its users: one row for each event, also where nothing changed, after whatever
 * the end of a cycle brings by then. Licenses never become fewer within a cycle.
 *
 * @param events in the order of their times
 * @throws RuleError `trial-without-invoice`, where a trial by invoice ends that has none
 */
export function growLedger(
  plan: PlanTerms,
  ledger: LedgerState,
  events: readonly GrowthEvent[],
  terms: GrowthTerms,
): Growth {
  const steps: GrowthStep[] = [];
  let current = { plan, ledger };
  for (const [index, { eventTime, users }] of events.entries()) {
    const needs = { users, minimum: terms.minimum, exempt: terms.exempt };
    const trial = { invoicePaid: terms.trialInvoicePaid, billableLicenses: billableLicenses(needs) };
    const cycle = endOfCycle(current.plan, current.ledger, eventTime, trial);
    steps.push(...cycle.effects);
    if (cycle.outcome === 'ended') return { steps, outcome: 'ended', rest: [] };
    if (cycle.outcome !== 'goes-on') return { steps, outcome: cycle.outcome, rest: events.slice(index) };
    const minimum =
      cycle.plan.status === STATUS.switchPlanAtPlanEnd ? (terms.nextMinimum ?? needs.minimum) : needs.minimum;
    const licensesAtNextRenewal = billableLicenses({ ...needs, minimum });
    const licenses = Math.max(billableLicenses(needs), cycle.ledger.last?.licenses ?? 0);
    const row: LedgerRow = { isRenewal: false, eventTime, licenses, licensesAtNextRenewal };
    steps.push({ kind: 'event-row', event: index, row });
    current = { plan: cycle.plan, ledger: { ...cycle.ledger, last: row } };
  }
  return { steps, outcome: 'goes-on', rest: [] };
}
