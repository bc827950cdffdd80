import { TIER } from '../../../src/plans/catalogue/tiers.js';
import { enrolled, invite } from '../../operators/operator-accounts.js';
import { type BillingWorld, withPlan } from '../../support/billing.js';
import type { Screen, Way } from './screen.js';

let number = 0;
const anAddress = () => `operator-${++number}@example.org`;

/** The way of an operator to one of their pages. */
async function operator({ service }: BillingWorld, path: string): Promise<Way> {
  return { browser: (await enrolled(service, anAddress())).browser, path };
}

const customer = (world: BillingWorld) => withPlan(world, 30, { tier: TIER.business, shown: 30 });

/** What those see who run the service. */
export const OPERATOR_SCREENS: readonly Screen[] = [
  { name: 'operator-login', heading: /./, arrange: () => ({ path: '/login/' }) },
  {
    name: 'operator-login-wrong',
    heading: /./,
    arrange: () => ({
      path: '/login/',
      steps: async (page) => {
        await page.locator('main input[type="email"], main input[name="username"], main input[name="email"]').first().fill('a@example.org');
        await page.locator('main input[type="password"]').fill('not the password');
        await page.locator('main button[type="submit"]').first().click();
        await page.getByRole('alert').waitFor();
      },
    }),
  },
  {
    name: 'operator-link',
    heading: /./,
    arrange: async ({ service }) => ({ path: await invite(service, anAddress()) }),
  },
  { name: 'operator-overview', heading: /./, arrange: (world) => operator(world, '/operator/') },
  { name: 'operator-account', heading: /./, arrange: (world) => operator(world, '/operator/account/') },
  { name: 'operator-activity', heading: /./, arrange: (world) => operator(world, '/activity/') },
  {
    name: 'operator-usage',
    heading: /./,
    arrange: async (world) => {
      await customer(world);
      return operator(world, '/activity/remote/');
    },
  },
  {
    name: 'operator-support',
    heading: /./,
    arrange: async (world) => {
      const { server } = await customer(world);
      return operator(world, `/activity/remote/support/?q=${server.hostname}`);
    },
  },
  {
    name: 'operator-log',
    heading: /./,
    arrange: async (world) => {
      const { server } = await customer(world);
      return operator(world, `/activity/remote/logs/server/${server.uuid}/`);
    },
  },
  {
    name: 'operator-ledger',
    heading: /./,
    arrange: async (world) => operator(world, `/activity/plan_ledger/${(await (await customer(world)).plan()).id}/`),
  },
  {
    name: 'operator-stats',
    heading: /./,
    arrange: async (world) => {
      const { server } = await customer(world);
      return operator(world, `/stats/remote/${server.id}/installation`);
    },
  },
  { name: 'operator-service', heading: /./, arrange: (world) => operator(world, '/activity/service/') },
];
