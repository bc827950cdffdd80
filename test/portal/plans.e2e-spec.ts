import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { Downgrades } from '../../src/plans/changes/downgrades.js';
import { FixedPrices } from '../../src/plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../src/plans/changes/negotiated-terms.js';
import { readSponsorshipForm } from '../../src/plans/sponsorship/sponsorship-form.js';
import { Sponsorships } from '../../src/plans/sponsorship/sponsorships.js';
import { BillingWorld, type Organization, withPlan } from '../support/billing.js';
import { daysAfter, T0 } from '../support/sample-plan.js';
import { guest, type Managed, managed, newcomer } from './customers.js';
import { logInServer } from './logins.js';
import { linksSaying, wordsOf } from './page-text.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
});
afterAll(() => world.stop());

/** Asks for a discount on a plan, or for sponsorship. */
function asks(someone: Organization, plan: string): Promise<void> {
  const read = readSponsorshipForm({
    organization_type: '10',
    website: '',
    description: 'We write software.',
    expected_total_users: '30',
    plan_to_use_zulip: 'To talk.',
    paid_users_count: '0',
    paid_users_description: '',
    requested_plan: plan,
  });
  if (!read.ok) throw new Error(read.message);
  return world.part(Sponsorships).request(someone.holder, read.form, { name: 'Ann', email: 'ann@zulip.test' });
}

/** Buys so that a plan is there, without a trial. */
async function withBasic(): Promise<Organization> {
  const someone = await guest(world, 11);
  await someone.someone.has();
  return someone.someone;
}

/** The cards of the page by the name of their plan. */
async function cardsOf({ browser, base }: Managed) {
  const { status, text } = await browser.open(`${base}/plans/`);
  expect(status).toBe(200);
  const cards = [...text.matchAll(/<article\b[\s\S]*?<\/article>/g)].map(([card]) => card);
  const byName = new Map(cards.map((card) => [/<h2[^>]*>(\w+)/.exec(card)?.[1] ?? '', card]));
  const action = (name: string) => {
    const [footer = ''] = /<footer>[\s\S]*<\/footer>/.exec(byName.get(name) ?? '') ?? [];
    const label = wordsOf(footer);
    const [address] = linksSaying(footer, label);
    return address === undefined ? label : `${label} → ${address.replace(base, '')}`;
  };
  return { page: wordsOf(text), words: (name: string) => wordsOf(byName.get(name) ?? ''), action };
}

const SALES = 'Contact sales → mailto:sales@zulip.test';
const DISCOUNT = 'New customers pay $20 a month less during the first year.';

/** How somebody stands, and what the cards of Basic and Business lead to then. */
const STATES: readonly (readonly [string, () => Promise<Organization>, basic: string, business: string])[] = [
  [
    'who was never here may try Basic',
    () => world.organization(11),
    'Start 30-day free trial → /upgrade/?tier=103',
    'Upgrade to Business → /upgrade/?tier=104',
  ],
  [
    'who had a plan once may buy',
    async () => {
      const someone = await withBasic();
      await world.part(Downgrades).now(someone.holder);
      return someone;
    },
    'Upgrade to Basic → /upgrade/?tier=103',
    'Upgrade to Business → /upgrade/?tier=104',
  ],
  [
    'who is on complimentary access may buy',
    async () => (await guest(world, 11)).someone,
    'Upgrade to Basic → /upgrade/?tier=103',
    'Upgrade to Business → /upgrade/?tier=104',
  ],
  [
    'who has chosen what follows complimentary access sees it scheduled',
    async () => {
      const { someone } = await guest(world, 30);
      await someone.buys({ tier: TIER.business, shown: 30, startsAtPlanEnd: true });
      return someone;
    },
    'Upgrade to Basic → /upgrade/?tier=103',
    'Upgrade is scheduled → /billing/',
  ],
  ['who is on Basic sees it as the current plan, and asks for more', withBasic, 'Current plan → /billing/', SALES],
  [
    'who is on the free trial of Basic sees that',
    async () => {
      const someone = await world.organization(11);
      await someone.isCustomer();
      await someone.buys();
      return someone;
    },
    'Current plan (free trial) → /billing/',
    SALES,
  ],
  [
    'who is on Business sees it as the current plan, and asks for less',
    () => withPlan(world, 30, { tier: TIER.business, shown: 30 }),
    SALES,
    'Current plan → /billing/',
  ],
  [
    'who asks for a discount on Business can buy it meanwhile',
    async () => {
      const someone = await world.organization(11);
      await asks(someone, 'Business');
      return someone;
    },
    'Start 30-day free trial → /upgrade/?tier=103',
    'Sponsorship requested → /upgrade/?tier=104',
  ],
  [
    'who asks for Basic for less can buy it meanwhile',
    async () => {
      const someone = await world.organization(11);
      await asks(someone, 'Basic');
      return someone;
    },
    'Sponsorship requested → /upgrade/?tier=103',
    'Upgrade to Business → /upgrade/?tier=104',
  ],
  [
    'who is sponsored asks before changing to a paid plan',
    async () => {
      const someone = await world.organization(30);
      await world.part(Sponsorships).approve(someone.holder);
      return someone;
    },
    SALES,
    SALES,
  ],
];

describe('the page that compares the plans', () => {
  it.each(STATES)('%s', async (_, someone, basic, business) => {
    const cards = await cardsOf(await managed(await someone()));
    expect({ basic: cards.action('Basic'), business: cards.action('Business') }).toEqual({ basic, business });
    expect(cards.action('Enterprise')).toBe(SALES);
  });

  it('shows what is free, what each plan costs, and what new customers save', async () => {
    const cards = await cardsOf(await newcomer(world, 11, 'server'));
    expect(cards.words('Free')).toBe('Free current Free Push notifications for up to 10 users.');
    expect(cards.words('Basic')).toContain('$3.50 per user per month');
    expect(cards.words('Business')).toContain('$6.67 per user per month, billed annually; $8.00 billed monthly');
    expect(cards.words('Business')).toContain('For at least 25 users.');
    for (const name of ['Basic', 'Business']) expect(cards.words(name)).toContain(DISCOUNT);
    expect(cards.words('Enterprise')).not.toContain('$');
    expect(cards.page).toContain('Sponsorship and discounts');
  });

  it('shows no discount to who has a plan, or has asked for one', async () => {
    const holder = await cardsOf(await managed(await withBasic()));
    for (const name of ['Basic', 'Business']) expect(holder.words(name)).not.toContain(DISCOUNT);
    const applicant = await world.organization(11);
    await asks(applicant, 'Business');
    const cards = await cardsOf(await managed(applicant));
    expect(cards.words('Business')).not.toContain(DISCOUNT);
    expect(cards.words('Basic')).toContain(DISCOUNT);
    expect(cards.page).toContain('Your request for Business is under review.');
  });

  it('says until when complimentary access lasts', async () => {
    const cards = await cardsOf(await guest(world, 11));
    expect(cards.action('Free')).toBe('Unlimited push notifications until February 2, 2012');
  });

  it('shows the price that was agreed, and no trial then', async () => {
    const someone = await world.organization(11);
    await world.part(NegotiatedTerms).requireTier(someone.holder, TIER.basic);
    await world.part(FixedPrices).agree(someone.holder, 500_000);
    const cards = await cardsOf(await managed(someone));
    expect(cards.words('Basic')).toContain('$5,000.00 per year, as agreed with you');
    expect(cards.action('Basic')).toBe('Upgrade to Basic → /upgrade/?tier=103');
  });
});

describe('where the other pages lead', () => {
  it('51: without a plan, servers go from billing to the purchase and organizations to the comparison', async () => {
    const server = await newcomer(world, 11, 'server');
    const toBuy = { status: 302, location: `${server.base}/upgrade/` };
    expect(await server.browser.open(`${server.base}/billing/`)).toMatchObject(toBuy);
    const realm = await newcomer(world, 11);
    const toCompare = { status: 302, location: `${realm.base}/plans/` };
    expect(await realm.browser.open(`${realm.base}/billing/`)).toMatchObject(toCompare);
  });

  it('52: without fresh data nothing can be bought, and the plans can still be compared', async () => {
    const { someone, browser, base } = await newcomer(world, 11, 'server');
    const uploaded = daysAfter(T0, -3);
    await world.service.rows('UPDATE remote_servers SET last_audit_log_update = $2 WHERE id = $1', [
      someone.server.id,
      uploaded,
    ]);
    const page = await browser.open(`${base}/upgrade/`);
    expect(page.status).toBe(200);
    expect(wordsOf(page.text)).toMatch(/is not uploading usage data.*Last upload 2011-12-30 03:04 UTC/);
    expect(page.text).not.toContain('upgrade-form');
    expect((await browser.open(`${base}/plans/`)).text).toContain('Start 30-day free trial');
  });

  it('53: a server that cannot upload what is needed is told so, with what to do', async () => {
    const server = await world.service.addServer({ uploaded: false });
    const [browser, base] = [await logInServer(world.service, server), `/server/${server.uuid}`];
    const words = wordsOf((await browser.open(`${base}/upgrade/`)).text);
    expect(words).toContain('Last upload never');
    expect(words).toContain('Upgrade the server to Zulip 8.0 or later');
    expect(words).toContain('SUBMIT_USAGE_STATISTICS = True');
    await world.service.rows('UPDATE remote_servers SET last_api_feature_level = 300 WHERE id = $1', [server.id]);
    expect(wordsOf((await browser.open(`${base}/upgrade/`)).text)).not.toContain('Upgrade the server');
  });

  it('63: with a plan there is nothing to buy', async () => {
    const { browser, base } = await managed(await withBasic());
    for (const query of ['', '?tier=103', '?tier=104&setup_payment_by_invoice=true']) {
      const toBilling = { status: 302, location: `${base}/billing/` };
      expect(await browser.open(`${base}/upgrade/${query}`)).toMatchObject(toBilling);
    }
  });

  it('65: a request that is under review leads from billing to it, and leaves the purchase open', async () => {
    const someone = await world.organization(11);
    await asks(someone, 'Business');
    const { browser, base } = await managed(someone);
    const toRequest = { status: 302, location: `${base}/sponsorship/` };
    expect(await browser.open(`${base}/billing/`)).toMatchObject(toRequest);
    expect(await browser.open(`${base}/upgrade/?tier=105`)).toMatchObject(toRequest);
    const page = await browser.open(`${base}/upgrade/?tier=104`);
    expect(page.status).toBe(200);
    expect(wordsOf(page.text)).toContain('Your request for a discounted Business plan is under review.');
  });

  it('66: the sponsored go from the purchase to billing, and on to their sponsorship', async () => {
    const someone = await world.organization(30);
    await world.part(Sponsorships).approve(someone.holder);
    const { browser, base } = await managed(someone);
    const first = await browser.open(`${base}/upgrade/?tier=103`);
    expect(first.location).toBe(`${base}/billing/`);
    expect((await browser.follow(first)).location).toBe(`${base}/sponsorship/`);
  });
});
