import { SCHEDULE, type Schedule, STATUS } from '../catalogue/plan-status.js';
import { RuleError } from '../catalogue/rule-error.js';
import { nextBillingCycle, wholeSeconds } from './calendar.js';
import type { LedgerRow, PlanTerms } from './plan-terms.js';

/** What of a plan's ledger matters to its cycle. */
export interface LedgerState {
  /** The newest row that took effect by then; null: a plan that has not started has none. */
  readonly last: LedgerRow | null;
  /** Time of the newest renewal row. */
  readonly lastRenewalAt: Date | null;
}

/** What the end of a free trial paid by invoice is decided by; needed for no other. */
export interface TrialFacts {
  /** Of the trial's latest invoice; undefined: there is none, which is an error. */
  readonly invoicePaid?: boolean | undefined;
  /** Licenses that there are to bill now. */
  readonly billableLicenses: number;
}

/** Something to be done, in this order, in one transaction. */
export type CycleEffect =
  /** A row for this plan. */
  | { readonly kind: 'row'; readonly row: LedgerRow }
  /**
   * The trial is over and paid time begins: the anchor moves, the plan is active, and all rows so far count as billed. An invoice that was
   * paid during the trial was for the time from here on: the last renewal moves here.
   */
  | { readonly kind: 'trial-over'; readonly anchor: Date; readonly moveLastRenewal: boolean }
  /** The plan ends; what was added is billed at its next invoice date. */
  | { readonly kind: 'end' }
  /** The plan ends at once: all rows count as billed, and it has no next invoice date. */
  | { readonly kind: 'end-unbilled' }
  /** This plan ends and the one that waits for its end starts, with this first row. */
  | { readonly kind: 'start-next-plan'; readonly row: LedgerRow }
  /** This plan ends and one on the other schedule takes its place: anchor and next invoice date at the row's time, to be billed from it. */
  | { readonly kind: 'switch-schedule'; readonly schedule: Schedule; readonly row: LedgerRow };

export interface CycleResult {
  readonly effects: readonly CycleEffect[];
  /**
   * Whether the plan goes on; `replaced`: one on another schedule did, `handed-over`: the one that waited started. What happens to
   * that other plan is to be asked anew.
   */
  readonly outcome: 'goes-on' | 'ended' | 'replaced' | 'handed-over';
  /** Plan and ledger as the effects leave them. */
  readonly plan: PlanTerms;
  readonly ledger: LedgerState;
}

/** Whether anything is due by `at`, so that callers can look up the facts only then. */
export function isCycleDue(plan: PlanTerms, ledger: LedgerState, at: Date): boolean {
  return ledger.last !== null && ledger.lastRenewalAt !== null && nextBillingCycle(plan, ledger.lastRenewalAt) <= at;
}

/**
 * What happens to a plan by `at` because its cycles ended: it renews with the licenses meant for the next renewal, as often as cycles
 * elapsed (docs/decisions/0010-billing-hazards.md, 16), or ends, or makes way. To be asked before whatever looks at or changes a plan.
 *
 * @param trial required where a trial paid by invoice ends
 * @throws RuleError `trial-without-invoice`
 */
export function endOfCycle(plan: PlanTerms, ledger: LedgerState, at: Date, trial?: TrialFacts): CycleResult {
  const effects: CycleEffect[] = [];
  let state: Omit<CycleResult, 'effects'> = { outcome: 'goes-on', plan, ledger };
  while (state.outcome === 'goes-on' && isCycleDue(state.plan, state.ledger, at)) {
    const step = oneCycle(state.plan, state.ledger, trial);
    effects.push(...step.effects);
    state = step;
    if (step.effects.length === 0) break;
  }
  return { ...state, effects };
}

function oneCycle(plan: PlanTerms, ledger: LedgerState, trial: TrialFacts | undefined): CycleResult {
  const { last, lastRenewalAt } = ledger;
  if (last === null || lastRenewalAt === null) return { effects: [], outcome: 'goes-on', plan, ledger };
  const cycle = nextBillingCycle(plan, lastRenewalAt);
  const row = renewal(cycle, last.licensesAtNextRenewal);
  const ended: PlanTerms = { ...plan, status: STATUS.ended };
  switch (plan.status) {
    case STATUS.active:
      if (plan.endDate?.getTime() === cycle.getTime()) {
        return { effects: [{ kind: 'end' }], outcome: 'ended', plan: ended, ledger };
      }
      return { effects: [{ kind: 'row', row }], outcome: 'goes-on', plan, ledger: { last: row, lastRenewalAt: cycle } };
    case STATUS.downgradeAtEndOfCycle:
      return { effects: [{ kind: 'end' }], outcome: 'ended', plan: ended, ledger };
    case STATUS.freeTrial:
      return endOfTrial(plan, ledger, last, wholeSeconds(cycle), trial);
    case STATUS.downgradeAtEndOfFreeTrial:
      return endUnbilled(plan, ledger);
    case STATUS.switchPlanAtPlanEnd:
      return { effects: [{ kind: 'start-next-plan', row }], outcome: 'handed-over', plan: ended, ledger };
    case STATUS.switchToAnnualAtEndOfCycle:
    case STATUS.switchToMonthlyAtEndOfCycle: {
      const toAnnual = plan.status === STATUS.switchToAnnualAtEndOfCycle;
      const schedule = toAnnual ? SCHEDULE.annual : SCHEDULE.monthly;
      return { effects: [{ kind: 'switch-schedule', schedule, row }], outcome: 'replaced', plan: ended, ledger };
    }
    case STATUS.ended:
      return { effects: [], outcome: 'ended', plan, ledger };
    default:
      // Not started, or in the middle of a change of tier: nothing of this plan's own accord.
      return { effects: [], outcome: 'goes-on', plan, ledger };
  }
}

function endOfTrial(
  plan: PlanTerms,
  ledger: LedgerState,
  last: LedgerRow,
  end: Date,
  trial: TrialFacts | undefined,
): CycleResult {
  const paidFor: PlanTerms = { ...plan, status: STATUS.active, billingCycleAnchor: end };
  if (plan.chargeAutomatically) {
    const row = renewal(end, last.licensesAtNextRenewal);
    const effects = [
      { kind: 'trial-over', anchor: end, moveLastRenewal: false } as const,
      { kind: 'row', row } as const,
    ];
    return { effects, outcome: 'goes-on', plan: paidFor, ledger: { last: row, lastRenewalAt: end } };
  }
  if (trial?.invoicePaid === undefined) throw new RuleError('trial-without-invoice');
  if (!trial.invoicePaid) return endUnbilled(plan, ledger);
  const licenses = Math.max(trial.billableLicenses, last.licensesAtNextRenewal);
  const row: LedgerRow = { isRenewal: false, eventTime: end, licenses, licensesAtNextRenewal: licenses };
  const effects = [{ kind: 'trial-over', anchor: end, moveLastRenewal: true } as const, { kind: 'row', row } as const];
  return { effects, outcome: 'goes-on', plan: paidFor, ledger: { last: row, lastRenewalAt: end } };
}

function endUnbilled(plan: PlanTerms, ledger: LedgerState): CycleResult {
  const ended: PlanTerms = { ...plan, status: STATUS.ended, nextInvoiceDate: null };
  return { effects: [{ kind: 'end-unbilled' }], outcome: 'ended', plan: ended, ledger };
}

function renewal(eventTime: Date, licenses: number): LedgerRow {
  return { isRenewal: true, eventTime, licenses, licensesAtNextRenewal: licenses };
}

/** Whether the facts about its invoice are needed to say how the plan's cycle ends. */
export function needsTrialFacts(plan: PlanTerms): boolean {
  return plan.status === STATUS.freeTrial && !plan.chargeAutomatically;
}
