import { describe, expect, it } from 'vitest';
import { listPrice } from '../catalogue/list-prices.js';
import { SCHEDULE, type Schedule } from '../catalogue/plan-status.js';
import { isBillable, isPaid, productName, TIER } from '../catalogue/tiers.js';
import { instalment, isApplicable, OFFER_STATUS } from './fixed-price.js';
import { flatDiscount, monthsAfterVoid, NEW_CUSTOMER } from './flat-discount.js';
import { billableLicenses, minimumLicenses } from './licenses.js';
import { displayPrice, displayTotal } from './money.js';
import { percentOff, priceFor } from './prices.js';

const { annual, monthly } = SCHEDULE;
const FD0 = { flatDiscount: 2_000, flatDiscountedMonths: 0 };
const PLAIN = { ...NEW_CUSTOMER, minimumLicenses: null };

describe('list prices', () => {
  it.each([
    ['PR-1: Basic', TIER.basic, 4_200, 350],
    ['PR-2: Business', TIER.business, 8_000, 800],
    ['complimentary access', TIER.complimentary, 0, 0],
  ])('of %s', (_name, tier, yearly, perMonth) => {
    expect([listPrice(tier, annual), listPrice(tier, monthly)]).toEqual([yearly, perMonth]);
  });

  it.each([TIER.enterprise, TIER.community, TIER.free, 7])('PR-3: do not exist for tier %i', (tier) => {
    expect(() => listPrice(tier, annual)).toThrow('unknown-tier');
    expect(() => listPrice(tier, monthly)).toThrow('unknown-tier');
  });

  it('PR-4: do not exist for an unknown schedule', () => {
    expect(() => listPrice(TIER.basic, 1_000 as Schedule)).toThrow('unknown-schedule');
  });
});

describe('negotiated prices', () => {
  const negotiated = (month: number, year: number) => ({
    requiredPlanTier: TIER.business,
    monthlyDiscountedPrice: month,
    annualDiscountedPrice: year,
  });

  it('PR-5: hold for their tier only', () => {
    const customer = negotiated(400, 4_000);
    expect(priceFor(customer, TIER.business, monthly)).toBe(400);
    expect(priceFor(customer, TIER.business, annual)).toBe(4_000);
    expect(priceFor(customer, TIER.basic, monthly)).toBe(350);
    expect(priceFor(customer, TIER.basic, annual)).toBe(4_200);
  });

  it('PR-6: of zero are the list price', () => {
    expect(priceFor(negotiated(0, 0), TIER.business, monthly)).toBe(800);
    expect(priceFor(negotiated(0, 0), TIER.business, annual)).toBe(8_000);
    expect(priceFor(null, TIER.business, annual)).toBe(8_000);
  });

  it.each([
    ['PR-7', 8_000, 1_200, '85'],
    ['PR-8', 8_000, 6_000, '25'],
    ['PR-8', 8_000, 4_000, '50'],
    ['PR-9', 350, 50, '85.71'],
    ['PR-9', 350, 35, '90'],
    ['PR-9', 350, 300, '14.29'],
    ['PR-9', 350, 350, null],
    ['complimentary access', 0, 0, null],
  ])('%s: are shown as percent off: %i to %i', (_name, list, price, percent) => {
    expect(percentOff(list, price)).toBe(percent);
  });
});

describe('the fewest licenses', () => {
  it.each([
    ['PR-11: of Basic without a customer', null, TIER.basic, 6],
    ['PR-11: of Basic for a new customer', PLAIN, TIER.basic, 6],
    ['PR-12: of Basic without months left', { ...PLAIN, ...FD0 }, TIER.basic, 1],
    ['PR-13: of Basic are capped', { ...PLAIN, flatDiscount: 5_000, flatDiscountedMonths: 3 }, TIER.basic, 10],
    ['PR-14: of Business', PLAIN, TIER.business, 25],
    ['PR-14: of Business without a customer', null, TIER.business, 25],
    ['PR-15: of Basic as agreed', { ...PLAIN, minimumLicenses: 12 }, TIER.basic, 12],
    ['PR-15: of Business as agreed', { ...PLAIN, minimumLicenses: 12 }, TIER.business, 12],
    ['PR-15: of Community as agreed', { ...PLAIN, minimumLicenses: 12 }, TIER.community, 12],
    ['of Business, a zero agreed', { ...PLAIN, minimumLicenses: 0 }, TIER.business, 25],
    ['of Community', null, TIER.community, 1],
    ['of complimentary access', null, TIER.complimentary, 1],
  ])('%s', (_name, customer, tier, fewest) => {
    expect(minimumLicenses(customer, tier)).toBe(fewest);
  });

  it('of a Basic trial paid by invoice are those of a new customer, whose discount that invoice used up', () => {
    expect(minimumLicenses({ ...PLAIN, ...FD0 }, TIER.basic, true)).toBe(6);
    expect(minimumLicenses({ ...PLAIN, ...FD0, minimumLicenses: 4 }, TIER.basic, true)).toBe(4);
  });

  it('decide together with the users what is billed, but for who is exempt', () => {
    expect(billableLicenses({ users: 11, minimum: 25, exempt: false })).toBe(25);
    expect(billableLicenses({ users: 42, minimum: 25, exempt: false }, 30)).toBe(42);
    expect(billableLicenses({ users: 11, minimum: 25, exempt: true })).toBe(11);
    expect(billableLicenses({ users: 11, minimum: 25, exempt: true }, 4)).toBe(4);
  });
});

describe('the discount of new customers', () => {
  it('PR-11: is 20 dollars for twelve months', () => {
    expect(NEW_CUSTOMER).toEqual({ flatDiscount: 2_000, flatDiscountedMonths: 12 });
  });

  it.each([
    [12, annual, 12, 24_000],
    [12, monthly, 1, 2_000],
    [5, annual, 5, 10_000],
    [1, monthly, 1, 2_000],
    [0, annual, 0, 0],
    [0, monthly, 0, 0],
  ])('with %i months left on schedule %i uses %i of them', (left, schedule, months, amount) => {
    expect(flatDiscount({ flatDiscount: 2_000, flatDiscountedMonths: left }, schedule)).toEqual({ months, amount });
  });

  it('BUY-21: comes back with an invoice that is voided, unless prices were negotiated since', () => {
    expect(monthsAfterVoid(11, 1, false)).toBe(12);
    expect(monthsAfterVoid(0, 12, false)).toBe(12);
    expect(monthsAfterVoid(12, 1, false)).toBe(12);
    expect(monthsAfterVoid(0, 12, true)).toBe(0);
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
  ])('%s: of %i cents a year on schedule %i costs %i', (_name, yearly, schedule, amount) => {
    expect(instalment(yearly, schedule)).toBe(amount);
  });

  it('FX-3: is never undercharged, and by less than a cent a month over, for any whole-dollar price', () => {
    for (let dollars = 1; dollars <= 20_000; dollars++) {
      const over = instalment(dollars * 100, monthly) * 12 - dollars * 100;
      if (over < 0 || over >= 12) expect.fail(`${dollars} dollars a year: ${over} cents over`);
    }
  });

  it('holds for a purchase of its own tier, until it is taken', () => {
    const offer = { tier: TIER.business, fixedPrice: 120_000, status: OFFER_STATUS.configured };
    expect(isApplicable(offer, TIER.business, TIER.business)).toBe(true);
    expect(isApplicable(null, TIER.business, TIER.business)).toBe(false);
    expect(isApplicable(offer, TIER.business, TIER.basic)).toBe(false);
    expect(isApplicable(offer, TIER.basic, TIER.business)).toBe(false);
    expect(isApplicable(offer, null, TIER.business)).toBe(false);
    expect(isApplicable({ ...offer, fixedPrice: null }, TIER.business, TIER.business)).toBe(false);
    expect(isApplicable({ ...offer, status: OFFER_STATUS.processed }, TIER.business, TIER.business)).toBe(false);
  });
});

describe('money', () => {
  it.each([
    ['FX-4', 127, '1.27'],
    ['a whole dollar', 1_200, '12'],
    ['nothing', 0, '0'],
    ['a fraction of a cent', 350.2, '3.51'],
    ['less than a thousandth of a cent', 350.0009, '3.50'],
  ])('%s: is shown as a price', (_name, cents, text) => {
    expect(displayPrice(cents)).toBe(text);
  });

  it.each([
    [176_000, '1,760.00'],
    [1_850, '18.50'],
    [0, '0.00'],
    [123_456_789, '1,234,567.89'],
  ])('%i cents are shown as the total %s', (cents, text) => {
    expect(displayTotal(cents)).toBe(text);
  });
});

describe('tiers', () => {
  it('PR-18: that may be bought are Basic and Business', () => {
    expect([100, 101, 102, 103, 104, 105].filter(isBillable)).toEqual([103, 104]);
    expect([100, 101, 102, 103, 104, 105].filter(isPaid)).toEqual([103, 104, 105]);
  });

  it('that are paid have a name that fits on a card statement', () => {
    expect(productName(TIER.business)).toBe('Zulip Business');
    for (const tier of [TIER.basic, TIER.business, TIER.enterprise]) {
      expect(productName(tier)).toMatch(/^[A-Za-z ]{5,22}$/);
    }
  });
});
