import type { Page } from 'playwright-core';
import { forgetLinkMails, keepMail, linksTo } from '../portal/logins.js';
import type { TestServerRow, TestService } from '../support/service.js';

/** Logs in for a whole server as a person does: id and key, an address, the link in the mail, name and terms. */
export async function logInAsServer(
  page: Page,
  service: TestService,
  server: TestServerRow,
  email = `ann@${server.hostname}`,
): Promise<void> {
  await keepMail(service);
  await forgetLinkMails(service);
  await page.goto('/serverlogin/');
  await page.getByLabel('zulip_org_id').fill(server.uuid);
  await page.getByLabel('zulip_org_key').fill(server.key);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('A link to log in was sent').waitFor();
  await page.goto((await linksTo(service, email)).at(-1) ?? '');
  await page.getByLabel('Name').fill('Ann Admin');
  await page.getByLabel('I accept the terms of service').check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Log out' }).waitFor();
}
