/** What a rule of billing met that must not be: a programming error, or rows that contradict one another. */
export type RuleBreach =
  | 'negative-months'
  | 'invalid-date'
  | 'unknown-tier'
  | 'unknown-schedule'
  | 'no-price'
  | 'trial-without-end'
  | 'trial-without-invoice'
  | 'no-scheduled-plan'
  | 'unbilled-renewal';

/**
 * Thrown by the rules of billing for what no customer can cause. Refusals of what customers ask for are answers, not errors; see each
 * rule. The message is the breach alone.
 */
export class RuleError extends Error {
  override readonly name = 'RuleError';

  constructor(readonly breach: RuleBreach) {
    super(breach);
  }
}
