import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LinkMailLimits } from '../../src/portal/links/link-mail-budget.js';
import { SmtpStandIn } from '../../src/sandbox/smtp/smtp-stand-in.js';
import { BrowserClient } from '../support/browser-client.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { forgetLinkMails, keepMail, linksTo, logInServer } from './logins.js';

const HOST = 'selfhosting.push.test';
const ORIGIN = `https://${HOST}`;
const DAY = 24 * 3_600;

let service: TestService;
const smtp = new SmtpStandIn();
let server: TestServerRow;

beforeAll(async () => {
  await smtp.start();
  service = await TestService.start({
    env: {
      PUBLIC_URL: 'https://push.test',
      PORTAL_URL: ORIGIN,
      TRUST_PROXY: '127.0.0.1',
      SMTP_URL: smtp.url,
      MAIL_FROM: 'noreply@push.test',
      LOG_LEVEL: 'debug',
    },
  });
  Logger.overrideLogger(false);
  await keepMail(service);
});
afterAll(async () => {
  await service.stop();
  await smtp.stop();
  Logger.overrideLogger(false);
});
beforeEach(async () => {
  await forgetLinkMails(service);
  server = await service.addServer();
});

/** A browser in front of the portal's host, from an address of its own. */
const aBrowser = (address = `198.51.100.${1 + Math.floor(Math.random() * 250)}`) =>
  new BrowserClient(service.origin, { host: HOST, headers: { 'x-forwarded-for': address } });

async function authenticate(browser: BrowserClient, more: Record<string, string> = {}) {
  await browser.open('/serverlogin/');
  return browser.submit('/serverlogin/', { zulip_org_id: server.uuid, zulip_org_key: server.key, ...more });
}

const confirm = (browser: BrowserClient, fields: Record<string, string>) =>
  browser.submit(`/serverlogin/${server.uuid}/confirm/`, fields);

const anEmail = () => `${randomUUID().slice(0, 8)}@x.org`;
const portal = { browser: { host: HOST } } as const;

describe('the credentials', () => {
  it('P1: the page shows a form with two fields', async () => {
    const { status, text } = await aBrowser().open('/serverlogin/');
    expect(status).toBe(200);
    expect(text).toMatch(/<input[^>]* name="zulip_org_id"/);
    expect(text).toMatch(/<input[^>]* name="zulip_org_key" type="password"/);
    expect(text).toContain('/etc/zulip/zulip-secrets.conf');
    expect(text).not.toContain('name="next_page"');
  });

  it('P2: the page to go to is kept in a hidden field', async () => {
    const { status, text } = await aBrowser().open('/serverlogin/?next_page=billing');
    expect(status).toBe(200);
    expect(text).toContain('<input type="hidden" name="next_page" value="billing">');
  });

  it('P3: a page that nobody knows is refused by name', async () => {
    const answer = await aBrowser().open('/serverlogin/?next_page=nowhere');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('next_page');
  });

  it.each([
    ['P4: an id that is no UUID', 'invalid'],
    ['P5: a UUID that nobody has', randomUUID()],
  ])('%s is not registered', async (_name, id) => {
    const browser = aBrowser();
    await browser.open('/serverlogin/');
    const answer = await browser.submit('/serverlogin/', { zulip_org_id: id, zulip_org_key: 'any' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('This zulip_org_id is not registered');
    expect(answer.text).toContain(`value="${id}"`);
  });

  it('P6: a key of another server does not match, and the page to go to survives', async () => {
    const browser = aBrowser();
    const answer = await authenticate(browser, { zulip_org_key: 'wrong', next_page: 'billing' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('The zulip_org_key does not match');
    expect(answer.text).toContain('name="next_page" value="billing"');
    expect((await browser.open(`/server/${server.uuid}/deactivate/`)).status).toBe(302);
  });

  it('P7: that a registration has ended is told to who has the key, and to nobody else', async () => {
    await service.rows('UPDATE remote_servers SET deactivated = true WHERE id = $1', [server.id]);
    expect((await authenticate(aBrowser())).text).toContain('has been deactivated');
    const other = await authenticate(aBrowser(), { zulip_org_key: 'wrong' });
    expect(other.text).toContain('The zulip_org_key does not match');
    expect(other.text).not.toContain('deactivated');
  });

  it('P8: with one field only the form is there again, without an error', async () => {
    const browser = aBrowser();
    await browser.open('/serverlogin/');
    const { status, text } = await browser.submit('/serverlogin/', { zulip_org_id: server.uuid });
    expect(status).toBe(200);
    expect(text).toContain('name="zulip_org_key"');
    expect(text).not.toContain('role="alert"');
  });

  it('P9: credentials in an address are refused', async () => {
    const answer = await aBrowser().open(`/serverlogin/?zulip_org_id=${server.uuid}&zulip_org_key=${server.key}`);
    expect(answer.status).toBe(405);
  });

  it('an address without its last slash leads to the page', async () => {
    const answer = await aBrowser().open('/serverlogin?next_page=plans');
    expect([answer.status, answer.location]).toEqual([302, '/serverlogin/?next_page=plans']);
  });

  it('wrong tries end in 429 and words, by address and by server, while right ones go on elsewhere', async () => {
    const wrong = { zulip_org_key: 'wrong' };
    const guesser = aBrowser('203.0.113.7');
    const statuses = [];
    for (let i = 0; i < 22; i++) statuses.push((await authenticate(guesser, wrong)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    const refused = await authenticate(guesser, { zulip_org_id: randomUUID() });
    expect(refused.status).toBe(429);
    expect(refused.text).toMatch(/Please try again in (10|9) minutes\./);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(500);
    expect((await authenticate(aBrowser('203.0.113.8'))).status).toBe(429);
    server = await service.addServer();
    expect((await authenticate(aBrowser('203.0.113.8'))).status).toBe(200);
    service.clock.advance(601);
    expect((await authenticate(guesser)).text).toContain('name="email"');
    for (let i = 0; i < 20; i++) await authenticate(guesser, wrong);
    const later = await authenticate(guesser, wrong);
    expect(later.text).toMatch(/Please try again in (50|49) minutes\./);
  });
});

describe('the address', () => {
  it('P10: the right key leads to the form for the address, in a session that opens nothing yet', async () => {
    const answer = await authenticate(aBrowser());
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<h1>Enter log in email</h1>');
    expect(answer.text).toContain(`action="/serverlogin/${server.uuid}/confirm/"`);
    const [session] = await service.rows<{ content: { portalIdentity: object } }>(
      `SELECT content FROM browser_sessions WHERE content->'portalIdentity'->>'serverUuid' = $1`,
      [server.uuid],
    );
    expect(session?.content.portalIdentity).toMatchObject({
      key: `remote_server:${server.uuid}`,
      billingUserId: null,
    });
  });

  it('P11: with the key alone no page opens', async () => {
    const browser = aBrowser();
    await authenticate(browser);
    const page = await browser.open(`/server/${server.uuid}/deactivate/`);
    expect([page.status, page.location]).toEqual([302, '/serverlogin/?next_page=deactivate']);
  });

  it('P12: a link is mailed, and the page names address and life', async () => {
    const browser = aBrowser();
    await authenticate(browser);
    const answer = await confirm(browser, { email: 'a@x.org' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('a@x.org');
    expect(answer.text).toContain('24 hours');
    for (let i = 0; i < 200 && smtp.mailsTo('a@x.org').length === 0; i++) await sleep(50);
    const [mail, ...more] = smtp.mailsTo('a@x.org');
    expect(more).toEqual([]);
    expect(mail?.subject).toContain(server.hostname);
    expect(mail?.text).toContain('or somebody on your behalf');
    expect(mail?.text).toContain('24 hours');
    expect(mail?.text).toMatch(/^https:\/\/selfhosting\.push\.test\/serverlogin\/do_confirm\/[a-z2-7]{24}$/m);
  });

  it('P13: without the key no link is mailed', async () => {
    const browser = aBrowser();
    await browser.open('/serverlogin/');
    const email = anEmail();
    const plain = await confirm(browser, { email });
    expect([plain.status, plain.location]).toEqual([302, '/serverlogin/']);
    const next = await confirm(browser, { email, next_page: 'upgrade' });
    expect(next.location).toBe('/serverlogin/?next_page=upgrade');
    expect(await linksTo(service, email)).toEqual([]);
  });

  it('P14: who is logged in starts again', async () => {
    const browser = await logInServer(service, server, portal);
    const answer = await confirm(browser, { email: anEmail() });
    expect([answer.status, answer.location]).toEqual([302, '/serverlogin/']);
  });

  it.each([
    ['none', {}, 'email'],
    ['one that is none', { email: 'nonsense' }, 'not a valid e-mail address'],
  ])('without an address (%s) none is mailed', async (_name, fields, text) => {
    const browser = aBrowser();
    await authenticate(browser);
    const answer = await confirm(browser, fields);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(text);
  });
});

describe('mails with links', () => {
  it('P23: are limited by address first, then by server', async () => {
    const limits = service.app.get(LinkMailLimits);
    Object.assign(limits, { perAddress: 2, perServer: 3 });
    try {
      const email = anEmail();
      const one = aBrowser('203.0.113.20');
      await authenticate(one);
      for (let i = 0; i < 2; i++) expect((await confirm(one, { email })).status).toBe(200);
      const third = await confirm(one, { email });
      expect(third.status).toBe(429);
      expect(third.text).toContain('You have exceeded the limit');
      expect(third.text).toContain('in 24 hours');
      const another = aBrowser('203.0.113.21');
      await authenticate(another);
      expect((await confirm(another, { email })).status).toBe(200);
      const fourth = await confirm(another, { email });
      expect(fourth.status).toBe(429);
      expect(fourth.text).toContain('Your server has exceeded the limit');
      expect(await linksTo(service, email)).toHaveLength(3);
      service.clock.advance(DAY + 1);
      await authenticate(another);
      expect((await confirm(another, { email })).status).toBe(200);
    } finally {
      Object.assign(limits, new LinkMailLimits());
    }
  });
});

it('P24: pages are not there on any other host, whoever asks', async () => {
  const browser = await logInServer(service, server, portal);
  const elsewhere = browser.on('push.test');
  for (const path of ['/serverlogin/', `/server/${server.uuid}/plans/`, `/server/${server.uuid}/deactivate/`]) {
    expect((await elsewhere.open(path)).status).toBe(404);
  }
});

it('no key, link or address of a person reaches the log', async () => {
  const lines: string[] = [];
  const write = (...parts: unknown[]) => void lines.push(JSON.stringify(parts));
  Logger.overrideLogger({ log: write, warn: write, error: write, debug: write, verbose: write, fatal: write });
  const email = anEmail();
  await logInServer(service, server, { ...portal, email });
  await aBrowser().open(`/serverlogin/?zulip_org_id=${server.uuid}&zulip_org_key=${server.key}`);
  await aBrowser().open('/remote-billing-login/eyJhbGciOiJIUzM4NCJ9.secret.secret');
  Logger.overrideLogger(false);
  const text = lines.join('\n');
  expect(text).toContain('/serverlogin/do_confirm/:key');
  const [link = ''] = await linksTo(service, email);
  for (const secret of [server.key, email, link.slice(-24), 'eyJhbGci']) expect(text).not.toContain(secret);
});
