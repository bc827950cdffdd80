import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { NegotiatedTerms } from '../../src/plans/changes/negotiated-terms.js';
import { Sponsorships } from '../../src/plans/sponsorship/sponsorships.js';
import { type BillingWorld, type Organization, withPlan } from '../support/billing.js';
import { Chromium, lacksChromium } from '../support/chromium.js';
import { invite, PASSWORD } from './operator-accounts.js';
import { supportWorld } from './support-world.js';

describe.skipIf(lacksChromium())('the support page in a browser', { timeout: 180_000 }, () => {
  let world: BillingWorld;
  let chromium: Chromium;
  let page: Page;
  let someone: Organization;

  beforeAll(async () => {
    ({ world } = await supportWorld());
    chromium = await Chromium.start(world.service);
    page = await chromium.page({ viewport: { width: 1280, height: 900 } });
    await page.goto(await invite(world.service, 'seeing@example.org', 'act'));
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.getByRole('button', { name: /log in/ }).click();
    await page.getByRole('link', { name: 'Support' }).waitFor();
    someone = await withPlan(world, 20, { tier: TIER.business, shown: 20 });
    await world.part(Sponsorships).setPending(someone.holder, true);
    await world.part(NegotiatedTerms).requireTier(someone.holder, TIER.business);
  }, 240_000);
  afterAll(async () => {
    await chromium?.stop();
    await world?.stop();
  });

  /** The page of somebody, with all of its forms in sight. */
  async function open(): Promise<void> {
    await page.goto(`/activity/remote/support?q=${someone.server.uuid}`);
    for (const summary of await page.getByText('Change something for this').all()) await summary.click();
  }

  const isDeactivated = async () =>
    (await world.service.rows('SELECT 1 FROM remote_servers WHERE deactivated')).length > 0;

  it('does nothing that cannot be undone before its box is ticked', async () => {
    await open();
    const before = page.url();
    await page.getByRole('button', { name: 'Deactivate server' }).click();
    await page.getByRole('button', { name: 'Approve sponsorship' }).click();
    expect([page.url(), await isDeactivated()]).toEqual([before, false]);
    await page.getByLabel('They get the Community plan').check();
    await page.getByRole('button', { name: 'Approve sponsorship' }).click();
    await page.getByRole('alert').getByText('There is a live plan: Business.').waitFor();
  });

  it('fills in the other discounted price in the ratio of the list prices, and shows what came of it', async () => {
    await open();
    const [monthly, annual] = [page.getByLabel('and month, in cents'), page.getByLabel('and year, in cents')];
    await monthly.fill('600');
    await monthly.press('Tab');
    expect(await annual.inputValue()).toBe('6000');
    await page.getByLabel('discount does not come back').check();
    await page.getByRole('button', { name: 'Set prices' }).click();
    await page.getByRole('status').getByText('monthly from the list price to $6').waitFor();
    await page.getByText('$6.00 a month (25% off $8.00)').waitFor();
  });

  it('and the pages of logs are accessible, in both colours and on a small screen', async () => {
    const [plan] = await someone.plans();
    const look = async (visit: () => Promise<unknown>, colorScheme: 'light' | 'dark', width: number) => {
      // Colours that are on their way from one scheme to the other are nobody's.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      await visit();
      const problems = (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => [
        ...[page.url(), id],
        ...nodes.map(({ html }) => html),
      ]);
      expect(problems).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    };
    const visits = [
      open,
      () => page.goto(`/activity/remote/logs/server/${someone.server.uuid}/`),
      () => page.goto(`/activity/plan_ledger/${String(plan?.['id'])}/`),
    ];
    for (const visit of visits) {
      await look(visit, 'light', 1280);
      await look(visit, 'dark', 390);
    }
  });
});
