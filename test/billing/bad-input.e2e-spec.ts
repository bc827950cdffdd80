import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/common/errors.js';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import { FixedPrices } from '../../src/plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../src/plans/changes/negotiated-terms.js';
import { PlanProperties } from '../../src/plans/changes/plan-properties.js';
import { type PlanUpdate, PlanUpdates } from '../../src/plans/changes/plan-updates.js';
import { TierChanges } from '../../src/plans/changes/tier-changes.js';
import type { PurchaseRequest } from '../../src/plans/purchase/purchase-request.js';
import { UserCountSignature } from '../../src/plans/purchase/user-count-signature.js';
import { BillingWorld, type Organization, withPlan } from '../support/billing.js';
import { daysAfter, T0 } from '../support/sample-plan.js';

/**
 * What nobody may ask for is refused in the way of the billing pages, with a text for people and a name beside it, and changes nothing:
 * neither a row of billing here nor anything at Stripe.
 */
let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const { annual, monthly } = SCHEDULE;
const business = { tier: TIER.business, schedule: annual } as const;
const byInvoice = { chargeAutomatically: false, management: 'manual' } as const;
const TERMS = { flat_discounted_months: 0 };

const TABLES = [
  ...[
    'customers',
    'plans',
    'license_ledger',
    'plan_offers',
    'sponsorship_requests',
    'stripe_sessions',
    'stripe_invoices',
  ],
  ...['stripe_events', 'invoice_builds', 'balance_credits', 'permission_plans', 'mail_outbox'],
  ...['remote_server_audit_log', 'remote_realm_audit_log'],
];

/** Everything that billing keeps, here and at Stripe. */
async function everything(): Promise<unknown> {
  const tables: Record<string, unknown> = {};
  for (const table of TABLES) tables[table] = await world.service.rows(`SELECT * FROM ${table} ORDER BY id`);
  for (const table of ['remote_servers', 'remote_realms']) {
    tables[table] = await world.service.rows(`SELECT id, plan_type, org_type FROM ${table} ORDER BY id`);
  }
  const { account } = world.stripe;
  const { customers, invoices, balanceTransactions, checkoutSessions, events } = account;
  const objects = [customers, invoices, balanceTransactions, checkoutSessions, events].map((one) => one.all());
  return structuredClone({ tables, objects, charges: account.charges, lines: [...account.lines] });
}

/** Is refused by this name, in the billing envelope, and leaves all as it was. */
async function isRefused(attempt: () => Promise<unknown>, name: string): Promise<void> {
  const before = await everything();
  const error = await attempt().then(
    (done) => done,
    (refused: unknown) => refused,
  );
  await world.settled();
  expect(error).toBeInstanceOf(AppError);
  const { status, clientMessage, extra } = error as AppError;
  expect({ status, name: extra['error_description'] }).toEqual({ status: 400, name });
  expect(clientMessage.length).toBeGreaterThan(10);
  expect(await everything()).toEqual(before);
}

const update = (someone: Organization, change: PlanUpdate) => world.part(PlanUpdates).update(someone.holder, change);

describe('a purchase', () => {
  let someone: Organization;
  beforeAll(async () => {
    world.service.clock.set(T0);
    someone = await world.organization(30);
    await someone.isCustomer(TERMS);
  });

  it.each([0, 1, -103, 100, 101, 102, 105, 106, 103.5, Number.NaN, 2 ** 40])('PR-3: of tier %d', async (tier) => {
    await isRefused(() => someone.buys({ tier: tier as 103 }), 'not-upgradable');
  });

  it.each([0, 3, 1000, -1, Number.NaN])('PR-4: on schedule %d', async (schedule) => {
    for (const way of [{}, byInvoice]) {
      const request = { ...way, ...business, licenses: 30, schedule: schedule as 1 };
      await isRefused(() => someone.buys(request), 'unknown-schedule');
    }
  });

  it.each([
    ...[-1, 0, 29, -(2 ** 31), Number.NaN, 30.5, Number.NEGATIVE_INFINITY].map((n) => [n, 'too-few-licenses'] as const),
    ...[12_501, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER].map((n) => [n, 'too-many-licenses'] as const),
    ...[Number.MAX_VALUE, Number.POSITIVE_INFINITY].map((n) => [n, 'too-few-licenses'] as const),
  ])('of %d licenses (%s)', async (licenses, name) => {
    for (const way of [{ management: 'manual' as const }, byInvoice]) {
      await isRefused(() => someone.buys({ ...business, ...way, licenses }), name);
    }
  });

  it('of the most licenses that one payment can be made for is taken', async () => {
    const other = await world.organization(30);
    await other.isCustomer(TERMS);
    await other.buys({ ...business, ...byInvoice, licenses: 12_499 });
    expect(await other.invoices()).toMatchObject([{ status: 'open', total: 99_992_000 }]);
  });

  const forged: readonly [string, (good: { signedUsers: string; salt: string }) => Partial<PurchaseRequest>][] = [
    ['nothing', () => ({ signedUsers: '', salt: '' })],
    ['a number alone', () => ({ signedUsers: '30' })],
    ['another number', ({ signedUsers }) => ({ signedUsers: signedUsers.replace(/^30/, '3') })],
    ['a negative number', ({ signedUsers }) => ({ signedUsers: `-${signedUsers}` })],
    ['another salt', ({ salt }) => ({ salt: `${salt}0` })],
    ['the salt in the number', ({ signedUsers, salt }) => ({ signedUsers: `${salt}${signedUsers}`, salt: '' })],
    ['a shortened signature', ({ signedUsers }) => ({ signedUsers: signedUsers.slice(0, -1) })],
    [
      'a changed signature',
      ({ signedUsers }) => ({ signedUsers: signedUsers.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')) }),
    ],
    ['two signatures', ({ signedUsers }) => ({ signedUsers: `${signedUsers}\n${signedUsers}` })],
    ['a huge number', ({ signedUsers }) => ({ signedUsers: signedUsers.replace(/^30/, '9'.repeat(400)) })],
  ];

  it.each(forged)('BUY-18: by %s in place of the signed number', async (_name, forge) => {
    const good = world.part(UserCountSignature).sign(30);
    await isRefused(() => someone.buys({ ...business, ...good, ...forge(good) }), 'tampered seat count');
  });

  it('by the number that another organization was shown is one at its own number', async () => {
    const other = await world.organization(40);
    await other.isCustomer(TERMS);
    await other.buys({ ...business, shown: 3 });
    expect(await other.lines()).toEqual(['40 × 8000']);
  });
});

describe('a number of licenses', () => {
  let someone: Organization;
  beforeAll(async () => {
    world.service.clock.set(T0);
    someone = await withPlan(world, 30, { ...business, management: 'manual', licenses: 40 }, TERMS);
  });

  it.each([
    [-1, 'fewer', 'too-few-licenses'],
    [0, 'fewer', 'too-few-licenses'],
    [30.5, 'too-few-licenses', 'too-few-licenses'],
    [Number.NaN, 'too-few-licenses', 'too-few-licenses'],
    [Number.POSITIVE_INFINITY, 'too-few-licenses', 'too-few-licenses'],
    [12_501, 'too-many-licenses', 'too-many-licenses'],
    [2 ** 31, 'too-many-licenses', 'too-many-licenses'],
    [Number.MAX_SAFE_INTEGER, 'too-many-licenses', 'too-many-licenses'],
    [29, 'fewer', 'too-few-licenses'],
  ])('of %d', async (licenses, now, next) => {
    await isRefused(() => update(someone, { licenses }), now);
    await isRefused(() => update(someone, { licensesAtNextRenewal: licenses }), next);
  });

  it('is not taken beside a change of its management', async () => {
    await isRefused(() => update(someone, { toggleLicenseManagement: true, licenses: 50 }), 'change-not-possible');
    await isRefused(() => update(someone, {}), 'nothing-to-change');
  });
});

describe('a change of status', () => {
  const REQUESTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 99, -1, Number.NaN];
  /** How each status comes about, and which requests lead on from there. */
  const FROM: readonly [string, readonly number[], (a: Organization) => Promise<unknown>][] = [
    ['an active plan by the year', [2, 6], (a) => a.has(business)],
    ['an active plan by the month', [2, 4], (a) => a.has({ ...business, schedule: monthly })],
    [
      'a cancelled plan',
      [1],
      async (a) => {
        await a.has(business);
        await update(a, { status: STATUS.downgradeAtEndOfCycle });
      },
    ],
    ['a free trial', [7, 11], (a) => a.buys()],
    [
      'a cancelled free trial',
      [3, 11],
      async (a) => {
        await a.buys();
        await update(a, { status: STATUS.downgradeAtEndOfFreeTrial });
      },
    ],
    ['a free trial by invoice', [], (a) => a.buys({ ...byInvoice, licenses: 30 })],
    [
      'a plan that becomes annual',
      [1, 2],
      async (a) => {
        await a.has({ ...business, schedule: monthly });
        await update(a, { status: STATUS.switchToAnnualAtEndOfCycle });
      },
    ],
    [
      'a plan that becomes monthly',
      [1, 2],
      async (a) => {
        await a.has(business);
        await update(a, { status: STATUS.switchToMonthlyAtEndOfCycle });
      },
    ],
    ['complimentary access', [2], (a) => world.part(ComplimentaryAccess).grant(a.holder, daysAfter(T0, 40))],
    [
      'complimentary access with an upgrade at its end',
      [1],
      async (a) => {
        await world.part(ComplimentaryAccess).grant(a.holder, daysAfter(T0, 40));
        await a.buys({ ...business, startsAtPlanEnd: true });
      },
    ],
  ];

  it.each(FROM)('of %s leads to %j only', async (_name, possible, arrange) => {
    const someone = await world.organization(30);
    await someone.isCustomer(TERMS);
    await arrange(someone);
    await world.settled();
    for (const status of REQUESTS.filter((one) => !possible.includes(one))) {
      await isRefused(() => update(someone, { status: status as 1 }), 'change-not-possible');
    }
    for (const status of possible) {
      const other = await world.organization(30);
      await other.isCustomer(TERMS);
      await arrange(other);
      await world.settled();
      await update(other, { status: status as 1 });
    }
  });

  it('needs a plan that goes on', async () => {
    const someone = await world.organization(30);
    await isRefused(() => update(someone, { status: STATUS.active }), 'no-plan');
    await someone.isCustomer(TERMS);
    await someone.has(business);
    await isRefused(() => someone.buys(business), 'not-upgradable');
    await isRefused(() => someone.buys({ ...business, tier: TIER.basic }), 'not-upgradable');
  });
});

describe('an operator', () => {
  let someone: Organization;
  beforeAll(async () => {
    world.service.clock.set(T0);
    someone = await withPlan(world, 30, business, { ...TERMS, required_plan_tier: 104 });
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 31, Number.MAX_SAFE_INTEGER])('agrees on no price of %d cents', async (cents) => {
    const terms = world.part(NegotiatedTerms);
    await isRefused(() => terms.setPrices(someone.holder, { monthly: cents, annual: 100 }), 'invalid-amount');
    await isRefused(() => terms.setPrices(someone.holder, { monthly: 100, annual: cents }), 'invalid-amount');
    await isRefused(() => terms.setMinimum(someone.holder, cents), 'invalid-amount');
    await isRefused(() => world.part(FixedPrices).agree(someone.holder, cents), 'invalid-amount');
  });

  it.each([0, 100, 102, 105, 999, Number.NaN])('sets no terms for tier %d', async (tier) => {
    await isRefused(() => world.part(NegotiatedTerms).requireTier(someone.holder, tier), 'not-billable');
    await isRefused(() => world.part(TierChanges).upgrade(someone.holder, tier as 104), 'change-not-possible');
  });

  it.each([
    ['in the past', daysAfter(T0, -1)],
    ['now', T0],
    ['no date', new Date(Number.NaN)],
  ])('sets no end that is %s', async (_name, end) => {
    const other = await world.organization(30);
    await isRefused(() => world.part(PlanProperties).setEndDate(someone.holder, end), 'past-date');
    await isRefused(() => world.part(ComplimentaryAccess).grant(other.holder, end), 'past-date');
  });
});
