import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SupportPages } from '../../src/operators/support/support-pages.js';
import { insert } from '../plans/billing-rows.js';
import { logInServer } from '../portal/logins.js';
import { BrowserClient } from '../support/browser-client.js';
import { TestService } from '../support/service.js';
import { enrolled } from './operator-accounts.js';
import { blockOf, fieldsOn, hostsOn } from './support-pages.js';
import { SupportDesk } from './support-world.js';
import { addCount, addDevices, addUsers, seen } from './usage-rows.js';

let service: TestService;
let browser: BrowserClient;
let desk: SupportDesk;
let viewer: BrowserClient;

beforeAll(async () => {
  service = await TestService.start({ env: { OPERATOR_SECOND_FACTOR: 'optional' } });
  browser = (await enrolled(service, 'helper@example.org')).browser;
  viewer = (await enrolled(service, 'looker@example.org', 'view')).browser;
  desk = new SupportDesk(browser, service);
});
afterAll(() => service.stop());
beforeEach(() => service.rows('DELETE FROM remote_servers'));

const daysAgo = (days: number) => new Date(service.clock.millis() - days * 86_400_000);

async function billingUser(table: 'server_billing_users' | 'realm_billing_users', owner: object, email: string) {
  const user = table === 'realm_billing_users' ? { user_uuid: randomUUID() } : {};
  await insert(service, table, { ...owner, ...user, email, full_name: 'Ann', created_at: service.clock.now() });
}

describe('the search of the support page', () => {
  it('80: sends everybody to the login who is no operator, customers too', async () => {
    const server = await service.addServer();
    const customer = await logInServer(service, server);
    for (const somebody of [new BrowserClient(service.origin), customer]) {
      const answer = await somebody.open('/activity/remote/support?q=zulip');
      expect([answer.status, answer.location]).toEqual([
        302,
        '/login/?next=%2Factivity%2Fremote%2Fsupport%3Fq%3Dzulip',
      ]);
      const sent = await somebody.submit('/activity/remote/support?q=zulip', {
        remote_server_id: server.id,
        remote_server_status: 'deactivated',
      });
      expect([sent.status, sent.location]).toEqual([302, '/login/']);
    }
    expect(await service.rows('SELECT 1 FROM remote_servers WHERE deactivated')).toEqual([]);
  });

  it('81: shows only its box where nothing is looked for', async () => {
    await service.addServer();
    for (const path of ['/activity/remote/support', '/activity/remote/support/', '/activity/remote/support?q=%20']) {
      const page = await browser.open(path);
      expect([page.status, hostsOn(page), page.text.includes('name="q"')]).toEqual([200, [], true]);
      expect(page.text).not.toContain('fits');
    }
  });

  it('82: finds hosts of servers and organizations and names of organizations by a part in any case; deactivated ones come last', async () => {
    const gone = await service.addServer({ hostname: 'a.example.com' });
    await service.rows('UPDATE remote_servers SET deactivated = true WHERE id = $1', [gone.id]);
    await service.addServer({ hostname: 'z.example.com' });
    const byRealm = await service.addServer({ hostname: 'other.zulip.test' });
    await service.addServer({ hostname: 'stranger.zulip.test' });
    const realm = await service.addRealm(byRealm, { name: 'Chess Club' });
    await service.rows("UPDATE remote_realms SET host = 'chess.example.com' WHERE id = $1", [realm.id]);
    const page = await desk.search('  EXAMPLE.com ');
    expect(hostsOn(page)).toEqual(['other.zulip.test', 'z.example.com', 'a.example.com']);
    expect(blockOf(page, `s${gone.id}`)).toMatch(/^a\.example\.com Remote server deactivated/);
    expect(hostsOn(await desk.search('chess cl'))).toEqual(['other.zulip.test']);
    expect(hostsOn(await desk.search('%'))).toEqual([]);
  });

  it('83: finds a server by the UUID of one of its organizations, with all of them; an unknown UUID finds nothing', async () => {
    const server = await service.addServer({ hostname: 'uuid.zulip.test' });
    const [realm, other] = [
      await service.addRealm(server, { name: 'One' }),
      await service.addRealm(server, { name: 'Two' }),
    ];
    for (const uuid of [realm.uuid.toUpperCase(), server.uuid]) {
      const page = await desk.search(uuid);
      expect(hostsOn(page)).toEqual(['uuid.zulip.test']);
      expect(blockOf(page, `r${realm.id}`)).toMatch(/^One Remote realm/);
      expect(blockOf(page, `r${other.id}`)).toMatch(/^Two Remote realm/);
    }
    const nothing = await desk.search(randomUUID());
    expect([nothing.status, hostsOn(nothing), nothing.text.includes('No server or organization fits')]).toEqual([
      200,
      [],
      true,
    ]);
  });

  it('84: finds the addresses of contacts and billing users, whole and in any case', async () => {
    const [first, second, third] = [
      await service.addServer({ hostname: 'first.zulip.test' }),
      await service.addServer({ hostname: 'second.zulip.test' }),
      await service.addServer({ hostname: 'third.zulip.test' }),
    ];
    const realm = await service.addRealm(second);
    await service.rows("UPDATE remote_servers SET contact_email = 'Root@third.test' WHERE id = $1", [third.id]);
    await billingUser('server_billing_users', { server_id: first.id }, 'Pay@first.test');
    await billingUser('realm_billing_users', { realm_id: realm.id }, 'owner@second.test');
    expect(hostsOn(await desk.search('pay@FIRST.test'))).toEqual(['first.zulip.test']);
    expect(hostsOn(await desk.search('OWNER@second.test'))).toEqual(['second.zulip.test']);
    expect(hostsOn(await desk.search('root@third.TEST'))).toEqual(['third.zulip.test']);
    expect(hostsOn(await desk.search('ner@second.test'))).toEqual([]);
    expect(blockOf(await desk.search('owner@second.test'), `r${realm.id}`)).toContain('Billing user owner@second.test');
  });

  it('shows ten servers at a time, and fifty organizations of each, the one that was meant first', async () => {
    await service.rows(
      `INSERT INTO remote_servers (uuid, key_digest, hostname, contact_email, created_at, updated_at)
       SELECT gen_random_uuid(), '\\x00', 'many' || lpad(n::text, 2, '0') || '.example.org', 'a@example.org', $1, $1 FROM generate_series(1, 23) n`,
      [service.clock.now()],
    );
    const lengths = [];
    for (const page of [1, 2, 3]) lengths.push(hostsOn(await desk.search('many', page)).length);
    expect(lengths).toEqual([10, 10, 3]);
    const first = await desk.search('many');
    expect([first.text.includes('Servers 1 to 10 of 23'), first.text.includes('rel="next"')]).toEqual([true, true]);
    const server = await service.addServer({ hostname: 'crowd.example.org' });
    await service.rows(
      `INSERT INTO remote_realms (server_id, uuid, uuid_owner_secret, host, name, created_at, updated_at, realm_date_created)
       SELECT $1, gen_random_uuid(), 's', 'r' || n || '.crowd.test', 'Crowd ' || n, $2, $2, $2 FROM generate_series(1, 60) n`,
      [server.id, service.clock.now()],
    );
    const page = await desk.search('crowd 60');
    expect(page.text.match(/Remote realm</g)).toHaveLength(50);
    expect(page.text.indexOf('Crowd 60')).toBeLessThan(page.text.indexOf('>Crowd 1<'));
    expect(page.text).toContain('10 more organizations are not shown');
  });

  it.each(['?page=0', '?page=x', '?q=a&q=b', `?q=${'x'.repeat(255)}`])('refuses %s', async (query) => {
    expect((await browser.open(`/activity/remote/support${query}`)).status).toBe(400);
  });

  it('asks the database as often for many as for one', async () => {
    const pages = service.app.get(SupportPages, { strict: false });
    const database = service.app.get(DataSource);
    const query = database.query.bind(database);
    const count = async () => {
      let asked = 0;
      database.query = ((...given: Parameters<typeof query>) => {
        asked++;
        return query(...given);
      }) as typeof database.query;
      await pages.find('zulip.test', 0, true);
      database.query = query;
      return asked;
    };
    const server = await service.addServer({ uploaded: false });
    await service.addRealm(server);
    await count();
    const one = await count();
    for (let i = 0; i < 8; i++) {
      const more = await service.addServer({ uploaded: false });
      for (let k = 0; k < 3; k++) await service.addRealm(more);
    }
    await count();
    expect(await count()).toBe(one);
    expect(one).toBeLessThanOrEqual(14);
  });
});

describe('what is shown of a server', () => {
  it('85: says so where analytics are missing and uploads are stale', async () => {
    const server = await service.addServer({ hostname: 'stale.zulip.test' });
    await addUsers(service, server, 12, 2);
    await service.rows('UPDATE remote_servers SET last_audit_log_update = $2 WHERE id = $1', [server.id, daysAgo(3)]);
    const block = blockOf(await desk.search('stale.zulip'), `s${server.id}`);
    expect(block).toContain('recent analytics data missing');
    expect(block).toMatch(/Last audit log upload \d{4}-\d\d-\d\d \d\d:\d\d UTC stale/);
    expect(block).toContain('Pushes Refused: missing data');
    const since = daysAgo(1).toISOString().slice(0, 16).replace('T', ' ');
    expect(block).toContain(`Since ${since} UTC`);
    expect(block).toContain('10 members, 2 guests');
    const customer = await insert(service, 'customers', { server_id: server.id, created_at: service.clock.now() });
    await insert(service, 'plans', {
      ...{ customer_id: customer, tier: 103, status: 1, billing_schedule: 2, price_per_license: 350 },
      ...{ automanage_licenses: true, charge_automatically: true, billing_cycle_anchor: daysAgo(3) },
      ...{ next_invoice_date: daysAgo(-27), invoicing_status: 1, created_at: daysAgo(3) },
    });
    const planless = blockOf(await desk.search('stale.zulip'), `s${server.id}`);
    expect(planless).toContain('The license ledger of this plan is missing.');
    const [plan] = await service.rows<{ id: string }>('SELECT id FROM plans');
    await insert(service, 'license_ledger', {
      ...{ plan_id: plan?.id, is_renewal: true, event_time: daysAgo(3), licenses: 12, licenses_at_next_renewal: 12 },
    });
    const warned = blockOf(await desk.search('stale.zulip'), `s${server.id}`);
    expect(warned).toContain('Recent audit data missing: nobody knows how many licenses are in use.');
    expect(warned).toContain('Licenses used unknown/12 (automatic)');
    expect(warned).toContain('Annual recurring revenue $504.00');
  });

  it('tells of devices, of pushes and of what became of the rest', async () => {
    const server = await service.addServer({ hostname: 'busy.zulip.test' });
    const realm = await service.addRealm(server, { name: 'Busy' });
    await addDevices(service, server, 3, { realmId: realm.id });
    await addDevices(service, server, 2, { kind: 2 });
    const today = daysAgo(0).toISOString().slice(0, 10);
    const tomorrow = `${daysAgo(-1).toISOString().slice(0, 10)}T00:00:00Z`;
    await addCount(service, server, { property: 'mobile_pushes_forwarded::day', end: tomorrow, value: 1_234 });
    await insert(service, 'push_failures', {
      ...{ server_id: server.id, realm_id: realm.id, day: today, provider: 'fcm', outcome: 'token-gone', pushes: 7 },
    });
    const page = await desk.search('busy.zulip');
    const block = blockOf(page, `s${server.id}`);
    expect(block).toContain('Pushes Allowed No plan few users.');
    expect(block).toContain('Mobile users 5 (3 Apple and 2 Google devices) Mobile users tied to no organization 2');
    expect(block).toContain(`Pushes delivered in 7 days 1,234 Last day with a push ${today}`);
    expect(block).toContain(`Failures in 7 days 7 device gone (Google, last ${today})`);
    expect(blockOf(page, `r${realm.id}`)).toContain('Mobile users 3 (3 Apple and 0 Google devices)');
    expect(blockOf(page, `r${realm.id}`)).toContain('Last day with a push None');
  });

  it('says since when there are too many users, and what they would need', async () => {
    const server = await service.addServer({ hostname: 'grown.zulip.test' });
    const realm = await service.addRealm(server, { name: 'Grown' });
    const report = async (id: number, days: number, users: number) =>
      insert(service, 'remote_realm_audit_log', {
        ...{ server_id: server.id, remote_realm_id: realm.id, realm_id: 1, remote_id: id, event_type: 101 },
        ...{ event_time: daysAgo(days), extra_data: { 10: { 11: { 400: users } } } },
      });
    for (const [id, days, users] of [
      [1, 9, 12],
      [2, 8, 9],
      [3, 4, 11],
      [4, 1, 14],
    ] as const)
      await report(id, days, users);
    for (const realmId of [undefined, realm.id]) await addUsers(service, server, 14, 0, realmId);
    await seen(service, server);
    const page = await desk.search('grown.zulip');
    const since = `Since ${daysAgo(4).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    const why = 'too many users without a plan There are 14 users and there is no plan; 10 users need none.';
    const [whole, own] = [blockOf(page, `s${server.id}`), blockOf(page, `r${realm.id}`)];
    expect([whole, own]).toEqual([
      expect.stringContaining(`Refused as a whole: ${why} That is for requests that name no organization`),
      expect.stringContaining(`Refused: ${why}`),
    ]);
    for (const block of [whole, own]) expect(block).toContain(since);
  });

  it('says since when a server is silent, or deactivated, and what was noted of it', async () => {
    const server = await service.addServer({ hostname: 'silent.zulip.test' });
    await service.rows('INSERT INTO remote_server_activity (server_id, last_request_at) VALUES ($1, $2)', [
      server.id,
      daysAgo(1.5),
    ]);
    const block = async () => blockOf(await desk.search('silent.zulip'), `s${server.id}`);
    expect(await block()).toMatch(/Allowed, but the server is silent Nothing has arrived.* Since \d{4}-/);
    await desk.send({ serverId: server.id }, { remote_server_status: 'deactivated' });
    expect(await block()).toMatch(
      /Refused: deactivated .* Since \d{4}-.*Server deactivated \(deactivation_reason: owner_request\), by helper@example\.org \(operator\)/,
    );
  });
});

describe('a viewer', () => {
  it('sees everything, has no form, and changes nothing', async () => {
    const server = await service.addServer({ hostname: 'seen.zulip.test' });
    const page = await viewer.open('/activity/remote/support?q=seen');
    expect(hostsOn(page)).toEqual(['seen.zulip.test']);
    expect([...fieldsOn(page)]).toEqual(['q']);
    expect(fieldsOn(await desk.search('seen'))).toContain('remote_server_status');
    const sent = await viewer.submit('/activity/remote/support?q=seen', {
      remote_server_id: server.id,
      remote_server_status: 'deactivated',
    });
    expect(sent.status).toBe(403);
    expect(await service.rows('SELECT 1 FROM remote_servers WHERE deactivated')).toEqual([]);
  });

  it('and a forged form changes nothing either', async () => {
    const server = await service.addServer({ hostname: 'forged.zulip.test' });
    const sent = await browser.submit('/activity/remote/support?q=seen', {
      ...{ csrf_token: 'made-up', remote_server_id: server.id, remote_server_status: 'deactivated' },
    });
    expect(sent.status).toBe(403);
    expect(await service.rows('SELECT 1 FROM remote_servers WHERE deactivated')).toEqual([]);
  });
});
