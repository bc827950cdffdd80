import type { Period } from './plan-terms.js';

/** What an invoice asked for, in cents, and for when. */
export interface Charge {
  readonly amount: number;
  readonly period: Period;
}

/**
 * What a customer is credited, in cents, when a plan makes way for a higher tier at `at`: of what was invoiced for the running cycle, the
 * share of time that is left, rounded up (docs/decisions/0010-billing-hazards.md, 4).
 *
 * @param invoiced the renewal of the running cycle less its discount, and the licenses that were added and billed since
 */
export function tierChangeCredit(invoiced: readonly Charge[], at: Date): number {
  const unused = invoiced.map(({ amount, period: { start, end } }) => {
    return amount * (1 - elapsed(start, at) / elapsed(start, end));
  });
  return Math.max(0, Math.ceil(unused.reduce((sum, part) => sum + part, 0)));
}

function elapsed(from: Date, to: Date): number {
  return to.getTime() - from.getTime();
}
