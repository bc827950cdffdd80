import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import type { BouncerExchange } from '../../src/sandbox/zulip/bouncer-client.js';
import { SimulatedZulipServer, type ZulipAccount } from '../../src/sandbox/zulip/zulip-server.js';
import { anEvent, aRealm, roles, upload } from '../analytics/uploads.js';
import { addCustomer, addPlan } from '../plans/billing-rows.js';
import { BrowserClient } from '../support/browser-client.js';
import { renewal, T0 } from '../support/sample-plan.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { accessUrl, anOwner, finish, keepMail, linksTo, pathOf, type ZulipOwner } from './logins.js';

let service: TestService;
let server: TestServerRow;
let realm: { id: string; uuid: string };
let owner: ZulipOwner;

beforeAll(async () => {
  service = await TestService.start();
  await keepMail(service);
});
afterAll(() => service.stop());
beforeEach(async () => {
  server = await service.addServer();
  realm = await service.addRealm(server);
  owner = anOwner();
});

const aBrowser = () => new BrowserClient(service.origin);
const access = () => accessUrl(service, server, realm, owner);

describe("the customer's own server", () => {
  const account: ZulipAccount = { uuid: randomUUID(), email: 'ann@zulip.test', fullName: 'Ann', isOwner: true };

  function zulip(options: { usesPushService?: boolean; uuid?: string; observe?: (e: BouncerExchange) => void } = {}) {
    const { uuid = realm.uuid, ...more } = options;
    return new SimulatedZulipServer({
      url: service.origin,
      hostname: server.hostname,
      credentials: { orgId: server.uuid, orgKey: server.key },
      realm: { id: 2, uuid, name: 'Realm', url: `https://${server.hostname}` },
      clock: service.clock,
      ...more,
    });
  }

  it('P33: lets owners only to plan management', async () => {
    const page = await zulip().openPlanManagement({ ...account, isOwner: false });
    expect(page).toEqual({ status: 400, body: { result: 'error', msg: 'Must be an organization owner' } });
  });

  it('P34: explains that no push service is configured, where none is', async () => {
    const without = zulip({ usesPushService: false });
    const page = await without.openPlanManagement(account);
    expect(page).toEqual({ status: 302, location: '/self-hosted-billing/not-configured/' });
    expect(without.openNotConfigured().status).toBe(500);
    expect(zulip().openNotConfigured().status).toBe(404);
  });

  it('P35: uploads a realm that the service does not know yet, and asks again', async () => {
    const calls: string[] = [];
    const observe = ({ path, status }: BouncerExchange) =>
      void calls.push(`${path.replace('/api/v1/remotes/server/', '')} ${status}`);
    const page = await zulip({ uuid: randomUUID(), observe }).openPlanManagement(account);
    expect(calls).toEqual(['billing 403', 'analytics/status 200', 'analytics 200', 'billing 200']);
    expect(page.status).toBe(302);
    expect((await aBrowser().open(pathOf(page.location ?? ''))).status).toBe(200);
  });

  it('P36: shows that the organization belongs to another server', async () => {
    const other = await service.addServer();
    const foreign = await service.addRealm(other);
    const visitor = zulip({ uuid: foreign.uuid });
    expect((await visitor.openPlanManagement(account)).status).toBe(403);
    const json = await visitor.openPlanManagement(account, { json: true });
    expect(json).toMatchObject({ status: 403, body: { msg: expect.stringContaining('different Zulip server') } });
  });

  it('P37: tells the desktop app where to go', async () => {
    const page = await zulip().openPlanManagement(account, { json: true, nextPage: 'plans' });
    expect(page).toMatchObject({ status: 200, body: { result: 'success' } });
    const url = String(page.body?.billing_access_url);
    expect(url).toMatch(
      new RegExp(`^${service.settings.http.portalUrl}/remote-billing-login/[\\w-]+\\.[\\w-]+\\.[\\w-]+$`),
    );
  });
});

describe('server/billing', () => {
  const ask = (form: Record<string, string>) => service.call('server/billing', { auth: server, form });
  const user = () => JSON.stringify(owner);

  it.each([
    ['without a user', () => ({ realm: '{}' }), "Missing 'user' argument"],
    ['without a realm', () => ({ user: user() }), "Missing 'realm' argument"],
    ['with a realm that has no UUID', () => ({ user: user(), realm: '{}' }), 'realm["uuid"] is not a string'],
    [
      'with a page that nobody knows',
      () => ({ user: user(), realm: JSON.stringify({ uuid: realm.uuid }), next_page: 'nowhere' }),
      'Invalid next_page',
    ],
    [
      'P46: with the deactivation page, which realms do not have',
      () => ({ user: user(), realm: JSON.stringify({ uuid: realm.uuid }), next_page: 'deactivate' }),
      'Invalid next_page',
    ],
    [
      'with another scheme',
      () => ({ user: user(), realm: JSON.stringify({ uuid: realm.uuid }), uri_scheme: 'javascript:' }),
      'Invalid uri_scheme',
    ],
  ])('%s is refused', async (_name, form, msg) => {
    const answer = await ask(form());
    expect([answer.status, answer.body]).toMatchObject([400, { result: 'error', msg }]);
  });

  it('knows only realms of the server', async () => {
    const unknown = await ask({ user: user(), realm: JSON.stringify({ uuid: randomUUID() }) });
    expect([unknown.status, unknown.body]).toMatchObject([403, { code: 'MISSING_REMOTE_REALM' }]);
    const foreign = await service.addRealm(await service.addServer());
    const mismatch = await ask({ user: user(), realm: JSON.stringify({ uuid: foreign.uuid }) });
    expect([mismatch.status, mismatch.body]).toMatchObject([403, { code: 'REMOTE_REALM_SERVER_MISMATCH_ERROR' }]);
  });
});

describe("the server's plan", () => {
  let uploaded: ReturnType<typeof aRealm>[];

  /** The server has uploaded so many organizations; it is the first one's turn. */
  async function withRealms(count: number): Promise<void> {
    uploaded = Array.from({ length: count }, () => aRealm());
    const people = uploaded.map(({ id }) =>
      anEvent({ realm: id, event_time: T0.getTime() / 1_000, extra_data: roles(1, 1, 0, 7, 2) }),
    );
    server = await service.addServer();
    const answer = await upload(service, server, { realms: uploaded, realmauditlog_rows: people });
    expect(answer.status, answer.text).toBe(200);
    const uuid = uploaded[0]?.uuid ?? '';
    const [row] = await service.rows<{ id: string }>('SELECT id FROM remote_realms WHERE uuid = $1', [uuid]);
    realm = { id: row?.id ?? '', uuid };
    const customer = await addCustomer(service, { serverId: server.id });
    await addPlan(service, customer, { tier: TIER.business, automanageLicenses: false }, [renewal(T0, 25)]);
  }

  beforeEach(() => service.clock.set(new Date(T0.getTime() + 86_400_000)));

  it('P47: for several organizations stays, and is named', async () => {
    await withRealms(2);
    const { status, text } = await aBrowser().open(pathOf(await access()));
    expect(status).toBe(200);
    expect(text).toContain('<h1>Plan management not available</h1>');
    expect(text).toContain('Business');
    expect(text).not.toContain('name="email"');
  });

  it('P48: goes to the only organization, which goes on with it', async () => {
    await withRealms(1);
    const browser = aBrowser();
    const path = pathOf(await access());
    await browser.open(path);
    await browser.submit(`${path}/confirm/`, { email: owner.email });
    const [link = ''] = await linksTo(service, owner.email);
    await browser.open(pathOf(link));
    expect((await finish(browser, link)).location).toBe(`/realm/${realm.uuid}/billing/`);
    const [row] = await service.rows(
      `SELECT r.plan_type AS realm, s.plan_type AS server, c.realm_id FROM remote_realms r
       JOIN remote_servers s ON s.id = r.server_id JOIN customers c ON c.realm_id = r.id WHERE r.id = $1`,
      [realm.id],
    );
    expect(row).toEqual({ realm: TIER.business, server: 100, realm_id: realm.id });
  });

  it('P49: stays, with all else, where the organization has one of its own', async () => {
    await withRealms(1);
    const customer = await addCustomer(service, { realmId: realm.id });
    await addPlan(service, customer, { tier: TIER.basic }, [renewal(T0, 11)]);
    const tables = () =>
      Promise.all(
        ['customers', 'plans', 'remote_realms', 'remote_servers'].map((table) =>
          service.rows(`SELECT * FROM ${table} ORDER BY id`),
        ),
      );
    const url = await access();
    const before = await tables();
    const answer = await aBrowser().open(pathOf(url));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('reconcile billing data');
    expect(await tables()).toEqual(before);
  });
});
