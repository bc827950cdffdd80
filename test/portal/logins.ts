import { createHash, randomUUID } from 'node:crypto';
import { BrowserClient, type BrowserOptions, type PageAnswer } from '../support/browser-client.js';
import type { TestServerRow, TestService } from '../support/service.js';

/** Somebody as their Zulip server knows them. */
export interface ZulipOwner {
  readonly uuid: string;
  readonly email: string;
  readonly full_name: string;
}

export function anOwner(): ZulipOwner {
  const uuid = randomUUID();
  return { uuid, email: `owner-${uuid.slice(0, 8)}@zulip.test`, full_name: 'Ann Owner' };
}

/** The links in the mails to an address that were written, oldest first. Needs `keepMail`. */
export async function linksTo(service: TestService, email: string): Promise<string[]> {
  const mails = await service.rows<{ text_body: string }>(
    'SELECT text_body FROM kept_mail WHERE recipient = $1 ORDER BY id',
    [email],
  );
  return mails.map(({ text_body: text }) => /^https?:\/\/\S+$/m.exec(text)?.[0] ?? '');
}

/** Mail leaves the outbox when it is sent; from now on what was written is kept. May be called more than once. */
export async function keepMail(service: TestService): Promise<void> {
  await service.rows(`
    CREATE TABLE IF NOT EXISTS kept_mail (id bigserial PRIMARY KEY, kind text, recipient text, subject text, text_body text);
    CREATE OR REPLACE FUNCTION keep_each_mail() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO kept_mail (kind, recipient, subject, text_body) VALUES (NEW.kind, NEW.recipient, NEW.subject, NEW.text_body);
        RETURN NEW;
      END $$;
    CREATE OR REPLACE TRIGGER keep_each_mail AFTER INSERT ON mail_outbox FOR EACH ROW EXECUTE FUNCTION keep_each_mail();`);
}

/** Lets further mails with links be sent, as on another day and from another address. */
export async function forgetLinkMails(service: TestService): Promise<void> {
  await service.rows('DELETE FROM portal_link_mails');
}

/** The link that a Zulip server gets for its user. */
export async function accessUrl(
  service: TestService,
  server: TestServerRow,
  realm: { readonly uuid: string },
  owner: ZulipOwner,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const form = { user: JSON.stringify(owner), realm: JSON.stringify({ uuid: realm.uuid }), ...more };
  const answer = await service.call('server/billing', { auth: server, form });
  if (answer.status !== 200) throw new Error(`server/billing: ${answer.text}`);
  return String(answer.body.billing_access_url);
}

/** The path of a link that the service made. */
export function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Fills in the last form of a login. */
export function finish(browser: BrowserClient, link: string, fields: Readonly<Record<string, string>> = {}) {
  return browser.submit(pathOf(link), { full_name: 'Ann Owner', tos_consent: 'true', ...fields });
}

export interface LoginOptions {
  readonly email?: string;
  readonly nextPage?: string;
  readonly owner?: ZulipOwner;
  readonly browser?: BrowserOptions;
}

/** A browser that has logged in for a whole server, by id, key and a link in a mail. */
export async function logInServer(service: TestService, server: TestServerRow, options: LoginOptions = {}) {
  const { email = `admin-${digest(server.uuid)}@zulip.test`, nextPage } = options;
  await keepMail(service);
  await forgetLinkMails(service);
  const browser = new BrowserClient(service.origin, options.browser);
  const next = nextPage ? { next_page: nextPage } : {};
  await browser.open('/serverlogin/');
  await browser.submit('/serverlogin/', { zulip_org_id: server.uuid, zulip_org_key: server.key, ...next });
  expectStatus(await browser.submit(`/serverlogin/${server.uuid}/confirm/`, { email, ...next }), 200);
  const link = (await linksTo(service, email)).at(-1) ?? '';
  await browser.open(pathOf(link));
  expectStatus(await finish(browser, link), 302);
  return browser;
}

/** A browser that has logged in for an organization, by the link that its Zulip server gave to a user. */
export async function logInRealm(
  service: TestService,
  server: TestServerRow,
  realm: { readonly uuid: string },
  options: LoginOptions = {},
) {
  const { owner = anOwner(), nextPage } = options;
  const { email = owner.email } = options;
  await keepMail(service);
  await forgetLinkMails(service);
  const browser = new BrowserClient(service.origin, options.browser);
  const url = await accessUrl(service, server, realm, owner, nextPage ? { next_page: nextPage } : {});
  const page = await browser.open(pathOf(url));
  if (!page.text.includes('name="email"')) {
    expectStatus(await finish(browser, url), 302);
    return browser;
  }
  expectStatus(await browser.submit(`${pathOf(url)}/confirm/`, { email }), 200);
  const link = (await linksTo(service, email)).at(-1) ?? '';
  await browser.open(pathOf(link));
  expectStatus(await finish(browser, link), 302);
  return browser;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function expectStatus(answer: PageAnswer, status: number): void {
  if (answer.status !== status) throw new Error(`the login answered ${answer.status}: ${answer.text.slice(0, 2_000)}`);
}
