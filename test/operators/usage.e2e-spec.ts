import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import type { PlanTerms } from '../../src/plans/rules/plan-terms.js';
import { addCustomer, addPlan } from '../plans/billing-rows.js';
import type { BrowserClient } from '../support/browser-client.js';
import { BASIC_MONTHLY, renewal, T0 } from '../support/sample-plan.js';
import { TestService } from '../support/service.js';
import { enrolled } from './operator-accounts.js';
import { addCount, addDevices, addUsers, seen, tableOf, unescaped } from './usage-rows.js';

const HOST = 'Organization host or server hostname';

let service: TestService;
let browser: BrowserClient;

beforeAll(async () => {
  service = await TestService.start({ env: { OPERATOR_SECOND_FACTOR: 'optional' } });
  browser = (await enrolled(service, 'looker@example.org', 'view')).browser;
});
afterAll(() => service.stop());
beforeEach(() => service.rows('DELETE FROM remote_servers'));

const open = async (query = '') => tableOf(await browser.open(`/activity/remote${query}`));
const column = async (name: string, query = '') => (await open(query)).rows.map((row) => row[name]);
const day = (days: number) => new Date(service.clock.millis() + days * 86_400_000);
const midnight = (days: number) => `${day(days).toISOString().slice(0, 10)}T00:00:00Z`;

/** An organization with a plan, and as many users as licenses. */
async function withPlan(name: string, terms: Partial<PlanTerms>, licenses = 10) {
  const server = await service.addServer({ hostname: `${name}.example.org` });
  const realm = await service.addRealm(server, { name });
  const customer = await addCustomer(service, { realmId: realm.id });
  const plan = await addPlan(service, customer, terms, [renewal(T0, licenses)]);
  return { server, realm, customer, plan };
}

describe('who uses the service', () => {
  it('95: a server of two organizations has two rows, and its mobile users count once each in the total', async () => {
    const server = await service.addServer({ hostname: 'two.example.org' });
    const [small, large] = [
      await service.addRealm(server, { name: 'Small' }),
      await service.addRealm(server, { name: 'Large' }),
    ];
    await addDevices(service, server, 3, { realmId: small.id, perUser: 2 });
    await addDevices(service, server, 4, { realmId: large.id });
    const { rows, totals } = await open();
    expect(rows.map((row) => [row['IDs'], row['Organization'], row['Mobile users']])).toEqual([
      [`${server.id}/${small.id}`, 'Small', '3'],
      [`${server.id}/${large.id}`, 'Large', '4'],
    ]);
    expect(totals.slice(0, 2)).toEqual(['All 2 rows', '7']);
  });

  it('the total has the devices that are tied to no organization, and those of a part only where a part is shown', async () => {
    const server = await service.addServer({ hostname: 'loose.example.org' });
    const realm = await service.addRealm(server, { name: 'Tied' });
    await service.addRealm(server, { name: 'Other' });
    await addDevices(service, server, 2, { realmId: realm.id });
    await addDevices(service, server, 5);
    expect((await open()).totals[1]).toBe('7');
    expect((await open('?q=Tied')).totals[1]).toBe('2');
  });

  it('shows what changed since, once the server asked for something', async () => {
    const server = await service.addServer();
    await addDevices(service, server, 1);
    expect(await column('Mobile users')).toEqual(['1']);
    service.clock.advance(600);
    await addDevices(service, server, 1);
    expect(await column('Mobile users')).toEqual(['2']);
    await service.rows('DELETE FROM devices');
    service.clock.advance(600);
    await seen(service, server);
    expect(await column('Mobile users')).toEqual(['0']);
  });

  it('leaves out deactivated servers, organizations of bots and deactivated ones; then the server has a row of its own', async () => {
    const [gone, server] = [await service.addServer(), await service.addServer({ hostname: 'here.example.org' })];
    await service.rows('UPDATE remote_servers SET deactivated = true WHERE id = $1', [gone.id]);
    const [bots, ended] = [await service.addRealm(server), await service.addRealm(server)];
    await service.rows('UPDATE remote_realms SET is_system_bot_realm = true WHERE id = $1', [bots.id]);
    await service.rows('UPDATE remote_realms SET realm_deactivated = true WHERE id = $1', [ended.id]);
    await addUsers(service, server, 12, 2);
    const { rows } = await open();
    expect(
      rows.map((row) => [row['IDs'], row[HOST], row['Organization type'], row['Total users'], row['Guest users']]),
    ).toEqual([[server.id, 'here.example.org', '', '12', '2']]);
  });

  it('counts pushes of the last seven days, today included, of the server or of its organizations, whichever knows more', async () => {
    const [plain, encrypted] = [await service.addServer(), await service.addServer()];
    const realm = await service.addRealm(encrypted);
    const property = 'mobile_pushes_forwarded::day';
    for (const [end, value] of [
      [1, 1],
      [-6, 10],
      [-7, 100],
    ] as const) {
      await addCount(service, plain, { property, end: midnight(end), value });
      await addCount(service, encrypted, { property, end: midnight(end), value: value * 2, realmId: realm.id });
    }
    const { rows, totals } = await open('?sort=ids');
    expect(rows.map((row) => row['Mobile pushes'])).toEqual(['11', '22']);
    expect(totals[2]).toBe('33');
  });

  it('shows when a server last uploaded, and marks data that are too old or missing', async () => {
    const [fresh, old, never] = [
      await service.addServer(),
      await service.addServer(),
      await service.addServer({ uploaded: false }),
    ];
    await service.rows('UPDATE remote_servers SET last_audit_log_update = $2 WHERE id = $1', [old.id, day(-3)]);
    const shown = (at: Date) => at.toISOString().slice(0, 16).replace('T', ' ');
    const { rows } = await open('?sort=ids');
    expect(rows.map((row) => row['Last audit log update (UTC)'])).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/),
      `${shown(day(-3))} stale`,
      'stale',
    ]);
    expect(await column('IDs', '?stale=1&sort=ids')).toEqual([old.id, never.id]);
    expect(fresh.id).not.toBe(old.id);
  });
});

describe('the table', () => {
  async function threeServers() {
    const names = ['Beta', 'alpha', 'Gamma'];
    for (const [i, name] of names.entries()) {
      const server = await service.addServer({ hostname: `${name.toLowerCase()}.example.org` });
      const realm = await service.addRealm(server, { name });
      await service.rows('UPDATE remote_servers SET last_version = $2 WHERE id = $1', [server.id, `1${i}.0`]);
      await addDevices(service, server, i + 1, { realmId: realm.id });
      await addUsers(service, server, 8 + i * 2, i, realm.id);
    }
  }

  it('has the busiest servers first, those of one server together, and can be sorted by every column either way', async () => {
    await threeServers();
    expect(await column('Organization')).toEqual(['Gamma', 'alpha', 'Beta']);
    expect(await column('Organization', '?sort=realm&dir=asc')).toEqual(['alpha', 'Beta', 'Gamma']);
    expect(await column('Organization', '?sort=realm&dir=desc')).toEqual(['Gamma', 'Beta', 'alpha']);
    const page = await browser.open('/activity/remote');
    const links = [...page.text.matchAll(/<th scope="col"[^>]*><a href="([^"]+)"/g)].map(([, link]) => link ?? '');
    expect(links).toHaveLength(16);
    for (const link of links) {
      const once = await browser.open(unescaped(link));
      expect([link, once.status, tableOf(once).rows.length]).toEqual([link, 200, 3]);
      expect(once.text).toMatch(/aria-sort="(ascending|descending)"/);
    }
  });

  it.each([
    ['?q=ALPHA', ['alpha']],
    ['?q=beta.example', ['Beta']],
    ['?q=%25', []],
    ['?version=11', ['alpha']],
    ['?over=1', ['Gamma']],
    ['?plan=0', ['Gamma', 'alpha', 'Beta']],
    ['?plan=103', []],
    ['?stale=1', []],
    ['?plan=&status=&version=&q=', ['Gamma', 'alpha', 'Beta']],
  ])('%s chooses', async (query, names) => {
    await threeServers();
    expect(await column('Organization', query)).toEqual(names);
  });

  it('can be chosen by plan and status', async () => {
    await withPlan('annual', {});
    await withPlan('trial', { ...BASIC_MONTHLY, status: STATUS.freeTrial });
    expect(await column('Organization', `?plan=${TIER.basic}`)).toEqual(['trial']);
    expect(await column('Organization', `?status=${STATUS.active}`)).toEqual(['annual']);
    expect(await column('Organization', `?plan=${TIER.basic}&status=${STATUS.active}`)).toEqual([]);
  });

  it.each(['?plan=7', '?status=99', '?sort=uuid', '?sort=server_id;--', '?page=0', '?page=x', '?q=1&q=2'])(
    'refuses %s, which no link of it says',
    async (query) => {
      expect((await browser.open(`/activity/remote${query}`)).status).toBe(400);
    },
  );

  it('shows a hundred rows at a time, with the totals of all', async () => {
    await service.rows(
      `INSERT INTO remote_servers (uuid, key_digest, hostname, contact_email, created_at, updated_at)
       SELECT gen_random_uuid(), '\\x00', 'host' || n || '.example.org', 'a@example.org', $1, $1 FROM generate_series(1, 230) n`,
      [service.clock.now()],
    );
    const lengths = [];
    let next: string | undefined = '/activity/remote?sort=ids&dir=asc';
    const ids = new Set<string>();
    while (next !== undefined) {
      const page = await browser.open(next);
      const { rows, totals } = tableOf(page);
      for (const row of rows) ids.add(row['IDs'] ?? '');
      lengths.push([rows.length, totals[0]]);
      const link = /<a href="([^"]+)" rel="next"/.exec(page.text)?.[1];
      next = link === undefined ? undefined : unescaped(link);
    }
    expect(lengths).toEqual([
      [100, 'All 230 rows'],
      [100, 'All 230 rows'],
      [30, 'All 230 rows'],
    ]);
    expect(ids.size).toBe(230);
  });

  it('says so where nothing fits', async () => {
    const page = await browser.open('/activity/remote?q=nothing');
    expect([page.status, page.text.includes('No server or organization fits.')]).toEqual([200, true]);
  });

  it('has every row as CSV, in the order and by the choice of the page, and no cell that a spreadsheet would run', async () => {
    await threeServers();
    const evil = await service.addServer({ hostname: 'evil.example.org' });
    await service.addRealm(evil, { name: '=HYPERLINK("http://evil")' });
    await withPlan('+paid, "really"', { billingSchedule: SCHEDULE.annual });
    const answer = await browser.open('/activity/remote.csv?sort=realm&dir=asc');
    expect([answer.status, answer.headers['content-type'], answer.headers['content-disposition']]).toEqual([
      200,
      'text/csv; charset=utf-8',
      expect.stringMatching(/^attachment; filename="usage-\d{4}-\d\d-\d\d\.csv"$/),
    ]);
    const lines = answer.text.split('\r\n');
    expect(lines).toHaveLength(7);
    expect(lines[0]).toBe(
      'server_id,realm_id,date_created,realm_name,host,contact_email,server_version,last_audit_log_update,mobile_users,mobile_pushes,' +
        'organization_type,plan,status,annual_revenue,rate,total_users,guest_users',
    );
    const names = lines.slice(1, -1).map((line) => /Z,("(?:[^"]|"")*"|[^,]*),/.exec(line)?.[1]);
    expect(names.toSorted()).toEqual(
      ['Beta', 'Gamma', 'alpha', `"'+paid, ""really"""`, `"'=HYPERLINK(""http://evil"")"`].toSorted(),
    );
    expect(names.filter((name) => /^[a-z]/i.test(name ?? ''))).toEqual(['alpha', 'Beta', 'Gamma']);
    expect(lines.find((line) => line.includes('paid'))).toContain(',Business,Active,800.00,100%,0,0');
    const chosen = await browser.open('/activity/remote.csv?q=alpha');
    expect(chosen.text.split('\r\n')).toHaveLength(3);
  });

  it('and its CSV are for operators only', async () => {
    for (const path of [
      '/activity/',
      '/activity/remote',
      '/activity/remote/',
      '/activity/remote.csv',
      '/stats/remote/1/installation',
    ]) {
      const answer = await fetch(service.origin + path, { redirect: 'manual', headers: { accept: 'text/html' } });
      expect([path, answer.status, answer.headers.get('location')]).toEqual([
        path,
        302,
        `/login/?next=${encodeURIComponent(path)}`,
      ]);
    }
  });
});
