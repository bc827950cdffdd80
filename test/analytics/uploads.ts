import type { ApiAnswer, Credentials } from '../support/api-client.js';
import type { TestServerRow, TestService } from '../support/service.js';

/** 1988-03-14T00:00:00Z. */
export const IN_1988 = 574_300_800;

/** Parameters of an upload, as values; text is taken as it is. */
export type UploadParameters = Readonly<Record<string, unknown>>;

/** Uploads; the lists that must be there are empty unless given. */
export function upload(
  service: Pick<TestService, 'call'>,
  auth: Credentials,
  parameters: UploadParameters = {},
): Promise<ApiAnswer> {
  const all = { realm_counts: [], installation_counts: [], ...parameters };
  const form = Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
  return service.call('server/analytics', { auth, form: Object.fromEntries(form) });
}

export function uploadStatus(service: TestService, auth: Credentials): Promise<ApiAnswer> {
  return service.call('server/analytics/status', { auth, method: 'GET' });
}

export const OK = { result: 'success', msg: '', realms: {} };

/** The body of a refusal. */
export const refused = (msg: string) => ({ result: 'error', msg, code: 'BAD_REQUEST' });

let number = 1_000;

/** A statistic of a whole server; every one has a higher number and a later hour than the one before. */
export function anInstallationCount(row: object = {}) {
  const id = ++number;
  return {
    id,
    property: 'messages_read::hour',
    subgroup: null,
    end_time: IN_1988 + 3600 * (id - 1_000),
    value: 5,
    ...row,
  };
}

/** A statistic of one realm. */
export function aRealmCount(row: object = {}) {
  return { ...anInstallationCount(), realm: 2, ...row };
}

/** Extra data with so many people of each role. */
export function roles(owners: number, admins: number, moderators: number, members: number, guests: number) {
  return {
    '10': { '11': { '100': owners, '200': admins, '300': moderators, '400': members, '600': guests }, '12': 1 },
  };
}

/** An event. */
export function anEvent(row: object = {}) {
  return {
    id: ++number,
    realm: 2,
    event_time: IN_1988,
    backfilled: false,
    event_type: 101,
    extra_data: roles(1, 1, 1, 1, 1),
    ...row,
  };
}

let realmNumber = 1;

/** A realm as its server describes it; every one is another. */
export function aRealm(row: object = {}) {
  const id = ++realmNumber;
  return {
    id,
    uuid: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
    uuid_owner_secret: 'zuliprealm_0123456789abcdef0123456789abcdef',
    host: `realm${id}.zulip.test`,
    url: `https://realm${id}.zulip.test`,
    date_created: IN_1988,
    deactivated: false,
    name: `Realm ${id}`,
    org_type: 10,
    authentication_methods: { Email: true, GitHub: false },
    is_system_bot_realm: false,
    ...row,
  };
}

const TABLES = [
  'remote_realm_counts',
  'remote_installation_counts',
  'remote_realm_audit_log',
  'remote_realms',
] as const;

/** How many rows each table holds of a server: realm counts, installation counts, audit records, realms. */
export async function stored(service: TestService, server: TestServerRow): Promise<number[]> {
  const counts = await Promise.all(
    TABLES.map((table) =>
      service.rows<{ count: number }>(`SELECT count(*)::integer FROM ${table} WHERE server_id = $1`, [server.id]),
    ),
  );
  return counts.map(([row]) => row?.count ?? -1);
}

/** Everything that is stored of a server but for its last request, to see that nothing has changed. */
export async function everything(service: TestService, server: TestServerRow): Promise<unknown> {
  const tables = [...TABLES, 'upload_watermarks'];
  const rows = await Promise.all(
    tables.map((table) => service.rows(`SELECT * FROM ${table} WHERE server_id = $1 ORDER BY 1, 2`, [server.id])),
  );
  return [rows, await service.rows('SELECT * FROM remote_servers WHERE id = $1', [server.id])];
}
