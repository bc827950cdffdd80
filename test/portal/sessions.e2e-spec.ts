import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { DeactivationLinks } from '../../src/portal/deactivation/deactivation-links.js';
import { addCustomer, addPlan } from '../plans/billing-rows.js';
import { BrowserClient } from '../support/browser-client.js';
import { renewal, T0 } from '../support/sample-plan.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { accessUrl, anOwner, finish, keepMail, linksTo, logInRealm, logInServer, pathOf } from './logins.js';

const HOURS = 3_600;

let service: TestService;
let server: TestServerRow;
let realm: { id: string; uuid: string };
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());
beforeEach(async () => {
  server = await service.addServer();
  realm = await service.addRealm(server);
});

const ofServer = (name: string) => `/server/${server.uuid}/${name}/`;
const ofRealm = (name: string, uuid = realm.uuid) => `/realm/${uuid}/${name}/`;
const isDeactivated = async () =>
  (await service.rows('SELECT deactivated FROM remote_servers WHERE id = $1', [server.id]))[0]?.deactivated;

describe('the session of a server', () => {
  it('P25: is good for two hours', async () => {
    const browser = await logInServer(service, server);
    service.clock.advance(1);
    expect((await browser.open(ofServer('plans'))).status).toBe(200);
    service.clock.advance(2 * HOURS + 29);
    const late = await browser.open(ofServer('plans'));
    expect([late.status, late.location]).toEqual([302, '/serverlogin/?next_page=plans']);
  });

  it('P26: is not prolonged by being used', async () => {
    const browser = await logInServer(service, server);
    for (let i = 0; i < 11; i++) {
      service.clock.advance(600);
      expect((await browser.open(ofServer('deactivate'))).status).toBe(200);
    }
    service.clock.advance(601);
    expect((await browser.open(ofServer('deactivate'))).status).toBe(302);
  });

  it.each([
    ['P31: a plan', 'PATCH', 'billing/plan', '/serverlogin/'],
    ['a purchase', 'POST', 'billing/upgrade', '/serverlogin/?next_page=upgrade'],
    ['a sponsorship', 'POST', 'billing/sponsorship', '/serverlogin/?next_page=sponsorship'],
  ])('when it is over, the script of %s is told where to log in', async (_name, method, path, address) => {
    const browser = await logInServer(service, server);
    service.clock.advance(2 * HOURS + 1);
    const answer = await browser.json(method, `/json/server/${server.uuid}/${path}`);
    expect([answer.status, answer.body]).toEqual([
      401,
      { error_message: expect.stringContaining('log in again'), login_url: address },
    ]);
  });

  it('ends with the key that the server had', async () => {
    const browser = await logInServer(service, server);
    const answer = await service.call('server/register', {
      form: {
        zulip_org_id: server.uuid,
        zulip_org_key: server.key,
        hostname: server.hostname,
        contact_email: 'admin@zulip.test',
        new_org_key: 'k'.repeat(64),
      },
    });
    expect(answer.status, answer.text).toBe(200);
    expect((await browser.open(ofServer('deactivate'))).location).toBe('/serverlogin/?next_page=deactivate');
  });

  it('ends with its billing user', async () => {
    const browser = await logInServer(service, server);
    await service.rows('UPDATE server_billing_users SET is_active = false WHERE server_id = $1', [server.id]);
    expect((await browser.open(ofServer('deactivate'))).status).toBe(302);
  });

  it('survives a restart of the service', async () => {
    const browser = await logInServer(service, server);
    const { settings, databaseUrl, clock } = service;
    const next = await createApp({ settings, databaseUrl, clock });
    try {
      await next.listen(0, '127.0.0.1');
      const moved = browser.at(await next.getUrl());
      expect((await moved.open(ofServer('deactivate'))).status).toBe(200);
    } finally {
      await next.close();
    }
  });

  it('is a new one after the login, so that nobody can have planted it', async () => {
    const browser = new BrowserClient(service.origin);
    await browser.open('/serverlogin/');
    await browser.submit('/serverlogin/', { zulip_org_id: server.uuid, zulip_org_key: server.key });
    const before = browser.cookie('portal_session');
    const done = await logInServer(service, server);
    expect(before).toBeDefined();
    expect(done.cookie('portal_session')).not.toBe(before);
  });

  it('opens its pages by an upper-case UUID as well', async () => {
    const browser = await logInServer(service, server);
    expect((await browser.open(`/server/${server.uuid.toUpperCase()}/deactivate/`)).status).toBe(200);
    expect((await browser.open('/server/no-uuid/deactivate/')).status).toBe(404);
  });

  it('ends by the button', async () => {
    const browser = await logInServer(service, server);
    const page = await browser.open(ofServer('deactivate'));
    expect(page.text).toContain('action="/logout/"');
    const answer = await browser.submit('/logout/');
    expect([answer.status, answer.text.includes('You are logged out')]).toEqual([200, true]);
    expect((await browser.open(ofServer('deactivate'))).status).toBe(302);
  });
});

describe('the session of a realm', () => {
  it("P27: when it is over, leads to the organization's own server", async () => {
    const browser = await logInRealm(service, server, realm);
    service.clock.advance(2 * HOURS + 1);
    const page = await browser.open(ofRealm('plans'));
    const address = `https://${server.hostname}/self-hosted-billing/?next_page=plans`;
    expect([page.status, page.location]).toEqual([302, address]);
    const script = await browser.json('POST', `/json/realm/${realm.uuid}/billing/upgrade`);
    expect([script.status, script.body]).toEqual([
      401,
      { error_message: expect.any(String), login_url: address.replace('plans', 'upgrade') },
    ]);
    // A browser does not follow a form to another host.
    const form = await browser.submit(`/json/realm/${realm.uuid}/billing/upgrade`);
    expect(form.status).toBe(401);
    expect(form.text.replaceAll('&#x3D;', '=')).toContain(`<a href="${address.replace('plans', 'upgrade')}">`);
  });

  it('P28: without one, the host is not told', async () => {
    const browser = new BrowserClient(service.origin);
    const page = await browser.open(ofRealm('plans'));
    expect(page.status).toBe(401);
    expect(page.text).toContain('main menu of your Zulip organization');
    const script = await browser.json('POST', `/json/realm/${realm.uuid}/billing/upgrade`);
    expect([script.status, script.body]).toMatchObject([401, { code: 'REMOTE_BILLING_UNAUTHENTICATED_USER' }]);
    for (const { text, headers } of [page, script]) {
      expect(text + JSON.stringify(headers)).not.toContain(server.hostname);
    }
    const unknown = await browser.open(ofRealm('plans', randomUUID()));
    expect(unknown.text.replace(/<code>.*<\/code>|content="[^"]*"/g, '')).toBe(
      page.text.replace(/<code>.*<\/code>|content="[^"]*"/g, ''),
    );
  });

  it('P29: opens neither another realm nor its own server', async () => {
    const browser = await logInRealm(service, server, realm);
    const other = await service.addRealm(server);
    expect((await browser.open(ofRealm('plans', other.uuid))).status).toBe(401);
    const page = await browser.open(ofServer('deactivate'));
    expect([page.status, page.location]).toEqual([302, '/serverlogin/?next_page=deactivate']);
  });

  it('P30: ends when the browser logs in to another one', async () => {
    const first = await logInRealm(service, server, realm);
    const other = await service.addRealm(server);
    const second = await logInRealm(service, server, other, { browser: { cookiesOf: first } });
    expect((await second.open(ofRealm('plans', other.uuid))).status).toBe(200);
    expect((await second.open(ofRealm('plans'))).status).toBe(401);
    expect((await first.open(ofRealm('plans'))).status).toBe(401);
  });

  it.each([
    ['P32: the organization is deactivated on its server', 'remote_realms', 'realm_deactivated'],
    ['the registration of the realm is deactivated', 'remote_realms', 'registration_deactivated'],
    ['the server is deactivated', 'remote_servers', 'deactivated'],
  ])('opens nothing when %s', async (_name, table, column) => {
    const browser = await logInRealm(service, server, realm);
    const id = table === 'remote_realms' ? realm.id : server.id;
    await service.rows(`UPDATE ${table} SET ${column} = true WHERE id = $1`, [id]);
    const page = await browser.open(ofRealm('plans'));
    expect([page.status, page.text.includes('registration is deactivated')]).toEqual([400, true]);
    const script = await browser.json('POST', `/json/realm/${realm.uuid}/billing/upgrade`);
    expect([script.status, script.body]).toMatchObject([400, { msg: expect.stringContaining('deactivated') }]);
  });

  it('of a server reached without TLS leads back without TLS', async () => {
    const owner = anOwner();
    await logInRealm(service, server, realm, { owner });
    const url = await accessUrl(service, server, realm, owner, { uri_scheme: 'http://' });
    const browser = new BrowserClient(service.origin);
    await browser.open(pathOf(url));
    await browser.submit(pathOf(url));
    service.clock.advance(2 * HOURS);
    expect((await browser.open(ofRealm('plans'))).location).toBe(
      `http://${server.hostname}/self-hosted-billing/?next_page=plans`,
    );
  });
});

describe('deactivation', () => {
  it('P79: ends the registration, and what else the session opens', async () => {
    const browser = await logInServer(service, server, { nextPage: 'deactivate' });
    const page = await browser.open(ofServer('deactivate'));
    expect(page.text).toContain(server.hostname);
    const done = await browser.submit(ofServer('deactivate'), { confirmed: 'true' });
    expect([done.status, done.text.includes('<h1>Registration deactivated</h1>')]).toEqual([200, true]);
    expect(await isDeactivated()).toBe(true);
    const notes = await service.rows(
      'SELECT event_type, extra_data, acting_billing_user_id FROM remote_server_audit_log WHERE server_id = $1',
      [server.id],
    );
    expect(notes).toMatchObject([{ event_type: 10201, extra_data: { deactivation_reason: 'owner_request' } }]);
    expect(notes[0]?.acting_billing_user_id).not.toBeNull();
    const later = await browser.open(ofServer('plans'));
    expect([later.status, later.text.includes('registration is deactivated')]).toEqual([400, true]);
    await browser.open('/serverlogin/');
    const login = await browser.submit('/serverlogin/', { zulip_org_id: server.uuid, zulip_org_key: server.key });
    expect(login.text).toContain('has been deactivated');
    expect((await service.call('push/notify', { auth: server, json: {} })).status).toBe(401);
  });

  it('needs a word of confirmation', async () => {
    const browser = await logInServer(service, server);
    await browser.open(ofServer('deactivate'));
    const answer = await browser.submit(ofServer('deactivate'));
    expect([answer.status, answer.text.includes('confirmed')]).toEqual([400, true]);
    expect(await isDeactivated()).toBe(false);
  });

  it('waits until paid plans are cancelled', async () => {
    const customer = await addCustomer(service, { realmId: realm.id });
    await addPlan(service, customer, {}, [renewal(T0, 25)]);
    const browser = await logInServer(service, server, { nextPage: 'deactivate' });
    await browser.open(ofServer('deactivate'));
    const answer = await browser.submit(ofServer('deactivate'), { confirmed: 'true' });
    expect([answer.status, answer.text.includes('First cancel all paid plans')]).toEqual([200, true]);
    expect(await isDeactivated()).toBe(false);
  });

  it.each([
    ['without a token', { csrf_token: '' }, {}],
    ['with a token of nobody', { csrf_token: 'abcdefgh-ijklmnopqrstuvwxyz' }, {}],
    ['from another site', {}, { origin: 'https://evil.test' }],
  ])('a form %s changes nothing', async (_name, fields, headers) => {
    const browser = await logInServer(service, server);
    await browser.open(ofServer('deactivate'));
    const forged = browser.at(service.origin, { headers });
    const answer = await forged.submit(ofServer('deactivate'), { confirmed: 'true', ...fields });
    expect(answer.status).toBe(403);
    expect(await isDeactivated()).toBe(false);
  });

  it('by a link that an operator has sent needs no key, for as long as it was said', async () => {
    await keepMail(service);
    await service.rows(`UPDATE remote_servers SET contact_email = 'boss@x.org' WHERE id = $1`, [server.id]);
    const links = service.app.get(DeactivationLinks);
    expect(await links.create(server.id, 90)).toMatchObject({ sentTo: 'boss@x.org' });
    expect(await links.create('999999', 90)).toBeUndefined();
    const [link = ''] = await linksTo(service, 'boss@x.org');
    const browser = new BrowserClient(service.origin);
    await browser.open(pathOf(link));
    expect((await finish(browser, link)).location).toBe(ofServer('deactivate'));
    service.clock.advance(90 * 60);
    expect((await new BrowserClient(service.origin).open(pathOf(link))).status).toBe(404);
  });
});
