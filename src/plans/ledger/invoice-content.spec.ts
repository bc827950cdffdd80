import { describe, expect, it } from 'vitest';
import { aPlan, BASIC_MONTHLY, change, daysAfter, M1, renewal, T0 } from '../../../test/support/sample-plan.js';
import { SCHEDULE } from '../catalogue/plan-status.js';
import { TIER } from '../catalogue/tiers.js';
import { flatDiscountLine, invoiceLines } from '../rules/invoice-lines.js';
import { upgradeInvoice } from '../rules/upgrade-invoice.js';
import { contentTotal, lineKey, passContent, stepKey, type UpgradeTerms, upgradeContent } from './invoice-content.js';

const FIRST_YEAR = { flatDiscount: 2_000, flatDiscountedMonths: 12 };
/** T0 and a month later, in Unix seconds. */
const JANUARY = { start: 1_325_473_445, end: 1_328_151_845 };

function upgrade(given: Partial<UpgradeTerms>, price: number | null, fixedPrice: number | null = null) {
  const terms: UpgradeTerms = {
    stripeCustomerId: 'cus_1',
    tier: TIER.basic,
    schedule: SCHEDULE.monthly,
    licenses: 11,
    automanageLicenses: true,
    chargeAutomatically: true,
    currentPlanId: null,
    ...given,
  };
  const purchase = { ...terms, pricePerLicense: price, fixedPrice, flatDiscount: FIRST_YEAR };
  return upgradeContent(terms, upgradeInvoice(purchase, T0), FIRST_YEAR.flatDiscount);
}

describe('an upgrade invoice', () => {
  it('BUY-1: says all that its payment needs to make the plan', () => {
    const content = upgrade({}, 350);
    expect(content).toEqual({
      stripeCustomerId: 'cus_1',
      chargeAutomatically: true,
      autoAdvance: false,
      daysUntilDue: null,
      statementDescriptor: 'Zulip Basic',
      metadata: {
        plan_tier: '103',
        billing_schedule: '2',
        licenses: '11',
        license_management: 'automatic',
        on_free_trial: 'False',
        current_plan_id: 'None',
      },
      lines: [
        { ledgerId: null, description: 'Zulip Basic', price: { quantity: 11, unitAmount: 350 }, period: JANUARY },
        {
          ledgerId: null,
          description: '$20.00/month new customer discount',
          price: { amount: -2_000 },
          period: JANUARY,
        },
      ],
    });
    expect(contentTotal(content)).toBe(1_850);
  });

  it('BUY-10: by invoice is mailed by Stripe and due in a day', () => {
    const content = upgrade(
      { chargeAutomatically: false, automanageLicenses: false, licenses: 40, schedule: SCHEDULE.annual },
      4_200,
    );
    expect(content).toMatchObject({ autoAdvance: true, daysUntilDue: 1, metadata: { license_management: 'manual' } });
    expect(contentTotal(content)).toBe(144_000);
  });

  it('FT-9: sent in a trial is due when that ends, and names its plan', () => {
    const content = upgrade({ chargeAutomatically: false, trialDays: 30, currentPlanId: '7' }, 350);
    expect(content).toMatchObject({ daysUntilDue: 30, metadata: { on_free_trial: 'True', current_plan_id: '7' } });
  });

  it('FX-6: of a fixed price has its instalment and no discount', () => {
    const content = upgrade({ licenses: 0 }, null, 120_000);
    expect(content.lines.map(({ price }) => price)).toEqual([{ quantity: 1, unitAmount: 10_000 }]);
  });
});

describe('the invoice of a pass', () => {
  const plan = aPlan(BASIC_MONTHLY);
  const rows = [
    { id: '41', ...change(daysAfter(T0, 2), 16) },
    { id: '42', ...renewal(M1, 16) },
  ];
  const { lines } = invoiceLines(plan, rows, { base: 11, lastRenewalAt: T0 }, M1);
  const discount = flatDiscountLine(plan, lines, FIRST_YEAR);

  it('ADD-1: has a line for each, and the discount last', () => {
    const content = passContent(plan, 'cus_1', lines, discount, 2_000);
    expect(content.lines.map(({ ledgerId, description, price }) => [ledgerId, description, price])).toEqual([
      ['41', 'Additional Zulip Basic license', { quantity: 5, unitAmount: 327 }],
      ['42', 'Zulip Basic - renewal', { quantity: 16, unitAmount: 350 }],
      [null, '$20.00/month new customer discount', { amount: -2_000 }],
    ]);
    expect(contentTotal(content)).toBe(5_235);
    expect(content).toMatchObject({ autoAdvance: true, chargeAutomatically: true, daysUntilDue: null, metadata: {} });
  });

  it('ADD-15: by invoice is due in fifteen days', () => {
    const content = passContent({ ...plan, chargeAutomatically: false }, 'cus_1', lines, null, 2_000);
    expect(content).toMatchObject({ chargeAutomatically: false, daysUntilDue: 15 });
    expect(content.lines).toHaveLength(2);
  });
});

describe('a request to Stripe', () => {
  it('has the same key whenever it is repeated, and another one than any other', () => {
    const line = { description: '', price: { amount: 1 }, period: JANUARY };
    const keys = [
      stepKey('9', 'create'),
      stepKey('9', 'finalize'),
      stepKey('10', 'create'),
      lineKey('9', { ...line, ledgerId: null }, 0),
      lineKey('9', { ...line, ledgerId: null }, 1),
      lineKey('9', { ...line, ledgerId: '41' }, 0),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(lineKey('9', { ...line, ledgerId: '41' }, 0)).toBe('ledger_entry:41');
    expect(lineKey('12', { ...line, ledgerId: '41' }, 3)).toBe('ledger_entry:41');
  });
});
