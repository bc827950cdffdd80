import type { Page } from 'playwright-core';
import { TIER } from '../../../src/plans/catalogue/tiers.js';
import { managed } from '../../portal/customers.js';
import { accessUrl, anOwner, forgetLinkMails, keepMail, linksTo, pathOf } from '../../portal/logins.js';
import type { BillingWorld } from '../../support/billing.js';
import { BrowserClient } from '../../support/browser-client.js';
import type { TestServerRow } from '../../support/service.js';
import type { Screen } from './screen.js';

const NOBODY = '6cde5f7a-1f7e-4978-9716-49f69ebfc9fe';

async function credentials(page: Page, server: TestServerRow, key = server.key): Promise<void> {
  await page.getByLabel('zulip_org_id').fill(server.uuid);
  await page.getByLabel('zulip_org_key').fill(key);
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** The link in the mail that somebody with id and key asked for. */
async function link({ service }: BillingWorld, server: TestServerRow, nextPage?: string): Promise<string> {
  await keepMail(service);
  await forgetLinkMails(service);
  const browser = new BrowserClient(service.origin);
  const next = nextPage ? { next_page: nextPage } : {};
  const email = `ann@${server.hostname}`;
  await browser.open('/serverlogin/');
  await browser.submit('/serverlogin/', { zulip_org_id: server.uuid, zulip_org_key: server.key, ...next });
  await browser.submit(`/serverlogin/${server.uuid}/confirm/`, { email, ...next });
  return pathOf((await linksTo(service, email)).at(-1) ?? '');
}

/** The way that a Zulip server sends its user. */
async function fromOrganization(world: BillingWorld): Promise<string> {
  const { server, realm } = await world.organization(8);
  await keepMail(world.service);
  await forgetLinkMails(world.service);
  return pathOf(await accessUrl(world.service, server, realm, anOwner()));
}

/** Logging in and out. */
export const LOGIN_SCREENS: readonly Screen[] = [
  { name: 'login-server', heading: /^Authenticate your Zulip server$/, arrange: () => ({ path: '/serverlogin/' }) },
  {
    name: 'login-server-wrong-key',
    heading: /^Authenticate your Zulip server$/,
    arrange: async ({ service }) => {
      const server = await service.addServer();
      return {
        path: '/serverlogin/',
        steps: async (page) => {
          await credentials(page, server, 'x'.repeat(64));
          await page.getByRole('alert').waitFor();
        },
      };
    },
  },
  {
    name: 'login-server-swapped',
    heading: /^Authenticate your Zulip server$/,
    arrange: async ({ service }) => {
      const server = await service.addServer();
      return { path: '/serverlogin/', steps: (page) => credentials(page, { ...server, uuid: server.key }) };
    },
  },
  {
    name: 'login-email',
    heading: /email/,
    arrange: async ({ service }) => {
      const server = await service.addServer();
      return {
        path: '/serverlogin/',
        steps: async (page) => {
          await credentials(page, server);
          await page.getByLabel('E-mail address').waitFor();
        },
      };
    },
  },
  {
    name: 'login-sent',
    heading: /sent/i,
    arrange: async ({ service }) => {
      const server = await service.addServer();
      await forgetLinkMails(service);
      return {
        path: '/serverlogin/',
        steps: async (page) => {
          await credentials(page, server);
          await page.getByLabel('E-mail address').fill('ann@zulip.test');
          await page.getByRole('button', { name: 'Continue' }).click();
        },
      };
    },
  },
  {
    name: 'login-finalize',
    heading: /Log in to plan management/,
    arrange: async (world) => ({ path: await link(world, await world.service.addServer()) }),
  },
  {
    name: 'login-finalize-deactivation',
    heading: /[Dd]eactivat/,
    arrange: async (world) => ({ path: await link(world, await world.service.addServer(), 'deactivate') }),
  },
  {
    name: 'login-link-unknown',
    heading: /^This link/,
    arrange: () => ({ path: '/serverlogin/do_confirm/abcdefghijklmnopqrstuvwx' }),
  },
  { name: 'login-organization', heading: /email/, arrange: async (world) => ({ path: await fromOrganization(world) }) },
  {
    name: 'login-organization-sent',
    heading: /^Confirm your email address$/,
    arrange: async (world) => ({
      path: await fromOrganization(world),
      steps: async (page) => {
        await page.getByRole('button', { name: 'Continue' }).click();
        await page.getByLabel('E-mail address').waitFor({ state: 'detached' });
      },
    }),
  },
  {
    name: 'login-organization-bad-link',
    heading: /^That did not work$/,
    arrange: () => ({ path: '/remote-billing-login/nonsense' }),
  },
  {
    name: 'login-unavailable',
    heading: /^Plan management is not available/,
    arrange: async (world) => {
      const someone = await world.organization(30);
      const path = await link(world, someone.server);
      await someone.isCustomer();
      await someone.has({ tier: TIER.business, shown: 30 });
      return {
        path,
        steps: async (page) => {
          await page.getByLabel('Name').fill('Ann Admin');
          await page.getByLabel('I accept the terms of service').check();
          await page.getByRole('button', { name: 'Continue' }).click();
          await page.getByLabel('Name').waitFor({ state: 'detached' });
        },
      };
    },
  },
  { name: 'not-logged-in', heading: /not logged in|logged out/, arrange: () => ({ path: `/realm/${NOBODY}/plans/` }) },
  {
    name: 'logged-out',
    heading: /logged out/,
    arrange: async (world) => {
      const { browser, base } = await managed(await world.organization(8));
      return {
        ...{ browser, path: `${base}/plans/` },
        steps: (page) => page.getByRole('button', { name: 'Log out' }).click(),
      };
    },
  },
  {
    name: 'too-many-mails',
    heading: /^Too many tries$/,
    arrange: async ({ service }) => {
      const server = await service.addServer();
      await forgetLinkMails(service);
      const browser = new BrowserClient(service.origin);
      await browser.open('/serverlogin/');
      await browser.submit('/serverlogin/', { zulip_org_id: server.uuid, zulip_org_key: server.key });
      for (let mails = 0; mails < 5; mails++) {
        await browser.submit(`/serverlogin/${server.uuid}/confirm/`, { email: `ann${mails}@${server.hostname}` });
      }
      return {
        path: '/serverlogin/',
        steps: async (page) => {
          await credentials(page, server);
          await page.getByLabel('E-mail address').fill('ann@zulip.test');
          await page.getByRole('button', { name: 'Continue' }).click();
        },
      };
    },
  },
  { name: 'not-found', heading: /^Page not found$/, arrange: () => ({ path: '/server/nothing/plans/' }) },
];
