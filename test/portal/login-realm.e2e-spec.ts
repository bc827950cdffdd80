import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TermsOfService } from '../../src/portal/login/terms-of-service.js';
import { BrowserClient } from '../support/browser-client.js';
import { type TestServerRow, TestService } from '../support/service.js';
import {
  accessUrl,
  anOwner,
  finish,
  forgetLinkMails,
  keepMail,
  linksTo,
  logInRealm,
  pathOf,
  type ZulipOwner,
} from './logins.js';

const HOUR = 3_600;

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
  await forgetLinkMails(service);
  server = await service.addServer();
  realm = await service.addRealm(server);
  owner = anOwner();
});

const aBrowser = () => new BrowserClient(service.origin);
const access = (more: Record<string, string> = {}) => accessUrl(service, server, realm, owner, more);
const billingUsers = () => service.rows('SELECT * FROM realm_billing_users WHERE realm_id = $1', [realm.id]);
const pages = (name: string) => `/realm/${realm.uuid}/${name}/`;

/** The link of a first login, mailed to this address. */
async function confirmationLink(url: string, email = owner.email): Promise<string> {
  const browser = aBrowser();
  await browser.open(pathOf(url));
  const answer = await browser.submit(`${pathOf(url)}/confirm/`, { email });
  expect(answer.status).toBe(200);
  return (await linksTo(service, email)).at(-1) ?? '';
}

describe('the first login', () => {
  it('P38: asks for an address, and proposes the one of the account', async () => {
    const { status, text } = await aBrowser().open(pathOf(await access()));
    expect(status).toBe(200);
    expect(text).toContain('<h1>Enter email</h1>');
    expect(text).toContain(`value="${owner.email}"`);
  });

  it('P39: says that the mailbox is to be looked at, and opens nothing before', async () => {
    const browser = aBrowser();
    const url = await access();
    await browser.open(pathOf(url));
    const answer = await browser.submit(`${pathOf(url)}/confirm/`, { email: owner.email });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('check your mailbox');
    expect((await browser.open(pages('plans'))).status).toBe(401);
    const [mail] = await service.rows('SELECT subject, text_body FROM kept_mail WHERE recipient = $1', [owner.email]);
    expect(mail?.subject).toBe(`Confirm your log-in to plan management for ${server.hostname}`);
  });

  it('P40: ends with name and terms, on the plans', async () => {
    const link = await confirmationLink(await access());
    const browser = aBrowser();
    const page = await browser.open(pathOf(link));
    expect(page.status).toBe(200);
    expect(page.text).toContain(`Log in to plan management for ${server.hostname}`);
    expect(page.text).toContain('value="Ann Owner"');
    const answer = await finish(browser, link);
    expect([answer.status, answer.location]).toEqual([302, pages('plans')]);
    expect(await billingUsers()).toMatchObject([
      { user_uuid: owner.uuid, email: owner.email, full_name: 'Ann Owner', tos_version: '1.0' },
    ]);
    expect((await browser.open(pages('plans'))).status).toBe(200);
  });

  it('P41: with two links makes one billing user; each link is good once', async () => {
    const url = await access();
    const first = await confirmationLink(url);
    const second = await confirmationLink(url, 'other@x.org');
    for (const link of [first, second]) {
      const browser = aBrowser();
      const page = await browser.open(pathOf(link));
      expect([page.status, page.text.includes('Log in to plan management')]).toEqual([200, true]);
      expect((await finish(browser, link)).status).toBe(302);
      const again = await browser.open(pathOf(link));
      expect([again.status, again.text.includes('This link has expired')]).toEqual([404, true]);
      expect((await finish(browser, link)).status).toBe(404);
    }
    expect(await billingUsers()).toMatchObject([{ email: owner.email }]);
  });

  it('survives a mail scanner that opens the link before the person does', async () => {
    const link = await confirmationLink(await access());
    for (let i = 0; i < 3; i++) expect((await aBrowser().open(pathOf(link))).status).toBe(200);
    expect(await billingUsers()).toEqual([]);
    const browser = aBrowser();
    await browser.open(pathOf(link));
    expect((await finish(browser, link)).status).toBe(302);
  });

  it('the same link in two browsers at once lets one of them in', async () => {
    const link = await confirmationLink(await access());
    const both = [aBrowser(), aBrowser()];
    for (const browser of both) await browser.open(pathOf(link));
    const answers = await Promise.all(both.map((browser) => finish(browser, link)));
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 404]);
  });

  it('is over after a day', async () => {
    const link = await confirmationLink(await access());
    service.clock.advance(24 * HOUR + 60);
    const { status, text } = await aBrowser().open(pathOf(link));
    expect(status).toBe(404);
    expect(text).toContain('Plan management</strong> in the main menu');
  });

  it.each([
    ['P50: ticked', { enable_major_release_emails: 'true' }, true, false],
    ['P50b: not ticked', { enable_maintenance_release_emails: 'true' }, false, true],
  ])('a box that is %s is stored as that', async (_name, boxes, major, maintenance) => {
    const link = await confirmationLink(await access());
    const browser = aBrowser();
    const page = await browser.open(pathOf(link));
    expect(page.text.match(/name="enable_\w+" type="checkbox" value="true" checked/g)).toHaveLength(2);
    await finish(browser, link, boxes);
    expect(await billingUsers()).toMatchObject([
      { enable_major_release_emails: major, enable_maintenance_release_emails: maintenance },
    ]);
  });
});

describe('later logins', () => {
  beforeEach(async () => {
    await logInRealm(service, server, realm, { owner });
  });

  it('P42: need neither mail nor terms', async () => {
    const browser = aBrowser();
    const url = await access();
    const page = await browser.open(pathOf(url));
    expect(page.status).toBe(200);
    for (const name of ['email', 'tos_consent', 'full_name']) expect(page.text).not.toContain(`name="${name}"`);
    const answer = await browser.submit(pathOf(url));
    expect([answer.status, answer.location]).toEqual([302, pages('plans')]);
    expect((await browser.open(pages('plans'))).status).toBe(200);
  });

  it('P43: only a new major version of the terms is asked about', async () => {
    const terms = service.app.get(TermsOfService);
    try {
      terms.version = '1.5';
      const browser = aBrowser();
      const url = await access();
      expect((await browser.open(pathOf(url))).text).not.toContain('tos_consent');
      terms.version = '2.0';
      expect((await browser.open(pathOf(url))).text).toContain('tos_consent');
      expect((await browser.submit(pathOf(url))).status).toBe(400);
      expect((await finish(browser, url)).status).toBe(302);
      expect(await billingUsers()).toMatchObject([{ tos_version: '2.0' }]);
    } finally {
      terms.version = new TermsOfService().version;
    }
  });

  it('P46b: lead to the page that was asked for', async () => {
    const browser = aBrowser();
    const url = await access({ next_page: 'upgrade' });
    await browser.open(pathOf(url));
    expect((await finish(browser, url)).location).toBe(pages('upgrade'));
  });

  it('a token is good for one of them, also where it is sent twice at once', async () => {
    const url = await access();
    const both = [aBrowser(), aBrowser()];
    for (const browser of both) await browser.open(pathOf(url));
    const answers = await Promise.all(both.map((browser) => finish(browser, url)));
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 400]);
    const again = await aBrowser().open(pathOf(url));
    expect([again.status, again.text.includes('was used already')]).toEqual([400, true]);
    expect((await aBrowser().open(`${pathOf(url)}/confirm/`)).status).toBe(400);
  });

  it('time runs from when the Zulip server asked, however late the form is sent', async () => {
    const url = await access();
    service.clock.advance(HOUR);
    const browser = aBrowser();
    const page = await browser.open(pathOf(url));
    expect(page.text).toContain(`action="${pathOf(url)}"`);
    await browser.submit(pathOf(url));
    service.clock.advance(HOUR - 30);
    expect((await browser.open(pages('plans'))).status).toBe(200);
    service.clock.advance(31);
    expect((await browser.open(pages('plans'))).status).toBe(302);
  });

  it('somebody who was barred does not get in', async () => {
    await service.rows('UPDATE realm_billing_users SET is_active = false WHERE realm_id = $1', [realm.id]);
    const browser = aBrowser();
    const url = await access();
    await browser.open(pathOf(url));
    expect((await browser.submit(pathOf(url))).status).toBe(403);
  });
});

describe('a token', () => {
  it('P44: that was altered is invalid', async () => {
    const path = pathOf(await access());
    for (const at of [path.length - 1, path.length - 70, path.indexOf('.') + 5, path.indexOf('login/') + 8]) {
      const letter = path[at] === 'A' ? 'B' : 'A';
      const answer = await aBrowser().open(path.slice(0, at) + letter + path.slice(at + 1));
      expect([answer.status, answer.text.includes('Invalid access token')]).toEqual([400, true]);
    }
  });

  it('P44b: is over after two hours, however often it was looked at', async () => {
    const path = pathOf(await access());
    for (let i = 0; i < 4; i++) {
      expect((await aBrowser().open(path)).status).toBe(200);
      service.clock.advance(HOUR / 2);
    }
    service.clock.advance(1);
    const answer = await aBrowser().open(path);
    expect([answer.status, answer.text.includes('access token has expired')]).toEqual([400, true]);
  });

  it('P45: of somebody without a billing account cannot log in', async () => {
    const browser = aBrowser();
    const url = await access();
    await browser.open(pathOf(url));
    const answer = await finish(browser, url);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('does not exist yet');
    expect(await billingUsers()).toEqual([]);
  });

  it('of a realm that has gone to another server is invalid', async () => {
    const url = await access();
    const other = await service.addServer();
    await service.rows('UPDATE remote_realms SET server_id = $1 WHERE id = $2', [other.id, realm.id]);
    expect((await aBrowser().open(pathOf(url))).status).toBe(400);
  });
});
