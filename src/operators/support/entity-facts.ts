import { organizationTypeName } from '../../plans/catalogue/organization-types.js';
import { tierName } from '../../plans/catalogue/tiers.js';
import { count, dateTime } from '../../sessions/pages/formats.js';
import type { BillingUserRow, EntityRow, RealmRow, ServerRow } from './entity-facts.read-model.js';
import type { Fact } from './fact.js';

/** What there is to say of a server beside pushes and plans. */
export function serverFacts(
  server: ServerRow,
  people: readonly BillingUserRow[],
  peak: number | null,
  isStale: boolean,
): Fact[] {
  const { uploaded_at: uploadedAt, realms, unlinked_users: unlinked } = server;
  return [
    { label: 'Contact', text: server.contact_email, copy: true },
    ...billingUserFacts(people),
    { label: 'UUID', text: server.uuid, copy: true },
    { label: 'Registered', text: dateTime(server.created_at) },
    versionFact(server),
    {
      label: 'Organizations',
      text: realms === 0 ? 'none known: the server is older than 8.0, or never uploaded' : count(realms),
    },
    peak === null
      ? {
          label: 'Most messages in a month',
          text: 'unknown',
          badge: { kind: 'warn', text: 'recent analytics data missing' },
        }
      : { label: 'Most messages in a month', text: count(peak) },
    {
      label: 'Last audit log upload',
      text: uploadedAt === null ? 'never' : dateTime(uploadedAt),
      badge: isStale ? { kind: 'bad', text: 'stale' } : { kind: 'ok', text: 'fresh' },
    },
    ...peopleFacts(server),
    ...deviceFacts(server),
    ...(realms === 0 ? [] : [{ label: 'Mobile users tied to no organization', text: count(unlinked) }]),
  ];
}

/** What there is to say of an organization beside pushes and plans. */
export function realmFacts(realm: RealmRow, people: readonly BillingUserRow[]): Fact[] {
  return [
    { label: 'Host', text: realm.host },
    ...billingUserFacts(people),
    { label: 'UUID', text: realm.uuid, copy: true },
    { label: 'Created', text: dateTime(realm.created_at) },
    { label: 'Organization type', text: organizationTypeName(realm.org_type) },
    ...peopleFacts(realm),
    ...deviceFacts(realm),
  ];
}

function billingUserFacts(people: readonly BillingUserRow[]): Fact[] {
  return people.map(({ email, is_active: isActive }) => ({
    label: 'Billing user',
    text: email,
    copy: true,
    ...(isActive ? {} : { badge: { kind: 'warn', text: 'barred' } as const }),
  }));
}

function versionFact({ version, feature_level: level }: ServerRow): Fact {
  if (version === null) return { label: 'Version', text: 'unknown' };
  return { label: 'Version', text: level === null ? version : `${version} (feature level ${level})` };
}

function peopleFacts({ users, guests, plan_type: planType }: EntityRow): Fact[] {
  const people =
    users === null ? 'never reported' : `${count(users - (guests ?? 0))} members, ${count(guests ?? 0)} guests`;
  return [
    { label: 'Plan type', text: tierName(planType) },
    { label: 'People', text: people },
  ];
}

function deviceFacts({ mobile_users: users, apple_devices: apple, google_devices: google }: EntityRow): Fact[] {
  if (users === null) return [{ label: 'Mobile users', text: 'not counted yet' }];
  return [
    {
      label: 'Mobile users',
      text: `${count(users)} (${count(apple ?? 0)} Apple and ${count(google ?? 0)} Google devices)`,
    },
  ];
}
