import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addCustomer, addPlan } from '../plans/billing-rows.js';
import { BrowserClient } from '../support/browser-client.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { finish, forgetLinkMails, keepMail, linksTo, logInServer, pathOf } from './logins.js';

const DAY = 24 * 3_600;

let service: TestService;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start({ env: { TERMS_URL: 'https://push.test/terms' } });
  await keepMail(service);
});
afterAll(() => service.stop());
beforeEach(async () => {
  await forgetLinkMails(service);
  server = await service.addServer();
});

const aBrowser = () => new BrowserClient(service.origin);

/** The link that comes of id, key and this address. */
async function linkFor(email: string, more: Record<string, string> = {}): Promise<string> {
  const browser = aBrowser();
  await browser.open('/serverlogin/');
  await browser.submit('/serverlogin/', { zulip_org_id: server.uuid, zulip_org_key: server.key, ...more });
  const answer = await browser.submit(`/serverlogin/${server.uuid}/confirm/`, { email, ...more });
  expect(answer.status).toBe(200);
  return (await linksTo(service, email)).at(-1) ?? '';
}

const anEmail = () => `${randomUUID().slice(0, 8)}@x.org`;
const billingUsers = () => service.rows('SELECT * FROM server_billing_users WHERE server_id = $1', [server.id]);

describe('the link', () => {
  it('P15: opens in any browser, with host, address and terms', async () => {
    const email = anEmail();
    const { status, text } = await aBrowser().open(pathOf(await linkFor(email)));
    expect(status).toBe(200);
    expect(text).toContain(`Log in to plan management for ${server.hostname}`);
    expect(text).toContain(email);
    expect(text).toContain('name="tos_consent"');
    expect(text).toContain('<a href="https://push.test/terms">');
    expect(text).toContain('name="full_name"');
  });

  it.each([
    ['P16: without the terms', { full_name: 'Ann' }, 'terms of service must be accepted'],
    ['without a name', { tos_consent: 'true' }, 'enter your name'],
  ])('%s nobody gets in', async (_name, fields, text) => {
    const browser = aBrowser();
    const link = await linkFor(anEmail());
    await browser.open(pathOf(link));
    const answer = await browser.submit(pathOf(link), fields);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(text);
    expect(await billingUsers()).toEqual([]);
    expect((await browser.open(`/server/${server.uuid}/deactivate/`)).status).toBe(302);
  });

  it('P17: with name and terms somebody without a plan lands on the plans, logged in', async () => {
    const browser = aBrowser();
    const email = anEmail();
    const link = await linkFor(email);
    await browser.open(pathOf(link));
    const answer = await finish(browser, link);
    expect([answer.status, answer.location]).toEqual([302, `/server/${server.uuid}/plans/`]);
    expect(await billingUsers()).toMatchObject([
      { email, full_name: 'Ann Owner', tos_version: '1.0', enable_major_release_emails: false },
    ]);
    expect((await billingUsers())[0]?.last_login_at).not.toBeNull();
    expect((await browser.open(`/server/${server.uuid}/deactivate/`)).status).toBe(200);
  });

  it('P18: works again within its day, and asks for nothing that is known', async () => {
    const email = anEmail();
    const link = await linkFor(email);
    const first = aBrowser();
    await first.open(pathOf(link));
    await finish(first, link);
    const second = aBrowser();
    const page = await second.open(pathOf(link));
    expect(page.status).toBe(200);
    expect(page.text).toContain('Ann Owner');
    for (const name of ['full_name', 'tos_consent', 'enable_major_release_emails']) {
      expect(page.text).not.toContain(`name="${name}"`);
    }
    expect((await second.submit(pathOf(link))).status).toBe(302);
    expect((await second.open(`/server/${server.uuid}/deactivate/`)).status).toBe(200);
    expect(await billingUsers()).toHaveLength(1);
  });

  it('P19: is over after a day, and says how to go on', async () => {
    const link = await linkFor(anEmail());
    service.clock.advance(DAY + 60);
    const { status, text } = await aBrowser().open(pathOf(link));
    expect(status).toBe(404);
    expect(text).toContain('<h1>This link has expired</h1>');
    expect(text).toContain('<a href="/serverlogin/">start the log-in again</a>');
  });

  it.each([
    ['P20: of 10 characters', 'abcdefghij', 'malformed'],
    ['P20b: that nobody has', 'a'.repeat(24), 'not found'],
  ])('%s is told apart', async (_name, key, text) => {
    for (const kind of ['serverlogin', 'remote-billing-login']) {
      const answer = await aBrowser().open(`/${kind}/do_confirm/${key}`);
      expect(answer.status).toBe(404);
      expect(answer.text).toContain(text);
    }
  });

  it('P21: gives way to the plan of an organization, unless the server is to be deactivated', async () => {
    const realm = await service.addRealm(server);
    const customer = await addCustomer(service, { realmId: realm.id });
    await addPlan(service, customer, {}, []);
    const link = await linkFor(anEmail());
    const browser = aBrowser();
    await browser.open(pathOf(link));
    const answer = await finish(browser, link);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('not available for this server');
    expect((await browser.open(`/server/${server.uuid}/deactivate/`)).status).toBe(302);

    const other = await linkFor(anEmail(), { next_page: 'deactivate' });
    const page = await browser.open(pathOf(other));
    expect(page.text).toContain(`Log in to deactivate the registration of ${server.hostname}`);
    expect(page.text).not.toContain('enable_major_release_emails');
    expect((await finish(browser, other)).location).toBe(`/server/${server.uuid}/deactivate/`);
  });

  it('P22: leads to the page that was asked for at the beginning', async () => {
    const link = await linkFor(anEmail(), { next_page: 'sponsorship' });
    const browser = aBrowser();
    await browser.open(pathOf(link));
    expect((await finish(browser, link)).location).toBe(`/server/${server.uuid}/sponsorship/`);
  });

  it('of a server that has been deactivated is refused', async () => {
    const link = await linkFor(anEmail());
    await service.rows('UPDATE remote_servers SET deactivated = true WHERE id = $1', [server.id]);
    const answer = await aBrowser().open(pathOf(link));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('registration is deactivated');
  });

  it('stores a new version of the terms, so that nobody is asked twice', async () => {
    const email = anEmail();
    await logInServer(service, server, { email });
    await service.rows(`UPDATE server_billing_users SET tos_version = '0.9' WHERE server_id = $1`, [server.id]);
    await logInServer(service, server, { email: email.toUpperCase() });
    expect(await billingUsers()).toMatchObject([{ email, tos_version: '1.0' }]);
  });
});
