import { AxeBuilder } from '@axe-core/playwright';
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Sponsorships } from '../../src/plans/sponsorship/sponsorships.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { PlanUpdates } from '../../src/plans/changes/plan-updates.js';
import { BillingWorld, type Organization } from '../support/billing.js';
import { Chromium } from '../support/chromium.js';
import { M1 } from '../support/sample-plan.js';
import { logInAsServer } from './logins.js';

const OUT = '/tmp/p3shots';
mkdirSync(OUT, { recursive: true });
describe('shots', { timeout: 400_000 }, () => {
  let world: BillingWorld; let chromium: Chromium;
  beforeAll(async () => { world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' }); chromium = await Chromium.start(world.service); }, 240_000);
  afterAll(async () => { await chromium.stop(); await world.stop(); });
  const states = new Map<string, any>();
  const sizes = [[1280, 'light'], [390, 'dark']] as const;
  async function shoot(name: string, someone: Organization, path: string, act: (p: Page) => Promise<void> = async () => {}) {
    let state = states.get(someone.server.uuid);
    for (const [width, colorScheme] of sizes) {
      const page = await chromium.page({ viewport: { width, height: 800 }, colorScheme, ...(state ? { storageState: state } : {}) });
      if (!state) { await logInAsServer(page, world.service, someone.server); state = (await page.context().storageState()) as never; states.set(someone.server.uuid, state); }
      await page.goto(`/server/${someone.server.uuid}/${path}`);
      await act(page);
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      if (Number(wide) > width) console.log('OVERFLOW', name, width, wide);
      const found = await new AxeBuilder({ page }).analyze();
      for (const v of found.violations) console.log('AXE', name, width, v.id, v.nodes.map((n) => n.html.slice(0, 150) + ' :: ' + n.failureSummary?.slice(0, 200)).join(' | '));
      await page.screenshot({ path: `${OUT}/${name}-${width}-${colorScheme}.png`, fullPage: true });
      await page.context().close();
    }
  }
  it('all', async () => {
    const a = await world.organization(43, 'server');
    await a.isCustomer({ flat_discounted_months: 12 });
    await world.part(ComplimentaryAccess).grant(a.holder, M1);
    await a.has({ tier: 104, shown: 43, management: 'manual', licenses: 43 });
    await shoot('manual', a, 'billing/');
    await shoot('manual-typed', a, 'billing/', async (p) => { await p.getByLabel('Licenses of this period', { exact: true }).fill('41'); await p.getByLabel('Licenses of the next period', { exact: true }).fill('45'); await p.locator('#frequency').selectOption('1'); });
    await shoot('manual-dialog', a, 'billing/', async (p) => { await p.getByLabel('Licenses of this period', { exact: true }).fill('50'); await p.getByLabel('Licenses of this period', { exact: true }).press('Enter'); });
    await shoot('cancel-dialog', a, 'billing/', async (p) => { await p.locator('#plan-action').click(); });
    await world.part(PlanUpdates).update(a.holder, { status: 4 });
    await shoot('switching', a, 'billing/');
    await world.part(PlanUpdates).update(a.holder, { status: 2 });
    await world.part(Sponsorships).setPending(a.holder, true);
    await shoot('cancelled', a, 'billing/');
    const t = await world.organization(12, 'server');
    await t.isCustomer();
    await t.has({ shown: 12, management: 'manual', licenses: 12, chargeAutomatically: false });
    await shoot('trial-invoice', t, 'billing/');
    const u = await world.organization(12, 'server');
    await u.isCustomer({}, null);
    await world.part(ComplimentaryAccess).grant(u.holder, M1);
    await u.has({ shown: 12, startsAtPlanEnd: true, chargeAutomatically: false, management: 'manual', licenses: 20 });
    await shoot('scheduled', u, 'billing/', async (p) => { await p.getByText('Send invoices to another').click(); });
    const b = await world.organization(30, 'server');
    await shoot('sponsorship', b, 'sponsorship/', async (p) => { await p.locator('#organization_type').selectOption('60'); await p.getByRole('button', { name: 'Submit' }).click(); });
    await shoot('sponsorship-open', b, 'sponsorship/', async (p) => { await p.getByText('What others get').click(); });
    await world.part(Sponsorships).setPending(b.holder, true);
    await shoot('pending', b, 'sponsorship/');
  });
});
