/** A server's or realm's current plan, as far as permission goes. */
export type PlanState =
  | { readonly kind: 'none' }
  | { readonly kind: 'active' }
  /** It is going to end; `nextCycleAt`: with the billing cycle or trial that ends then. */
  | { readonly kind: 'ending'; readonly nextCycleAt: Date };

/** Whether a server or realm may send notifications now, and until when that is certain. */
export interface PushPermission {
  readonly canPush: boolean;
  /** Unix seconds at which the permission is going to end; null: no end is known. */
  readonly expectedEndTimestamp: number | null;
  /** Why, in words for the server's administrator; part of the protocol. */
  readonly reason: string;
  /** The server's API feature level; null where it never told one. Decides how a refusal is worded. */
  readonly serverFeatureLevel: number | null;
}

/** What permission is decided by. */
export interface PermissionFacts {
  readonly server: { readonly planType: number; readonly plan: PlanState; readonly featureLevel: number | null };
  /** Absent: permission is asked for the server as a whole. */
  readonly realm?: { readonly planType: number; readonly plan: PlanState };
  /** People of the realm, or of the server where no realm is asked for. */
  readonly users: number;
  /** When the server last uploaded its audit log, which is where `users` comes from. */
  readonly uploadedAt: Date | null;
}

/** What the operator of the service lays down. */
export interface PermissionPolicy {
  /** So many people need no plan. */
  readonly freeUsers: number;
  /** An upload older than this says nothing any more. */
  readonly auditLogStaleHours: number;
}

/** Plan type of a sponsored community. */
const COMMUNITY = 102;
const HOUR_MILLIS = 3_600_000;
const TOO_MANY = 'Push notifications access with 10+ users requires signing up for a plan. https://zulip.com/plans/';

/**
 * The rule who may send. The first that applies: sponsored; a plan of the realm, else of the server; without one, few users. The
 * count is looked at only where it matters, so a server with a plan need not upload.
 */
export function decidePermission(facts: PermissionFacts, now: Date, policy: PermissionPolicy): PushPermission {
  const { server, realm } = facts;
  const answer = (canPush: boolean, reason: string, end: number | null = null): PushPermission => ({
    canPush,
    expectedEndTimestamp: end,
    reason,
    serverFeatureLevel: server.featureLevel,
  });
  if (realm?.planType === COMMUNITY) return answer(true, 'Community plan');
  const ownPlan = realm?.plan.kind ?? 'none';
  if (ownPlan === 'none' && server.planType === COMMUNITY) return answer(true, 'Community plan');
  const plan = realm && ownPlan !== 'none' ? realm.plan : server.plan;
  const users = isStale(facts.uploadedAt, now, policy) ? undefined : facts.users;
  switch (plan.kind) {
    case 'none':
      if (users === undefined) return answer(false, 'Missing data');
      return users > policy.freeUsers ? answer(false, TOO_MANY) : answer(true, 'No plan few users');
    case 'active':
      return answer(true, 'Active plan');
    case 'ending':
      if (users !== undefined && users <= policy.freeUsers) return answer(true, 'Expiring plan few users');
      return answer(true, 'Scheduled end', Math.floor(plan.nextCycleAt.getTime() / 1_000));
  }
}

/** Whether what a server reported is too old, or was never there, to tell how many people it has. */
export function isStale(uploadedAt: Date | null, now: Date, policy: PermissionPolicy): boolean {
  return uploadedAt === null || now.getTime() - uploadedAt.getTime() > policy.auditLogStaleHours * HOUR_MILLIS;
}
