import { SCHEDULE, STATUS } from '../../plans/catalogue/plan-status.js';
import { TIER } from '../../plans/catalogue/tiers.js';

/**
 * What a live plan `p` with its last ledger row `l` brings in a year, in cents: `annualRevenue` of src/plans/rules for many plans at once.
 * A test compares the two.
 */
export const ANNUAL_REVENUE = `
  CASE
    WHEN p.tier IN (${TIER.complimentary}, ${TIER.community})
      OR p.status IN (${STATUS.downgradeAtEndOfCycle}, ${STATUS.downgradeAtEndOfFreeTrial}) THEN 0
    WHEN p.fixed_price IS NOT NULL THEN p.fixed_price
    ELSE COALESCE(p.price_per_license, 0)::bigint * COALESCE(l.licenses_at_next_renewal, 0)
      * CASE p.billing_schedule WHEN ${SCHEDULE.monthly} THEN 12 ELSE 1 END
  END`;

/** The last ledger row `l` of plan `p`. */
export const LAST_LEDGER_ROW = `
  LEFT JOIN LATERAL (
    SELECT licenses, licenses_at_next_renewal FROM license_ledger WHERE plan_id = p.id ORDER BY id DESC LIMIT 1
  ) l ON true`;

/** Whether realm `r` has a row of its own on operators' pages: it is no bots' realm, and its server did not deactivate it. */
export const IS_SHOWN_REALM = 'NOT r.is_system_bot_realm AND NOT r.realm_deactivated';
