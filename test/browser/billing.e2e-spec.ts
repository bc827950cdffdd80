import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BillingWorld, invoiceOn, type Organization } from '../support/billing.js';
import { Chromium, lacksChromium } from '../support/chromium.js';
import { M1, T0 } from '../support/sample-plan.js';
import { logInAsServer } from './logins.js';

const DECLINED_LATER = '4000000000000341';
const GOOD = '4242424242424242';
const MANUAL = { management: 'manual', licenses: 10 } as const;

describe.skipIf(lacksChromium())('a plan in a browser', { timeout: 300_000 }, () => {
  let world: BillingWorld;
  let chromium: Chromium;
  beforeAll(async () => {
    world = await BillingWorld.start({ FREE_TRIAL_DAYS: '0' });
    chromium = await Chromium.start(world.service);
  }, 240_000);
  afterAll(async () => {
    await chromium.stop();
    await world.stop();
  });

  interface Visit {
    readonly page: Page;
    readonly someone: Organization;
  }

  /** A server of eight users with a plan, unless said otherwise. */
  async function customer(request: Parameters<Organization['buys']>[0] = {}, at = T0): Promise<Organization> {
    world.service.clock.set(at);
    const someone = await world.organization(8, 'server');
    await someone.isCustomer({ flat_discounted_months: 0 });
    await someone.has(request);
    return someone;
  }

  /** Its administrator logs in, and the billing page is open. */
  async function logsIn(someone: Organization, javaScriptEnabled = true): Promise<Visit> {
    const page = await chromium.page({ javaScriptEnabled });
    await logInAsServer(page, world.service, someone.server);
    await page.getByRole('heading', { level: 1, name: `Billing for ${someone.server.hostname}` }).waitFor();
    return { page, someone };
  }

  async function administrator(request: Parameters<Organization['buys']>[0] = {}, scripts = true): Promise<Visit> {
    return logsIn(await customer(request), scripts);
  }

  async function entersCard(page: Page, number: string): Promise<void> {
    await page.getByRole('heading', { name: 'Save a card' }).waitFor();
    await page.getByLabel('Card').selectOption(number);
    await page.getByRole('button', { name: 'Save card' }).click();
  }

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const dialog = (page: Page, name: string) => page.getByRole('dialog', { name, exact: true });
  const thisPeriod = (page: Page) => page.getByLabel('Licenses of this period', { exact: true });
  const nextPeriod = (page: Page) => page.getByLabel('Licenses of the next period', { exact: true });

  it('69: has its licenses added after a dialog, and never fewer within a period', async () => {
    const { page, someone } = await administrator(MANUAL);
    const problem = page.locator('#licenses-problem');
    const update = page.locator('form:has(#licenses)').getByRole('button', { name: 'Update' });
    expect(await update.isVisible()).toBe(false);

    await thisPeriod(page).fill('9');
    expect(await problem.textContent()).toBe('The number can only increase in this period.');
    expect(await thisPeriod(page).getAttribute('aria-invalid')).toBe('true');
    expect(await update.isVisible()).toBe(false);
    await thisPeriod(page).press('Enter');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    await thisPeriod(page).fill('10');
    expect(await problem.isVisible()).toBe(false);
    expect(await update.isVisible()).toBe(false);
    // The arrow of the field, which presses no key.
    await thisPeriod(page).evaluate((input: { stepUp(by: number): void; dispatchEvent(event: unknown): void }) => {
      input.stepUp(1);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
    expect(await update.isVisible()).toBe(true);

    await thisPeriod(page).fill('12');
    await update.click();
    const asks = dialog(page, 'Add licenses?');
    expect(await asks.textContent()).toContain('You will have 12 licenses, 2 more than now.');
    await asks.getByRole('button', { name: 'Back' }).click();
    expect(await asks.isVisible()).toBe(false);
    expect(await someone.ledger()).toHaveLength(1);
    await thisPeriod(page).press('Enter');
    await asks.getByRole('button', { name: 'Add licenses' }).click();
    await page.getByText('Your plan has 12 licenses now.').waitFor();
    expect(await page.getByText('12 (8 in use)').isVisible()).toBe(true);
    expect(await someone.ledger()).toHaveLength(2);
  });

  it('70: renews with as many licenses as there are users at least', async () => {
    const { page } = await administrator(MANUAL);
    await nextPeriod(page).fill('7');
    expect(await page.getByText('Please enter at least 8.').isVisible()).toBe(true);
    // Exactly as many as there are users is enough.
    await nextPeriod(page).fill('8');
    await page.locator('form:has(#licenses-next)').getByRole('button', { name: 'Update' }).click();
    const asks = dialog(page, 'Change the licenses of the next period?');
    expect(await asks.textContent()).toContain('The next billing period will have 8 licenses');
    await asks.getByRole('button', { name: 'Change licenses' }).click();
    await page.getByText('Your plan will renew with 8 licenses.').waitFor();
    expect(await nextPeriod(page).inputValue()).toBe('8');
  });

  it('68: is cancelled after a dialog, and taken up again', async () => {
    const { page, someone } = await administrator();
    await button(page, 'Cancel plan').click();
    const asks = dialog(page, 'Cancel the plan?');
    // Who presses Enter without reading cancels nothing.
    await page.keyboard.press('Enter');
    expect(await asks.isVisible()).toBe(false);
    await button(page, 'Cancel plan').click();
    await asks.getByRole('button', { name: 'Cancel and downgrade' }).click();
    await page.getByText('Your plan is cancelled.').waitFor();
    expect(await page.getByText('Your plan becomes Free on February 2, 2012').isVisible()).toBe(true);
    expect(await someone.plan()).toMatchObject({ status: 2 });
    await button(page, 'Reactivate subscription').click();
    await page.getByText('Your plan is reactivated and will renew.').waitFor();
    expect(await someone.plan()).toMatchObject({ status: 1 });
    expect(await button(page, 'Cancel plan').isVisible()).toBe(true);
  });

  it('69, 68: is changed and cancelled without scripts, which ask on a page of their own', async () => {
    const { page, someone } = await administrator(MANUAL, false);
    await thisPeriod(page).fill('12');
    await page.locator('form:has(#licenses)').getByRole('button', { name: 'Update' }).click();
    await page.getByRole('heading', { level: 1, name: 'Add licenses?' }).waitFor();
    expect(await page.getByText('You will have 12 licenses, 2 more than now.').isVisible()).toBe(true);
    await button(page, 'Add licenses').click();
    await page.getByText('Your plan has 12 licenses now.').waitFor();
    await page.getByLabel('Billing frequency').selectOption('Annual');
    await page.locator('#change-frequency').click();
    await page.getByText('Annual from February 2, 2012 on').waitFor();
    await button(page, 'Cancel plan').click();
    await page.getByRole('heading', { level: 1, name: 'Cancel the plan?' }).waitFor();
    await button(page, 'Cancel and downgrade').click();
    await page.getByText('Your plan is cancelled.').waitFor();
    expect(await someone.plan()).toMatchObject({ status: 2 });
  });

  it('72: is paid annually from the next period on, or monthly after all', async () => {
    const { page, someone } = await administrator();
    const frequency = page.getByLabel('Billing frequency');
    const update = page.locator('#change-frequency');
    expect(await update.isVisible()).toBe(false);
    await frequency.selectOption('Annual');
    await update.click();
    await page.getByText('Annual from February 2, 2012 on; Monthly until then.').waitFor();
    expect(await frequency.locator('option:checked').textContent()).toBe('Annual');
    expect(await update.isVisible()).toBe(false);
    await frequency.selectOption('Monthly');
    await update.click();
    await page.getByText('Annual from').waitFor({ state: 'detached' });
    expect(await frequency.locator('option:checked').textContent()).toBe('Monthly');
    expect(await someone.plan()).toMatchObject({ status: 1 });
  });

  it('that could not be charged is paid as soon as another card is entered', async () => {
    const someone = await customer(MANUAL);
    world.stripe.giveCard((await someone.customer()).stripe_customer_id, DECLINED_LATER);
    await invoiceOn(someone, M1);
    world.service.clock.advance(7_200);
    world.stripe.advance();
    await world.settled();
    expect((await someone.invoices()).map(({ status }) => status)).toEqual(['paid', 'open']);

    const { page } = await logsIn(someone);
    await button(page, 'Update card').click();
    await entersCard(page, DECLINED_LATER);
    await page.getByRole('alert').getByText('Your card was declined.').waitFor();
    await page.getByRole('link', { name: 'Go to billing' }).click();
    await button(page, 'Update card').click();
    await entersCard(page, GOOD);
    await page.getByText('Visa ending in 4242').waitFor();
    expect(new URL(page.url()).pathname).toBe(`/server/${someone.server.uuid}/billing/`);
    expect((await someone.invoices()).map(({ status }) => status)).toEqual(['paid', 'paid']);
  });

  it.each([
    ['with scripts', true],
    ['without scripts', false],
  ])('76, 77: is asked to be sponsored, %s', async (_, scripts) => {
    const someone = await world.organization(30, 'server');
    world.service.clock.set(T0);
    const page = await chromium.page({ javaScriptEnabled: scripts });
    await logInAsServer(page, world.service, someone.server);
    await page.getByRole('link', { name: 'Sponsorship', exact: true }).click();
    await page.getByLabel('Organization type').selectOption('Non-profit (registered)');
    if (scripts) {
      expect(await page.locator('#organization_type-hint').textContent()).toContain('Free for up to 100 users');
      await button(page, 'Submit').click();
      for (const problem of [
        'describe your organization',
        'how you plan to use Zulip',
        'how many users',
        'paid staff',
      ]) {
        expect(await page.locator('.field-error', { hasText: problem }).isVisible()).toBe(true);
      }
      expect(await page.locator('#description:focus').count()).toBe(1);
      expect(
        await someone.world.service.rows('SELECT 1 FROM customers WHERE server_id = $1', [someone.server.id]),
      ).toEqual([]);
    }
    await page.getByLabel('Website').fill('not a url');
    await page.getByLabel('What your organization does').fill('A chess club.');
    await page.getByLabel('How you plan to use Zulip').fill('To play by post.');
    await page.getByLabel('How many users you expect').fill('40');
    await page.getByLabel('How many of them are paid staff').fill('None');
    await button(page, 'Submit').click();
    await page.getByText('Please enter a valid URL.').waitFor();
    expect(await page.getByLabel('What your organization does').inputValue()).toBe('A chess club.');
    await page.getByLabel('Website').fill('https://chess.example.org/');
    await button(page, 'Submit').click();
    await page.getByRole('heading', { level: 1, name: 'Your request is under review' }).waitFor();
    expect((await someone.mails()).filter((kind) => kind === 'sponsorship-requested')).toHaveLength(1);
  });
});
