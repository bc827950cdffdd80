import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCustomer, addPlan, insert } from '../plans/billing-rows.js';
import { BrowserClient, type PageAnswer } from '../support/browser-client.js';
import { BASIC_MONTHLY, change, renewal, T0 } from '../support/sample-plan.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { enrolled } from './operator-accounts.js';
import { tableOf, unescaped } from './usage-rows.js';

let service: TestService;
let browser: BrowserClient;
let operatorId: string;

beforeAll(async () => {
  service = await TestService.start({ env: { OPERATOR_SECOND_FACTOR: 'optional' } });
  browser = (await enrolled(service, 'looker@example.org', 'view')).browser;
  operatorId = (await service.rows<{ id: string }>('SELECT id FROM operators'))[0]?.id ?? '';
});
afterAll(() => service.stop());

const at = (minute: number) => new Date(Date.UTC(2026, 10, 24, 12, minute));
const logOf = (server: { uuid: string }, query = '') =>
  browser.open(`/activity/remote/logs/server/${server.uuid}/${query}`);

const ofServer = (server: TestServerRow, minute: number, type: number, more: object = {}) =>
  insert(service, 'remote_server_audit_log', {
    server_id: server.id,
    event_time: at(minute),
    event_type: type,
    ...more,
  });
const ofRealm = (server: TestServerRow, minute: number, type: number, more: object = {}) =>
  insert(service, 'remote_realm_audit_log', {
    server_id: server.id,
    event_time: at(minute),
    event_type: type,
    ...more,
  });

function linkTo(rel: string, { text }: PageAnswer): string | undefined {
  const address = new RegExp(`<a href="([^"]+)" rel="${rel}"`).exec(text)?.[1];
  return address === undefined ? undefined : unescaped(address);
}

describe('the audit log of a server', () => {
  it('97: is not found for a server that is unknown; nor is the ledger of an unknown plan', async () => {
    for (const path of [
      `/activity/remote/logs/server/${randomUUID()}/`,
      '/activity/remote/logs/server/none/',
      '/activity/plan_ledger/999999/',
      '/activity/plan_ledger/none/',
      '/activity/plan_ledger/99999999999999999999/',
    ])
      expect([path, (await browser.open(path)).status]).toEqual([path, 404]);
  });

  it('has what happened to the server and its organizations in one order of time, with who did it and what changed', async () => {
    const server = await service.addServer();
    const realm = await service.addRealm(server);
    await service.rows("UPDATE remote_realms SET host = 'club.example.org' WHERE id = $1", [realm.id]);
    const user = await insert(service, 'realm_billing_users', {
      ...{ realm_id: realm.id, user_uuid: randomUUID(), email: 'ann@example.org', created_at: at(0) },
    });
    const first = await ofServer(server, 1, 10_215);
    const reported = await ofRealm(server, 2, 101, {
      ...{ remote_realm_id: realm.id, realm_id: 2, remote_id: 1, backfilled: true },
      extra_data: { 10: { 11: { 100: 1, 200: 0, 400: 12, 600: 3 } } },
    });
    const stranger = await ofRealm(server, 3, 103, { realm_id: 7, remote_id: 2 });
    const end = await ofRealm(server, 4, 506, {
      ...{ remote_realm_id: realm.id, acting_operator_id: operatorId },
      extra_data: { plan_id: 5, property: 'end_date', old_value: null, new_value: '2027-01-01T00:00:00.000Z' },
    });
    const type = await ofServer(server, 5, 10_204, { extra_data: { old_value: 103, new_value: 100 } });
    const card = await ofRealm(server, 6, 402, { remote_realm_id: realm.id, acting_billing_user_id: user });
    const page = await logOf(server);
    const { heads, rows } = tableOf(page);
    expect(heads).toEqual(['Time (UTC)', 'Event', 'ID', 'Realm', 'By', 'Old and new values', 'People by role']);
    const time = (minute: number) => `2026-11-24 12:0${minute} UTC`;
    const club = 'club.example.org';
    expect(rows.map((row) => Object.values(row))).toEqual([
      [time(6), 'Card changed', card, club, 'ann@example.org (billing user)', '', ''],
      [time(5), 'Plan type changed', `S${type}`, 'server', '', 'value: 103 → 100', ''],
      [
        ...[time(4), 'Plan property changed', end, club, 'looker@example.org (operator)'],
        ...['end_date: none → 2027-01-01T00:00:00.000Z; plan_id: 5', ''],
      ],
      [time(3), 'User deactivated', stranger, 'N/A, realm ID: 7', '', '', 'N/A'],
      [`${time(2)} or earlier`, 'User created', reported, club, '', '', '1 owners, 12 members, 3 guests'],
      [time(1), 'Server registered', `S${first}`, 'server', '', '', ''],
    ]);
    expect(tableOf(await logOf(server, '?only=noted')).rows.map((row) => row['ID'])).toEqual([
      card,
      `S${type}`,
      end,
      `S${first}`,
    ]);
    expect((await logOf({ uuid: server.uuid.toUpperCase() })).status).toBe(200);
  });

  it('is read a hundred events at a time, each of them once, though many happened at the same moment', async () => {
    const server = await service.addServer();
    for (let i = 0; i < 130; i++) {
      await ofServer(server, i % 3, 10_204);
      await ofRealm(server, i % 3, 402);
    }
    const ids: string[] = [];
    const times: string[] = [];
    let next: string | undefined = `/activity/remote/logs/server/${server.uuid}/`;
    const lengths = [];
    while (next !== undefined) {
      const page: PageAnswer = await browser.open(next);
      const { rows } = tableOf(page);
      lengths.push(rows.length);
      ids.push(...rows.map((row) => row['ID'] ?? ''));
      times.push(...rows.map((row) => row['Time (UTC)'] ?? ''));
      next = linkTo('next', page);
    }
    expect(lengths).toEqual([100, 100, 60]);
    expect(new Set(ids).size).toBe(260);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it.each(['?before=x', '?before=2026-13-01T00:00:00.000000Z1-1', '?only=all'])('refuses %s', async (query) => {
    expect((await logOf(await service.addServer(), query)).status).toBe(400);
  });
});

describe('the license ledger of a plan', () => {
  it('shows its entries, newest first, its next cycle and how far it was invoiced', async () => {
    const server = await service.addServer();
    const realm = await service.addRealm(server, { name: 'Chess Club' });
    const customer = await addCustomer(service, { realmId: realm.id });
    service.clock.set('2012-01-20T00:00:00Z');
    const later = new Date('2012-01-10T00:00:00Z');
    const plan = await addPlan(service, customer, BASIC_MONTHLY, [renewal(T0, 10), change(later, 12)]);
    const [oldest] = await service.rows<{ id: string }>(
      'SELECT id FROM license_ledger WHERE plan_id = $1 ORDER BY id',
      [plan],
    );
    await service.rows('UPDATE plans SET invoiced_through_id = $2 WHERE id = $1', [plan, oldest?.id]);
    const browser = (await enrolled(service, 'past@example.org', 'view', new BrowserClient(service.origin))).browser;
    const page = await browser.open(`/activity/plan_ledger/${plan}/`);
    expect(page.text).toContain('<h1>License ledger of Chess Club</h1>');
    expect(page.text).toContain('<dt>Plan</dt><dd>Basic (Active)</dd>');
    expect(page.text).toContain('<dt>Start of next cycle</dt><dd>2012-02-02 03:04 UTC</dd>');
    expect(page.text).toContain(`<dd>${oldest?.id}, of 2012-01-02 03:04 UTC</dd>`);
    expect(tableOf(page).rows.map((row) => Object.values(row).slice(1))).toEqual([
      ['2012-01-10 00:00 UTC', 'No', '12', '12'],
      ['2012-01-02 03:04 UTC', 'Yes', '10', '10'],
    ]);
    for (let i = 0; i < 150; i++) {
      await insert(service, 'license_ledger', {
        plan_id: plan,
        event_time: later,
        licenses: 13 + i,
        licenses_at_next_renewal: 13 + i,
      });
    }
    const first = await browser.open(`/activity/plan_ledger/${plan}`);
    const second = await browser.open(linkTo('next', first) ?? '/');
    expect([tableOf(first).rows.length, tableOf(second).rows.length, linkTo('next', second)]).toEqual([
      100,
      52,
      undefined,
    ]);
    expect((await browser.open(`/activity/plan_ledger/${plan}/?before=x`)).status).toBe(400);
  });

  it('and the log are for operators only', async () => {
    const server = await service.addServer();
    for (const path of [`/activity/remote/logs/server/${server.uuid}/`, '/activity/plan_ledger/1/']) {
      const answer = await new BrowserClient(service.origin).open(path);
      expect([answer.status, answer.location]).toEqual([302, `/login/?next=${encodeURIComponent(path)}`]);
    }
  });
});
