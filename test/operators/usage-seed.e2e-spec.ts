import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { countServers, seedUsage } from '../../src/operators/seeding/usage-seed.js';
import { ANNUAL_REVENUE, LAST_LEDGER_ROW } from '../../src/operators/usage/plan-sql.js';
import { UsageReadModel } from '../../src/operators/usage/usage.read-model.js';
import { DEFAULT_ORDER } from '../../src/operators/usage/usage-columns.js';
import { annualRevenue } from '../../src/plans/rules/annual-revenue.js';
import { part } from '../plans/billing-rows.js';
import type { BrowserClient } from '../support/browser-client.js';
import { TestService } from '../support/service.js';
import { enrolled } from './operator-accounts.js';

const SIZES = { servers: 60, realms: 80, devices: 3_000, days: 3 };

let service: TestService;
let browser: BrowserClient;

beforeAll(async () => {
  service = await TestService.start({ env: { OPERATOR_SECOND_FACTOR: 'optional' } });
  const database = service.app.get(DataSource);
  expect(await countServers(database)).toBe(0);
  await seedUsage(database, new SystemClock(), SIZES, () => undefined);
  browser = (await enrolled(service, 'seed@example.org')).browser;
});
afterAll(() => service.stop());

const count = async (table: string) =>
  (await service.rows<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`))[0]?.count;

it('there is as much as was asked for, and room behind it', async () => {
  expect([await count('remote_servers'), await count('remote_realms'), await count('devices')]).toEqual([
    60, 80, 3_000,
  ]);
  const days = await service.rows(
    `SELECT count(DISTINCT end_time)::int AS days FROM remote_installation_counts WHERE property = 'mobile_pushes_received::day'`,
  );
  expect(days).toEqual([{ days: 3 }]);
  const added = await service.addServer();
  expect(Number(added.id)).toBe(61);
  await service.rows('DELETE FROM remote_servers WHERE id = $1', [added.id]);
});

it('the table and its CSV have a row for each, and the same totals', async () => {
  const { rows, totals } = await part(service, UsageReadModel).page({}, DEFAULT_ORDER, 0);
  expect(totals.rows).toBe(rows.length);
  expect(totals.mobile_users).toBeGreaterThan(1_000);
  const csv = (await browser.open('/activity/remote.csv')).text.split('\r\n').slice(1, -1);
  expect(csv).toHaveLength(rows.length);
});

it('the statements and the rules of plans agree on what each plan brings in a year', async () => {
  const plans = await service.rows<{
    tier: 103;
    status: 1;
    billingSchedule: 1;
    fixedPrice: number | null;
    pricePerLicense: number | null;
    licenses: number;
    revenue: number;
  }>(
    `SELECT p.tier, p.status, p.billing_schedule AS "billingSchedule", p.fixed_price AS "fixedPrice",
       p.price_per_license AS "pricePerLicense", l.licenses_at_next_renewal AS licenses, (${ANNUAL_REVENUE})::float8 AS revenue
     FROM plans p ${LAST_LEDGER_ROW}`,
  );
  expect(plans.length).toBeGreaterThan(10);
  expect(plans.map(({ revenue }) => revenue)).toEqual(plans.map((plan) => annualRevenue(plan, plan.licenses)));
});

it('every page of it opens', async () => {
  for (const path of [
    '/activity/',
    '/stats/remote/1/installation',
    '/stats/remote/1/realm/1',
    '/activity/remote?over=1',
  ]) {
    expect([path, (await browser.open(path)).status]).toEqual([path, 200]);
  }
});
