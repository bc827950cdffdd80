import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BillingWorld, type Organization } from '../support/billing.js';
import { Chromium, lacksChromium } from '../support/chromium.js';
import { logInAsServer } from './logins.js';

const DECLINED_LATER = '4000000000000341';
const GOOD = '4242424242424242';

describe.skipIf(lacksChromium())('a purchase in a browser', { timeout: 300_000 }, () => {
  let world: BillingWorld;
  let chromium: Chromium;
  beforeAll(async () => {
    world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
    chromium = await Chromium.start(world.service);
  }, 240_000);
  afterAll(async () => {
    await chromium.stop();
    await world.stop();
  });

  /** A server's administrator who has just logged in: the page that compares the plans is open. */
  async function administrator(users = 43, javaScriptEnabled = true): Promise<{ page: Page; someone: Organization }> {
    const someone = await world.organization(users, 'server');
    const page = await chromium.page({ javaScriptEnabled });
    await logInAsServer(page, world.service, someone.server);
    await page.getByRole('heading', { level: 1, name: `Plans for ${someone.server.hostname}` }).waitFor();
    return { page, someone };
  }

  /** Fills in the provider's page for a card. */
  async function entersCard(page: Page, number: string): Promise<void> {
    await page.getByRole('heading', { name: 'Save a card' }).waitFor();
    await page.getByLabel('Card').selectOption(number);
    await page.getByRole('button', { name: 'Save card' }).click();
  }

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });
  const due = (page: Page) => page.locator('.due:visible [data-due]').textContent();

  it.each([
    ['with scripts', true],
    ['without scripts', false],
  ])('by card leads from the plans to the billing page, %s', async (_, scripts) => {
    const { page, someone } = await administrator(43, scripts);
    await page.getByRole('link', { name: 'Upgrade to Business' }).click();
    expect(await button(page, 'Purchase Business').isDisabled()).toBe(true);
    await button(page, 'Add card').click();
    await entersCard(page, GOOD);
    await page.getByText('Visa ending in 4242').waitFor();
    await button(page, 'Purchase Business').click();
    await page.getByText(`${someone.server.hostname} is upgraded to Business.`).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/server/${someone.server.uuid}/billing/`);
    expect(await someone.lines()).toEqual(['43 × 800', '-2000']);
    expect((await someone.invoices()).map(({ status }) => status)).toEqual(['paid']);
  });

  it('by card shows what it comes to while it is chosen', async () => {
    const { page } = await administrator();
    await page.getByRole('link', { name: 'Upgrade to Business' }).click();
    expect(await due(page)).toBe('$324.00');
    await page.getByLabel('Payment schedule').selectOption('annual');
    expect(await due(page)).toBe('$3,200.00');
    await page.getByRole('link', { name: 'Choose the number yourself' }).click();
    const licenses = page.getByLabel('Number of licenses');
    expect(await due(page)).toBe('$3,200.00');
    await licenses.fill('1000');
    expect(await due(page)).toBe('$79,760.00');
    expect(await page.locator('.due:visible').textContent()).toContain('$80.00 × 1,000 licenses × 12 months');
    await licenses.fill('42');
    expect(await licenses.getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByText('Please enter at least 43.').isVisible()).toBe(true);
    expect(await due(page)).toBe('$79,760.00');
    await licenses.press('ArrowUp');
    expect(await page.getByText('Please enter at least 43.').isVisible()).toBe(false);
    expect(await due(page)).toBe('$3,200.00');
  });

  it('that is declined tells why, and succeeds with another card', async () => {
    const { page, someone } = await administrator();
    await page.getByRole('link', { name: 'Upgrade to Business' }).click();
    await page.getByLabel('Payment schedule').selectOption('annual');
    await button(page, 'Add card').click();
    await entersCard(page, DECLINED_LATER);
    await page.getByText('Your card is on file.').waitFor();
    expect(await page.getByLabel('Payment schedule').inputValue()).toBe('annual');
    await button(page, 'Purchase Business').click();
    const alert = page.getByRole('alert');
    expect(await alert.textContent()).toBe('Your card was declined. Please correct your card, or use another one.');
    await button(page, 'Update card').click();
    await entersCard(page, GOOD);
    await page.getByText('Visa ending in 4242').waitFor();
    await button(page, 'Purchase Business').click();
    await page.getByText('is upgraded to Business.').waitFor();
    expect(await someone.lines()).toEqual(['43 × 8000', '-24000']);
    expect((await someone.invoices()).map(({ status }) => status)).toEqual(['void', 'paid']);
  });

  it('by invoice asks before it is sent, and begins when it is paid', async () => {
    const { page, someone } = await administrator();
    await page.getByRole('link', { name: 'Upgrade to Business' }).click();
    await page.getByRole('link', { name: 'Pay by invoice' }).click();
    await page.getByLabel('Number of licenses').fill('50');
    await button(page, 'Send invoice').click();
    const dialog = page.getByRole('dialog', { name: 'Send the invoice?' });
    expect(await dialog.textContent()).toContain(`The invoice over $380.00 goes to ann@${someone.server.hostname}.`);
    await page.keyboard.press('Escape');
    expect(await dialog.isVisible()).toBe(false);
    await button(page, 'Send invoice').click();
    await dialog.getByRole('button', { name: 'Send invoice' }).click();
    await heading(page, 'An invoice is waiting for payment').waitFor();
    expect(await page.getByText('$380.00').isVisible()).toBe(true);
    const upgrade = page.url();
    await page.getByRole('link', { name: 'See and pay the invoice' }).click();
    await button(page, 'Pay by bank transfer').click();
    await page.locator('[data-status="paid"]').waitFor();
    await world.settled();
    await page.goto(upgrade);
    await page.waitForURL('**/billing/');
    expect(await someone.lines()).toEqual(['50 × 800', '-2000']);
  });

  it('by invoice asks on a page of its own without scripts', async () => {
    const { page, someone } = await administrator(43, false);
    await page.getByRole('link', { name: 'Upgrade to Business' }).click();
    await page.getByRole('link', { name: 'Pay by invoice' }).click();
    await page.getByLabel('Number of licenses').fill('50');
    await button(page, 'Send invoice').click();
    await heading(page, 'Send the invoice?').waitFor();
    expect(await page.getByText('$380.00').isVisible()).toBe(true);
    await button(page, 'Send invoice').click();
    await heading(page, 'An invoice is waiting for payment').waitFor();
    expect(await someone.lines()).toEqual(['50 × 800', '-2000']);
  });

  it('begins with a free trial, by card', async () => {
    const { page, someone } = await administrator();
    await page.getByRole('link', { name: 'Start 30-day free trial' }).click();
    await button(page, 'Add card').click();
    await entersCard(page, GOOD);
    await button(page, 'Start 30-day free trial').click();
    await page.getByText('Your free trial of Basic has started. It ends on February 1, 2012.').waitFor();
    expect(await someone.invoices()).toEqual([]);
    expect(await someone.plan()).toMatchObject({ tier: 103, status: 3 });
  });

  it('74: does not wait for ever, and leads to the login when the session ends', async () => {
    const { page, someone } = await administrator();
    const base = `/server/${someone.server.uuid}`;
    await someone.isCustomer();
    await someone.buys({ tier: 104, shown: 43, chargeAutomatically: false, management: 'manual', licenses: 43 });
    const path = `${base}/billing/event_status/?stripe_invoice_id=${(await someone.invoices())[0]?.id}`;
    await page.clock.install();
    await page.goto(path);
    await page.getByText('Waiting for the payment provider.').waitFor();
    for (let asked = 0; asked < 45 && !(await page.getByText('This takes longer than usual.').isVisible()); asked++) {
      const answered = page.waitForResponse('**/event/status?*', { timeout: 20_000 }).catch(() => undefined);
      await page.clock.runFor(3_000);
      await answered;
    }
    expect(await page.getByText('This takes longer than usual.').isVisible()).toBe(true);
    expect(await page.getByText('Waiting for the payment provider.').isVisible()).toBe(false);

    await page.goto(path);
    await page.getByText('Waiting for the payment provider.').waitFor();
    await page.context().clearCookies();
    await page.clock.runFor(4_000);
    await page.getByLabel('zulip_org_id').waitFor();
  });
});
