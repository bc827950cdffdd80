import { STATUS } from '../../plans/catalogue/plan-status.js';
import { TIER } from '../../plans/catalogue/tiers.js';

/** Which rows of the usage table are asked for; what is absent does not matter. */
export interface UsageSelection {
  /** The live plan's tier; 0: no plan. */
  readonly tier?: number;
  readonly status?: number;
  /** What the server's version begins with. */
  readonly version?: string;
  /** Servers that did not upload their audit log for so long that it is not believed any more. */
  readonly stale?: boolean;
  /** More users than may push without a plan, or than there are licenses. */
  readonly overLimit?: boolean;
  /** Part of a host, of a name, or of an address. */
  readonly text?: string;
}

/** What the rules that rows are chosen by depend on. */
export interface UsageLimits {
  /** What was uploaded before is not believed. */
  readonly staleBefore: Date;
  /** Users who may get pushes without a plan. */
  readonly freeUsers: number;
}

/**
 * The condition, over the columns of `ENTRIES`, as the first eight parameters of a statement have it. It asks for nothing that comes from
 * outside but through them.
 */
export const IS_SELECTED = `
  ($1::integer IS NULL OR (CASE WHEN $1 = 0 THEN plans = 0 ELSE $1 = ANY (plan_tier) END))
  AND ($2::integer IS NULL OR $2 = ANY (plan_status))
  AND ($3::text IS NULL OR version LIKE $3)
  AND (NOT $4::boolean OR last_audit_log_update IS NULL OR last_audit_log_update < $7::timestamptz)
  AND (NOT $5::boolean OR (CASE WHEN plans = 0 THEN users > $8::integer ELSE is_paid AND users > licenses END))
  AND ($6::text IS NULL OR realm_name ILIKE $6 OR host ILIKE $6 OR server_host ILIKE $6 OR contact_email ILIKE $6)`;

/** The parameters of `IS_SELECTED`. */
export function selectionValues(selection: UsageSelection, limits: UsageLimits): unknown[] {
  const { tier, status, version, stale, overLimit, text } = selection;
  return [
    ...[tier ?? null, status ?? null, version ? `${literally(version)}%` : null],
    ...[stale ?? false, overLimit ?? false, text ? `%${literally(text)}%` : null],
    ...[limits.staleBefore, limits.freeUsers],
  ];
}

/** Choices of the filters, as people see them. 0: no plan. */
export const TIER_CHOICES = [
  0,
  TIER.complimentary,
  TIER.community,
  TIER.basic,
  TIER.business,
  TIER.enterprise,
] as const;
export const STATUS_CHOICES = Object.values(STATUS).filter(
  (status) => status < STATUS.ended && status !== STATUS.switchTierNow,
);

/** Text in which the signs of LIKE patterns mean themselves. */
function literally(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`);
}
