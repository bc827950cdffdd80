import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.js';

/**
 * What the database itself forbids, whatever the code above it does: two live plans, two owners, a plan without a price, an event that comes
 * in twice.
 */

const AT = '2012-01-02T03:04:05Z';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  db = new pg.Client({ connectionString: database.url });
  await db.connect();
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

type Values = Readonly<Record<string, unknown>>;

/** Inserts a row and answers its id. */
async function add(table: string, values: Values): Promise<string> {
  const columns = Object.keys(values);
  const places = columns.map((_, i) => `$${i + 1}`);
  const { rows } = await db.query<{ id: string }>(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places.join(', ')}) RETURNING id`,
    Object.values(values),
  );
  return rows[0]?.id ?? '';
}

/** The name of the constraint or index that refuses a row; undefined where none does. */
async function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return (error as pg.DatabaseError).constraint;
  }
}

let serverId: string;
let realmId: string;
let customerId: string;
beforeEach(async () => {
  await db.query('TRUNCATE remote_servers, customers CASCADE');
  const dates = { created_at: AT, updated_at: AT };
  serverId = await add('remote_servers', {
    uuid: crypto.randomUUID(),
    key_digest: Buffer.alloc(32),
    hostname: 'zulip.test',
    contact_email: 'a@zulip.test',
    ...dates,
  });
  realmId = await add('remote_realms', {
    server_id: serverId,
    uuid: crypto.randomUUID(),
    uuid_owner_secret: 's',
    host: 'zulip.test',
    realm_date_created: AT,
    ...dates,
  });
  customerId = await add('customers', { server_id: serverId, created_at: AT });
});

const customer = (values: Values) => add('customers', { created_at: AT, ...values });
const plan = (values: Values = {}) =>
  add('plans', {
    customer_id: customerId,
    tier: 103,
    billing_schedule: 1,
    price_per_license: 4_200,
    automanage_licenses: true,
    charge_automatically: true,
    billing_cycle_anchor: AT,
    next_invoice_date: AT,
    created_at: AT,
    ...values,
  });
const FIXED = { price_per_license: null, fixed_price: 120_000, end_date: AT };

describe('a customer', () => {
  it('is a server or a realm, never both or neither, and each has one', async () => {
    expect(await refusalOf(customer({ server_id: serverId, realm_id: realmId }))).toBe('customers_one_owner');
    expect(await refusalOf(customer({}))).toBe('customers_one_owner');
    expect(await refusalOf(customer({ server_id: serverId }))).toBe('customers_server_key');
    expect(await refusalOf(customer({ realm_id: realmId }))).toBeUndefined();
    expect(await refusalOf(customer({ realm_id: realmId }))).toBe('customers_realm_key');
  });

  it('is new: twelve months of twenty dollars off', async () => {
    const { rows } = await db.query('SELECT flat_discount, flat_discounted_months FROM customers');
    expect(rows).toEqual([{ flat_discount: 2_000, flat_discounted_months: 12 }]);
  });

  it.each([
    [
      'PR-20: negotiated prices without their tier',
      { annual_discounted_price: 4_000, flat_discounted_months: 0 },
      'customers_discount_needs_tier',
    ],
    ['two discounts at once', { annual_discounted_price: 4_000, required_plan_tier: 104 }, 'customers_one_discount'],
    ['PR-18: a required tier that nobody can buy', { required_plan_tier: 100 }, 'customers_required_plan_tier'],
    [
      'a negative price',
      { monthly_discounted_price: -1, required_plan_tier: 104, flat_discounted_months: 0 },
      'customers_not_negative',
    ],
    [
      'PR-5: negotiated prices of a tier',
      {
        monthly_discounted_price: 400,
        annual_discounted_price: 4_000,
        required_plan_tier: 104,
        flat_discounted_months: 0,
      },
      undefined,
    ],
  ])('%s', async (_name, values, refusal) => {
    expect(await refusalOf(customer({ realm_id: realmId, ...values }))).toBe(refusal);
  });

  it('FX-18: has one offer that waits to be taken', async () => {
    const offer = (status: number) =>
      add('plan_offers', { customer_id: customerId, tier: 103, fixed_price: 120_000, status, created_at: AT });
    await offer(1);
    expect(await refusalOf(offer(1))).toBe('plan_offers_configured_key');
    expect(await refusalOf(offer(2))).toBeUndefined();
  });
});

describe('a plan', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('of status %i is not beside another live one', async (status) => {
    await plan();
    expect(await refusalOf(plan({ status }))).toBe('plans_live_key');
  });

  it('FX-18: that waits is not beside another that waits, though beside a live one and ended ones', async () => {
    await plan();
    await plan({ status: 12 });
    await plan({ status: 11 });
    expect(await refusalOf(plan({ status: 11 }))).toBeUndefined();
    expect(await refusalOf(plan({ status: 12 }))).toBe('plans_never_started_key');
  });

  it.each([
    ['has two prices', { fixed_price: 120_000, end_date: AT }, 'plans_one_price'],
    ['has no price', { price_per_license: null }, 'plans_one_price'],
    ['has a fixed price and no end', { ...FIXED, end_date: null }, 'plans_fixed_price'],
    ['has a fixed price and a discount', { ...FIXED, discount: '25' }, 'plans_fixed_price'],
    ['has a fixed price and is managed by hand', { ...FIXED, automanage_licenses: false }, 'plans_fixed_price'],
    ['is never looked at', { next_invoice_date: null }, 'plans_next_invoice_date'],
    ['is never looked at and waits', { next_invoice_date: null, status: 12 }, 'plans_next_invoice_date'],
    ['has a status that does not exist', { status: 9 }, 'plans_values'],
    ['has the free tier', { tier: 100 }, 'plans_values'],
    ['costs less than nothing', { price_per_license: -1 }, 'plans_not_negative'],
  ])('that %s is refused', async (_name, values, refusal) => {
    expect(await refusalOf(plan(values))).toBe(refusal);
  });

  it.each([
    ['has a fixed price', FIXED],
    ['is sponsored, and never looked at', { tier: 102, price_per_license: 0, next_invoice_date: null }],
    ['has ended, and is not looked at any more', { status: 11, next_invoice_date: null }],
  ])('that %s is taken', async (_name, values) => {
    expect(await refusalOf(plan(values))).toBeUndefined();
  });

  it('keeps the row through which it is billed', async () => {
    const planId = await plan();
    const rowId = await add('license_ledger', {
      plan_id: planId,
      event_time: AT,
      licenses: 6,
      licenses_at_next_renewal: 6,
    });
    await db.query('UPDATE plans SET invoiced_through_id = $1', [rowId]);
    expect(await refusalOf(db.query('DELETE FROM license_ledger'))).toBe('plans_invoiced_through_fkey');
  });
});

describe('with Stripe', () => {
  const build = (values: Values) =>
    add('invoice_builds', {
      customer_id: customerId,
      purpose: 1,
      content: '{}',
      created_at: AT,
      updated_at: AT,
      ...values,
    });
  const invoice = (values: Values) =>
    add('stripe_invoices', { customer_id: customerId, stripe_invoice_id: 'in_1', created_at: AT, ...values });
  const event = (values: Values) =>
    add('stripe_events', {
      stripe_event_id: 'evt_1',
      type: 'invoice.paid',
      customer_id: customerId,
      received_at: AT,
      ...values,
    });

  it('WH-5: an event comes in once', async () => {
    const invoiceId = await invoice({});
    await event({ invoice_id: invoiceId });
    expect(await refusalOf(event({ invoice_id: invoiceId }))).toBe('stripe_events_stripe_event_key');
    expect(await refusalOf(event({ stripe_event_id: 'evt_2' }))).toBe('stripe_events_one_object');
  });

  it('a pass of a plan makes one invoice', async () => {
    const planId = await plan();
    await build({ purpose: 3, plan_id: planId, pass_time: AT });
    expect(await refusalOf(build({ purpose: 3, plan_id: planId, pass_time: AT }))).toBe('invoice_builds_pass_key');
    const nextMonth = '2012-02-02T03:04:05Z';
    expect(await refusalOf(build({ purpose: 3, plan_id: planId, pass_time: nextMonth }))).toBeUndefined();
    expect(await refusalOf(build({ purpose: 3, plan_id: planId }))).toBe('invoice_builds_pass');
    expect(await refusalOf(build({ purpose: 2 }))).toBe('invoice_builds_pass');
  });

  it('an invoice that exists at Stripe has its name here', async () => {
    expect(await refusalOf(build({ step: 2 }))).toBe('invoice_builds_created');
    expect(await refusalOf(build({ step: 2, stripe_invoice_id: 'in_1' }))).toBeUndefined();
    expect(await refusalOf(build({ step: 4, stripe_invoice_id: 'in_1' }))).toBe('invoice_builds_stripe_invoice_key');
    expect(await refusalOf(invoice({ stripe_invoice_id: null }))).toBe('stripe_invoices_has_origin');
  });

  it('a plan that made way is credited once', async () => {
    const credit = { customer_id: customerId, plan_id: await plan(), amount: 4_300, created_at: AT };
    await add('balance_credits', credit);
    expect(await refusalOf(add('balance_credits', credit))).toBe('balance_credits_plan_key');
  });

  it('everything of a customer goes with the server', async () => {
    const planId = await plan();
    const rowId = await add('license_ledger', {
      plan_id: planId,
      event_time: AT,
      licenses: 6,
      licenses_at_next_renewal: 6,
    });
    await db.query('UPDATE plans SET invoiced_through_id = $1', [rowId]);
    const buildId = await build({ purpose: 2, plan_id: planId });
    const userId = await add('server_billing_users', { server_id: serverId, email: 'a@zulip.test', created_at: AT });
    const invoiceId = await invoice({
      stripe_invoice_id: null,
      build_id: buildId,
      plan_id: planId,
      server_billing_user_id: userId,
    });
    await event({ invoice_id: invoiceId });
    await add('balance_credits', { customer_id: customerId, plan_id: planId, amount: 1, created_at: AT });
    await db.query('DELETE FROM remote_servers');
    const tables = ['customers', 'plans', 'license_ledger', 'invoice_builds', 'stripe_invoices', 'stripe_events'];
    const left: unknown[] = [];
    for (const table of tables) left.push((await db.query(`SELECT 1 FROM ${table}`)).rowCount);
    expect(left).toEqual(tables.map(() => 0));
  });
});

describe('a billing user', () => {
  it('is known once: by realm and user, or by server and address', async () => {
    const user = { realm_id: realmId, user_uuid: crypto.randomUUID(), email: 'a@zulip.test', created_at: AT };
    await add('realm_billing_users', user);
    expect(await refusalOf(add('realm_billing_users', user))).toBe('realm_billing_users_user_key');
    const admin = { server_id: serverId, email: 'a@zulip.test', created_at: AT };
    await add('server_billing_users', admin);
    expect(await refusalOf(add('server_billing_users', admin))).toBe('server_billing_users_email_key');
  });

  it('may go, and what they did stays in the log', async () => {
    const userId = await add('server_billing_users', { server_id: serverId, email: 'a@zulip.test', created_at: AT });
    const event = { server_id: serverId, event_time: AT, event_type: 402, acting_billing_user_id: userId };
    await add('remote_server_audit_log', event);
    await db.query('DELETE FROM server_billing_users');
    const { rows } = await db.query('SELECT event_type, acting_billing_user_id FROM remote_server_audit_log');
    expect(rows).toEqual([{ event_type: 402, acting_billing_user_id: null }]);
  });
});
