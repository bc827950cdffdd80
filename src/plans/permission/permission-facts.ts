import type { PermissionFacts, PlanState } from './decide-permission.js';

/**
 * What a statement selects, and joins, to learn the facts of a permission beside what it looks for itself. The statement names the
 * server `q.server_id` and the row of `remote_realms`, all null where no realm is meant, `r`.
 */
export const PERMISSION_COLUMNS = `
  s.plan_type AS server_plan_type, s.last_api_feature_level AS server_feature_level, s.last_audit_log_update AS uploaded_at,
  sp.id IS NOT NULL AS server_has_plan, sp.ending_at AS server_plan_ending_at, r.plan_type AS realm_plan_type,
  rp.id IS NOT NULL AS realm_has_plan, rp.ending_at AS realm_plan_ending_at,
  CASE WHEN r.id IS NULL THEN sc.users ELSE rc.users END AS users,
  CASE WHEN r.id IS NULL THEN sc.due_at ELSE rc.due_at END AS users_due_at`;

export const PERMISSION_JOINS = `
  LEFT JOIN remote_servers s ON s.id = q.server_id
  LEFT JOIN permission_plans sp ON sp.server_id = q.server_id AND sp.realm_id IS NULL
  LEFT JOIN permission_plans rp ON rp.realm_id = r.id
  LEFT JOIN user_counts sc ON sc.server_id = CASE WHEN r.id IS NULL THEN q.server_id END AND sc.realm_id IS NULL
  LEFT JOIN user_counts rc ON rc.realm_id = r.id`;

/** The columns above, as they come from the database. */
export interface PermissionRow {
  readonly server_plan_type: number | null;
  readonly server_feature_level: number | null;
  readonly uploaded_at: Date | null;
  readonly server_has_plan: boolean;
  readonly server_plan_ending_at: Date | null;
  readonly realm_plan_type: number | null;
  readonly realm_has_plan: boolean;
  readonly realm_plan_ending_at: Date | null;
  readonly users: number | null;
  readonly users_due_at: Date | null;
}

/** Facts as they were stored. */
export interface StoredFacts extends PermissionFacts {
  /** From then on `users` is out of date: a record that was dated in the future takes effect. */
  readonly usersDueAt: Date | null;
}

/** Shapes the columns. */
export function toFacts(row: PermissionRow): StoredFacts {
  return {
    server: {
      planType: row.server_plan_type ?? 0,
      plan: planState(row.server_has_plan, row.server_plan_ending_at),
      featureLevel: row.server_feature_level,
    },
    ...(row.realm_plan_type === null
      ? {}
      : { realm: { planType: row.realm_plan_type, plan: planState(row.realm_has_plan, row.realm_plan_ending_at) } }),
    users: row.users ?? 0,
    uploadedAt: row.uploaded_at,
    usersDueAt: row.users_due_at,
  };
}

function planState(has: boolean, endingAt: Date | null): PlanState {
  if (!has) return { kind: 'none' };
  return endingAt === null ? { kind: 'active' } : { kind: 'ending', nextCycleAt: endingAt };
}
