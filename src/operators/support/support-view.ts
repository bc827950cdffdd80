import { organizationTypeName } from '../../plans/catalogue/organization-types.js';
import { STATUS } from '../../plans/catalogue/plan-status.js';
import { TIER } from '../../plans/catalogue/tiers.js';
import type { EventRow } from '../logs/audit-log.read-model.js';
import { eventView } from '../logs/event-view.js';
import type { CustomerFacts } from './customer-facts.read-model.js';
import { realmFacts, serverFacts } from './entity-facts.js';
import type { BillingUserRow, EntityRow, RealmRow, ServerRow } from './entity-facts.read-model.js';
import type { Fact } from './fact.js';
import { formChoices } from './form-choices.js';
import { agreedFacts, livePlanView, nextPlanView, offerFacts } from './plan-view.js';
import { entityKey, type FailureRow, type PushFacts } from './push-facts.read-model.js';
import { pushStanding } from './push-standing.js';
import { pushFacts } from './push-view.js';

/** All that was read for a page of servers. */
export interface SupportFacts {
  readonly servers: readonly ServerRow[];
  readonly realms: readonly RealmRow[];
  readonly billingUsers: readonly BillingUserRow[];
  readonly customers: readonly CustomerFacts[];
  readonly pushes: PushFacts;
  readonly peaks: ReadonlyMap<string, number | null>;
  readonly events: readonly EventRow[];
}

/** What facts are judged by. */
export interface SupportRules {
  readonly now: Date;
  readonly staleHours: number;
  readonly freeUsers: number;
  /** The operator may change something. */
  readonly mayAct: boolean;
}

type Badge = NonNullable<Fact['badge']>;

const HOUR_MILLIS = 3_600_000;

/** What the template shows of each server, with its organizations. */
export function serverViews(facts: SupportFacts, rules: SupportRules): object[] {
  return facts.servers.map((server) => {
    const mine = facts.realms.filter(({ server_id: id }) => id === server.id);
    const isStale =
      server.uploaded_at === null ||
      rules.now.getTime() - server.uploaded_at.getTime() > rules.staleHours * HOUR_MILLIS;
    const people = facts.billingUsers.filter(
      ({ server_id: id, realm_id: realm }) => id === server.id && realm === null,
    );
    const customer = facts.customers.find(({ serverId }) => serverId === server.id);
    return {
      id: server.id,
      host: server.host,
      charts: `/stats/remote/${server.id}/installation`,
      logs: `/activity/remote/logs/server/${server.uuid}/`,
      badges: [...(server.deactivated ? [bad('deactivated')] : []), ...planBadges(server, customer)],
      facts: serverFacts(server, people, facts.peaks.get(server.id) ?? null, isStale),
      isDeactivated: server.deactivated,
      mayAct: rules.mayAct,
      ...common(server, server, customer, isStale, facts, rules),
      realms: mine.map((realm) => realmView(realm, server, isStale, facts, rules)),
      hiddenRealms: server.realms - mine.length,
      hasRealms: mine.length > 0,
      events: facts.events.filter(({ server_id: id }) => id === server.id).map(eventView),
    };
  });
}

function realmView(
  realm: RealmRow,
  server: ServerRow,
  isStale: boolean,
  facts: SupportFacts,
  rules: SupportRules,
): object {
  const people = facts.billingUsers.filter(({ realm_id: id }) => id === realm.id);
  const customer = facts.customers.find(({ realmId }) => realmId === realm.id);
  return {
    id: realm.id,
    name: realm.name || realm.host,
    charts: `/stats/remote/${server.id}/realm/${realm.id}`,
    badges: [
      ...(realm.realm_locally_deleted ? [bad('locally deleted')] : []),
      ...(realm.registration_deactivated ? [bad('registration deactivated')] : []),
      ...(realm.realm_deactivated ? [bad('deactivated on its server')] : []),
      ...planBadges(realm, customer),
    ],
    facts: realmFacts(realm, people),
    ...common(realm, server, customer, isStale, facts, rules),
  };
}

/** What is shown of servers and organizations alike: pushes, plans, sponsorship, and the forms. */
function common(
  entity: ServerRow | RealmRow,
  server: ServerRow,
  customer: CustomerFacts | undefined,
  isStale: boolean,
  facts: SupportFacts,
  rules: SupportRules,
) {
  const realmId = 'server_id' in entity ? entity.id : null;
  const failures = facts.pushes.failures.filter((row) => isOf(row, server.id, realmId));
  const standing = standingOf(entity, server, realmId, failures, facts, rules);
  const users = isStale ? null : (entity.users ?? 0);
  const isChangeable = rules.mayAct && !server.deactivated;
  return {
    key: entityKey(server.id, realmId),
    // Organizations stand below their server.
    ...(realmId === null ? { level: 3, sublevel: 4 } : { level: 4, sublevel: 5 }),
    push: { ...standing, facts: pushFacts(entity, standing, failures) },
    stripe: customer?.stripeCustomerId
      ? `https://dashboard.stripe.com/customers/${customer.stripeCustomerId}`
      : undefined,
    stripeId: customer?.stripeCustomerId,
    agreed: customer && agreedFacts(customer),
    offer: customer && offerFacts(customer),
    live: customer?.live && livePlanView(customer.live, users, rules.now),
    next: customer?.next && nextPlanView(customer.next, users),
    sponsorship: sponsorshipOf(customer),
    form: isChangeable ? formOf(entity.id, realmId, customer, rules) : undefined,
  };
}

function formOf(id: string, realmId: string | null, customer: CustomerFacts | undefined, rules: SupportRules): object {
  const [field, whom] = realmId === null ? ['remote_server_id', 'server'] : ['remote_realm_id', 'organization'];
  return { field, id, whom, ...formChoices(customer, rules.now) };
}

function standingOf(
  entity: EntityRow,
  server: ServerRow,
  realmId: string | null,
  failures: readonly FailureRow[],
  { pushes }: SupportFacts,
  rules: SupportRules,
) {
  const key = entityKey(server.id, realmId);
  const permission = pushes.permissions.get(key);
  if (!permission) throw new Error('every entity has a permission');
  const turns = pushes.turns.get(key);
  return pushStanding({
    ...rules,
    isServer: realmId === null,
    realms: realmId === null ? server.realms : 0,
    permission,
    deactivatedAt: server.deactivated ? server.deactivated_at : undefined,
    uploadedAt: server.uploaded_at,
    registeredAt: server.created_at,
    lastRequestAt: entity.last_request_at,
    outgrownAt: turns?.outgrownAt ?? null,
    freeSince: turns?.freeSince ?? null,
    users: entity.users,
    failed: failures.reduce((sum, { pushes: failed }) => sum + failed, 0),
    delivered: Number(entity.pushes_week ?? 0),
  });
}

/** A server's failures are those of its organizations too. */
function isOf(row: { server_id: string; realm_id: string | null }, serverId: string, realmId: string | null): boolean {
  return realmId === null ? row.server_id === serverId : row.realm_id === realmId;
}

function planBadges({ plan_type: planType }: EntityRow, customer: CustomerFacts | undefined): Badge[] {
  const hasDiscount =
    customer !== undefined && (customer.monthlyDiscountedPrice > 0 || customer.annualDiscountedPrice > 0);
  return [
    ...(planType === TIER.community ? [{ kind: 'ok', text: '100% sponsored' } as const] : []),
    ...(hasDiscount ? [{ kind: 'ok', text: 'has a discount' } as const] : []),
    ...(customer?.sponsorshipPending ? [{ kind: 'warn', text: 'sponsorship pending' } as const] : []),
    ...(customer?.live?.status === STATUS.switchPlanAtPlanEnd
      ? [{ kind: 'ok', text: 'next plan scheduled' } as const]
      : []),
  ];
}

function bad(text: string): Badge {
  return { kind: 'bad', text };
}

/** What was asked for, while it waits. */
function sponsorshipOf(customer: CustomerFacts | undefined): { facts: Fact[] } | undefined {
  if (!customer?.sponsorshipPending) return undefined;
  const { request } = customer;
  if (!request) return { facts: [] };
  const rows: [string, string][] = [
    ['Organization type', organizationTypeName(request.org_type)],
    ['Website', request.org_website || 'none submitted'],
    ['Description', request.org_description],
    ['How they plan to use it', request.plan_to_use],
    ['Expected users', request.expected_total_users],
    ['Paid staff', request.paid_users_count],
    ['Description of paid staff', request.paid_users_description || 'none submitted'],
    ['Requested plan', request.requested_plan || 'none named'],
  ];
  return { facts: rows.map(([label, text]) => ({ label, text })) };
}
