import { TIER } from '../../../src/plans/catalogue/tiers.js';
import { FixedPrices } from '../../../src/plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../../src/plans/changes/negotiated-terms.js';
import { Sponsorships } from '../../../src/plans/sponsorship/sponsorships.js';
import { guest, type Managed, newcomer } from '../../portal/customers.js';
import { logInServer } from '../../portal/logins.js';
import type { BillingWorld } from '../../support/billing.js';
import type { Screen, Way } from './screen.js';

const BUSINESS = { tier: TIER.business, shown: 30 } as const;

/** The way of somebody who has logged in to one of the pages. */
export const on = ({ browser, base }: Managed, page: string, more: Partial<Way> = {}): Way => ({
  ...{ browser, path: `${base}/${page}` },
  ...more,
});

/** Somebody who asked for a discount on Business. */
async function applicant(world: BillingWorld): Promise<Managed> {
  const someone = await newcomer(world, 30);
  await someone.browser.open(`${someone.base}/sponsorship/`);
  await someone.browser.submit(`${someone.base}/sponsorship/`, {
    ...{ organization_type: '60', requested_plan: 'Business', website: '', description: 'A chess club.' },
    ...{ plan_to_use_zulip: 'To play by post.', expected_total_users: '40', paid_users_count: '0' },
    paid_users_description: '',
  });
  return someone;
}

async function sponsored(world: BillingWorld): Promise<Managed> {
  const someone = await newcomer(world, 30);
  await world.part(Sponsorships).approve(someone.someone.holder);
  return someone;
}

export async function scheduled(world: BillingWorld): Promise<Managed> {
  const someone = await guest(world, 30);
  await someone.someone.buys({ ...BUSINESS, startsAtPlanEnd: true });
  return someone;
}

async function offered(world: BillingWorld): Promise<Managed> {
  const someone = await newcomer(world, 11);
  await someone.someone.isCustomer();
  await world.part(NegotiatedTerms).requireTier(someone.someone.holder, TIER.basic);
  await world.part(FixedPrices).agree(someone.someone.holder, 500_000);
  return someone;
}

async function silent(world: BillingWorld): Promise<Way> {
  const server = await world.service.addServer({ uploaded: false });
  return { browser: await logInServer(world.service, server), path: `/server/${server.uuid}/upgrade/` };
}

/** Comparing the plans, buying one, and asking for sponsorship. */
export const PLAN_SCREENS: readonly Screen[] = [
  { name: 'plans', heading: /^Plans for/, arrange: async (world) => on(await newcomer(world, 11), 'plans/') },
  {
    name: 'plans-complimentary',
    heading: /^Plans for/,
    arrange: async (world) => on(await guest(world, 11), 'plans/'),
  },
  { name: 'plans-scheduled', heading: /^Plans for/, arrange: async (world) => on(await scheduled(world), 'plans/') },
  { name: 'plans-requested', heading: /^Plans for/, arrange: async (world) => on(await applicant(world), 'plans/') },
  { name: 'plans-sponsored', heading: /^Plans for/, arrange: async (world) => on(await sponsored(world), 'plans/') },
  { name: 'plans-fixed-price', heading: /^Plans for/, arrange: async (world) => on(await offered(world), 'plans/') },
  {
    name: 'upgrade-trial-without-card',
    heading: /trial/,
    arrange: async (world) => on(await newcomer(world, 11, 'server'), 'upgrade/?tier=103'),
  },
  {
    name: 'upgrade-without-card',
    heading: /Business/,
    arrange: async (world) => on(await newcomer(world, 30, 'server'), 'upgrade/?tier=104'),
  },
  { name: 'upgrade', heading: /Business/, arrange: async (world) => on(await guest(world, 30), 'upgrade/?tier=104') },
  {
    name: 'upgrade-too-few-licenses',
    heading: /Business/,
    arrange: async (world) =>
      on(await guest(world, 30), 'upgrade/?tier=104&manual_license_management=true', {
        steps: (page) => page.getByLabel('Number of licenses').fill('3'),
      }),
  },
  {
    name: 'upgrade-by-invoice',
    heading: /Business/,
    arrange: async (world) => on(await newcomer(world, 30), 'upgrade/?tier=104&setup_payment_by_invoice=true'),
  },
  {
    name: 'upgrade-invoice-question',
    heading: /Business/,
    arrange: async (world) =>
      on(await newcomer(world, 30), 'upgrade/?tier=104&setup_payment_by_invoice=true', {
        steps: async (page) => {
          await page.getByRole('button', { name: 'Send invoice', exact: true }).click();
          await page.getByRole('dialog').waitFor();
        },
      }),
  },
  {
    name: 'upgrade-invoice-question-without-scripts',
    heading: /Send the invoice/,
    arrange: async (world) =>
      on(await newcomer(world, 30), 'upgrade/?tier=104&setup_payment_by_invoice=true', {
        withoutScripts: true,
        steps: (page) => page.getByRole('button', { name: 'Send invoice', exact: true }).click(),
      }),
  },
  {
    name: 'upgrade-fixed-price',
    heading: /Basic/,
    arrange: async (world) => on(await offered(world), 'upgrade/?tier=103'),
  },
  {
    name: 'upgrade-declined',
    heading: /Business/,
    arrange: async (world) =>
      on(await guest(world, 30, {}, '4000000000000341'), 'upgrade/?tier=104', {
        steps: async (page) => {
          await page.getByLabel('Start of the plan').selectOption('today');
          await page.locator('#buy').click();
          await page.getByRole('alert').waitFor();
        },
      }),
  },
  {
    name: 'upgrade-invoice-outstanding',
    heading: /invoice is waiting/,
    arrange: async (world) => {
      const someone = await newcomer(world, 30);
      await someone.someone.isCustomer();
      await someone.someone.buys({ ...BUSINESS, chargeAutomatically: false, management: 'manual', licenses: 30 });
      return on(someone, 'upgrade/?tier=104');
    },
  },
  {
    name: 'upgrade-trial-expired',
    heading: /^Your free trial has ended$/,
    arrange: async (world) => {
      const someone = await newcomer(world, 11);
      await someone.someone.buys({ chargeAutomatically: false, management: 'manual', licenses: 11 });
      await world.service.rows('UPDATE plans SET status = 11, next_invoice_date = NULL WHERE customer_id = $1', [
        (await someone.someone.customer()).id,
      ]);
      return on(someone, 'upgrade/?tier=103');
    },
  },
  { name: 'not-uploading', heading: /not uploading/, arrange: silent },
  {
    name: 'sponsorship',
    heading: /^Request sponsorship/,
    arrange: async (world) => on(await newcomer(world, 30), 'sponsorship/'),
  },
  {
    name: 'sponsorship-incomplete',
    heading: /^Request sponsorship/,
    arrange: async (world) =>
      on(await newcomer(world, 30), 'sponsorship/', {
        withoutScripts: true,
        steps: async (page) => {
          for (const field of await page.locator('main :is(input, textarea)[required]').all()) await field.fill('   ');
          await page.locator('main form button[type="submit"]').first().click();
          await page.getByRole('alert').waitFor();
        },
      }),
  },
  {
    name: 'sponsorship-requested',
    heading: /under review/,
    arrange: async (world) => on(await applicant(world), 'sponsorship/'),
  },
  { name: 'sponsored', heading: /is sponsored$/, arrange: async (world) => on(await sponsored(world), 'sponsorship/') },
];
