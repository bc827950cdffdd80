import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE, type Schedule } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { FixedPrices } from '../../src/plans/changes/fixed-prices.js';
import { BillingPages } from '../../src/plans/overview/billing-pages.js';
import { UpgradePages } from '../../src/plans/overview/upgrade-pages.js';
import { displayTotal } from '../../src/plans/rules/money.js';
import { BillingWorld, grows, type Organization, withPlan } from '../support/billing.js';
import { daysAfter, T0 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const { annual, monthly } = SCHEDULE;
const NO_DISCOUNT = { flat_discounted_months: 0, minimum_licenses: 1 };
const BASIC = TIER.basic;
const BUSINESS = TIER.business;

/** What the billing page says is paid next. */
async function figure(someone: Organization): Promise<string> {
  const page = await world.part(BillingPages).open(someone.holder);
  const next = page?.rows?.nextPayment;
  return next && 'charge' in next ? displayTotal(next.charge.due ?? 0) : (next?.kind ?? 'no page');
}

describe('the price of a license', () => {
  const TERMS_104 = { required_plan_tier: 104, monthly_discounted_price: 400, annual_discounted_price: 4000 };
  const NOTHING_OFF = { required_plan_tier: 104, monthly_discounted_price: 0, annual_discounted_price: 0 };

  it.each([
    ['PR-1', BASIC, annual, {}, 4200],
    ['PR-1', BASIC, monthly, {}, 350],
    ['PR-2', BUSINESS, annual, {}, 8000],
    ['PR-2', BUSINESS, monthly, {}, 800],
    ['PR-5', BUSINESS, annual, TERMS_104, 4000],
    ['PR-5', BUSINESS, monthly, TERMS_104, 400],
    ['PR-5 of the other tier', BASIC, annual, TERMS_104, 4200],
    ['PR-5 of the other tier', BASIC, monthly, TERMS_104, 350],
    ['PR-6', BUSINESS, annual, NOTHING_OFF, 8000],
    ['PR-6', BUSINESS, monthly, NOTHING_OFF, 800],
  ] as const)(
    '%s: of tier %i, schedule %i is that of the list or what was agreed',
    async (_id, tier, schedule, terms, price) => {
      const someone = await withPlan(world, 7, { tier, schedule }, { ...NO_DISCOUNT, ...terms });
      expect(await someone.lines()).toEqual([`7 × ${price}`]);
      expect(await someone.plan()).toMatchObject({ price_per_license: price });
    },
  );

  it.each([
    ['PR-7', BUSINESS, annual, 1200, '85'],
    ['PR-8', BUSINESS, annual, 6000, '25'],
    ['PR-8', BUSINESS, annual, 4000, '50'],
    ['PR-9', BASIC, monthly, 50, '85.71'],
    ['PR-9', BASIC, monthly, 35, '90'],
    ['PR-9', BASIC, monthly, 300, '14.29'],
    ['PR-9', BASIC, monthly, 350, null],
  ] as const)(
    '%s: agreed for tier %i, schedule %i at %i is %s percent off',
    async (_id, tier, schedule, price, percent) => {
      const prices = { monthly_discounted_price: price, annual_discounted_price: price };
      const someone = await withPlan(
        world,
        7,
        { tier, schedule },
        { ...NO_DISCOUNT, required_plan_tier: tier, ...prices },
      );
      expect(await someone.plan()).toMatchObject({ price_per_license: price, discount: percent });
    },
  );
});

describe('the fewest licenses', () => {
  const byInvoice = { chargeAutomatically: false, management: 'manual' } as const;

  it('PR-11: of Basic, for who is no customer yet, keep the price above the discount', async () => {
    const someone = await world.organization(3);
    const page = await world.part(UpgradePages).open(someone.holder, { tier: BASIC, manual: true, byInvoice: true });
    expect(page).toMatchObject({
      kind: 'offer',
      offer: { fewest: 6, minimumReason: 'discount', flatDiscount: { perMonth: 2000, monthsLeft: 12 } },
    });
    await expect(someone.buys({ ...byInvoice, licenses: 5 })).rejects.toMatchObject({
      clientMessage: expect.stringContaining('minimum 6'),
    });
    await someone.buys({ ...byInvoice, schedule: annual, licenses: 6 });
    expect(await someone.lines()).toEqual(['6 × 4200', '-24000']);
  });

  it.each([
    ['PR-12', BASIC, { flat_discounted_months: 0 }, 1],
    ['PR-13', BASIC, { flat_discount: 5000, flat_discounted_months: 3 }, 10],
    ['PR-14', BUSINESS, {}, 25],
    ['PR-15', BASIC, { minimum_licenses: 12 }, 12],
    ['PR-15', BUSINESS, { minimum_licenses: 12 }, 12],
  ] as const)('%s: of tier %i follow from the terms', async (_id, tier, terms, fewest) => {
    const someone = await world.organization(1);
    await someone.isCustomer(terms);
    const wish = { tier, management: 'manual' } as const;
    await expect(someone.buys({ ...wish, licenses: fewest - 1 })).rejects.toMatchObject({
      clientMessage: expect.stringContaining(`minimum ${fewest}`),
    });
    await someone.has({ ...wish, licenses: fewest });
    expect((await someone.ledger())[0]).toBe(`R ${fewest},${fewest}`);
  });
});

describe('a fixed price', () => {
  it.each([
    ['FX-1', 120_000, annual, 120_000],
    ['FX-1', 120_000, monthly, 10_000],
    ['FX-2', 36_000, monthly, 3_000],
    ['FX-2', 100_000, monthly, 8_334],
    ['FX-2', 500_000, monthly, 41_667],
    ['FX-3', 170_000, monthly, 14_167],
  ] as const)(
    '%s: of %i cents a year, schedule %i, is paid in instalments of %i',
    async (_id, cents, schedule, paid) => {
      const someone = await world.organization(30);
      await someone.isCustomer({ required_plan_tier: 104 });
      await world.part(FixedPrices).agree(someone.holder, cents);
      await someone.has({ tier: BUSINESS, schedule: schedule as Schedule });
      expect(await someone.invoices()).toMatchObject([{ total: paid, amount_paid: paid, status: 'paid' }]);
      expect(await someone.periods()).toEqual(['2012-01-02T03:04:05Z/2013-01-02T03:04:05Z']);
    },
  );
});

describe('the figure on the billing page', () => {
  it('BUY-3, ADD-3: is the next renewal, the discount taken off while there is one', async () => {
    const someone = await withPlan(world, 11, { tier: BUSINESS, schedule: annual });
    expect(await figure(someone)).toBe('2,000.00');
    await grows(someone, 35, daysAfter(T0, 2));
    expect(await figure(someone)).toBe('2,800.00');
  });

  it('LEG-3: is that of the plan which waits for the end of complimentary access', async () => {
    const someone = await world.organization(18);
    await someone.isCustomer();
    await world.part(ComplimentaryAccess).grant(someone.holder, new Date('2012-04-02T03:04:05Z'));
    await someone.buys({ tier: BUSINESS, schedule: annual, startsAtPlanEnd: true });
    expect(await figure(someone)).toBe('1,760.00');
  });

  it('FX-6, FX-4: is one instalment of a fixed price', async () => {
    const someone = await world.organization(30);
    await someone.isCustomer({ required_plan_tier: 103 });
    await world.part(FixedPrices).agree(someone.holder, 120_000);
    await someone.has();
    expect(await figure(someone)).toBe('100.00');
    expect(displayTotal(127)).toBe('1.27');
  });
});
