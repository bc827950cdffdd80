import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetLinkMails, keepMail, linksTo } from '../portal/logins.js';
import { BillingWorld } from '../support/billing.js';
import { Chromium, lacksChromium } from '../support/chromium.js';

/** More stops than any page has. */
const MOST_STOPS = 80;

/** How what has the focus is marked, for the browser. */
const OUTLINE = `(({ outlineStyle, boxShadow }) => outlineStyle + ' ' + boxShadow)(getComputedStyle(document.activeElement))`;

/** Goes on with the Tab key until something has the focus, which must be seen there. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press('Tab');
    if ((await target.and(page.locator(':focus')).count()) === 0) continue;
    const outline = await page.evaluate(OUTLINE);
    expect(outline, 'the focus is to be seen').not.toBe('none none');
    return;
  }
  throw new Error('the Tab key does not lead there');
}

async function presses(page: Page, name: string): Promise<void> {
  await tabTo(page, page.getByRole('button', { name, exact: true }));
  await page.keyboard.press('Enter');
}

async function types(page: Page, label: string, text: string): Promise<void> {
  await tabTo(page, page.getByLabel(label));
  await page.keyboard.type(text);
}

describe.skipIf(lacksChromium())('with the keyboard alone', { timeout: 300_000 }, () => {
  let world: BillingWorld;
  let chromium: Chromium;
  beforeAll(async () => {
    world = await BillingWorld.start();
    chromium = await Chromium.start(world.service);
  }, 240_000);
  afterAll(async () => {
    await chromium?.stop();
    await world?.stop();
  });

  it('somebody logs in, buys a plan by card, cancels it, and logs out', async () => {
    const someone = await world.organization(43, 'server');
    const { server } = someone;
    await keepMail(world.service);
    await forgetLinkMails(world.service);
    const page = await chromium.page();

    await page.goto('/serverlogin/');
    await types(page, 'zulip_org_id', server.uuid);
    await types(page, 'zulip_org_key', server.key);
    await page.keyboard.press('Enter');
    await types(page, 'E-mail address', 'ann@zulip.test');
    await page.keyboard.press('Enter');
    await page.getByText('A link to log in was sent').waitFor();
    await page.goto((await linksTo(world.service, 'ann@zulip.test')).at(-1) ?? '');
    await types(page, 'Name', 'Ann Admin');
    await tabTo(page, page.getByLabel('I accept the terms of service'));
    await page.keyboard.press('Space');
    await presses(page, 'Continue');

    await page.getByRole('heading', { level: 1, name: `Plans for ${server.hostname}` }).waitFor();
    await tabTo(page, page.getByRole('link', { name: 'Skip to content' }));
    await tabTo(
      page,
      page
        .getByRole('button', { name: 'Upgrade to Business' })
        .or(page.getByRole('link', { name: 'Upgrade to Business' })),
    );
    await page.keyboard.press('Enter');
    await presses(page, 'Add card');
    await page.getByRole('heading', { name: 'Save a card' }).waitFor();
    await tabTo(page, page.getByRole('button', { name: 'Save card' }));
    await page.keyboard.press('Enter');
    await page.getByText('Visa ending in 4242').waitFor();
    await presses(page, 'Purchase Business');
    await page.getByText(`${server.hostname} is upgraded to Business.`).waitFor();
    expect(await someone.lines()).toEqual(['43 × 800', '-2000']);

    await tabTo(page, page.locator('#plan-action'));
    await page.keyboard.press('Enter');
    const question = page.getByRole('dialog');
    await question.waitFor();
    await tabTo(page, question.getByRole('button', { name: /cancel/i }));
    await page.keyboard.press('Enter');
    // The purchase's notice is a status as well, and stands there until the page is another.
    await expect.poll(() => someone.plan(), { timeout: 60_000 }).toMatchObject({ status: 2 });
    await page.getByRole('status').waitFor();

    await presses(page, 'Log out');
    await page.getByRole('heading', { level: 1, name: /logged out/ }).waitFor();
  });
});
