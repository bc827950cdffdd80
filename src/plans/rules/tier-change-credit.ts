import { RuleError } from '../catalogue/rule-error.js';
import { startOfNextCycle } from './calendar.js';
import { invoiceLines, renewalLine } from './invoice-lines.js';
import type { LedgerRow, PlanTerms } from './plan-terms.js';

/**
 * What a customer is credited, in cents, when a plan makes way for a higher tier at `at`: of what was invoiced for the running cycle, the
 * share of time that is left, rounded up. What was invoiced is the renewal less its discount, and the licenses added since
 * (docs/decisions/0010-billing-hazards.md, 4); those which no invoice holds yet are not credited.
 *
 * @param billed the ledger's rows that are billed, from the last renewal on, in its order
 * @param discount cents that the invoice of that renewal was reduced by
 */
export function tierChangeCredit(plan: PlanTerms, billed: readonly LedgerRow[], discount: number, at: Date): number {
  const [renewal, ...added] = billed;
  if (!renewal?.isRenewal) throw new RuleError('unbilled-renewal');
  const from = renewal.eventTime;
  const before = { base: renewal.licenses, lastRenewalAt: from };
  const parts = [
    { amount: renewalLine(plan, renewal).amount - discount, start: from, end: startOfNextCycle(plan, from) },
    ...invoiceLines(plan, added, before, at).lines.map(({ amount, period }) => ({ amount, ...period })),
  ];
  const unused = parts.map(({ amount, start, end }) => amount * (1 - elapsed(start, at) / elapsed(start, end)));
  return Math.max(0, Math.ceil(unused.reduce((sum, part) => sum + part, 0)));
}

function elapsed(from: Date, to: Date): number {
  return to.getTime() - from.getTime();
}
