import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import type { PlanTerms } from '../../src/plans/rules/plan-terms.js';
import { addCustomer, addPlan } from '../plans/billing-rows.js';
import type { BrowserClient } from '../support/browser-client.js';
import { BASIC_MONTHLY, renewal, T0 } from '../support/sample-plan.js';
import { TestService } from '../support/service.js';
import { enrolled } from './operator-accounts.js';
import { tableOf } from './usage-rows.js';

let service: TestService;
let browser: BrowserClient;

beforeAll(async () => {
  service = await TestService.start({ env: { OPERATOR_SECOND_FACTOR: 'optional' } });
  browser = (await enrolled(service, 'looker@example.org', 'view')).browser;
});
afterAll(() => service.stop());
beforeEach(() => service.rows('DELETE FROM remote_servers'));

const open = async (query = '') => tableOf(await browser.open(`/activity/remote${query}`));
const column = async (name: string, query = '') => (await open(query)).rows.map((row) => row[name]);

/** An organization with a plan, and as many users as licenses. */
async function withPlan(name: string, terms: Partial<PlanTerms>, licenses = 10) {
  const server = await service.addServer({ hostname: `${name}.example.org` });
  const realm = await service.addRealm(server, { name });
  const customer = await addCustomer(service, { realmId: realm.id });
  const plan = await addPlan(service, customer, terms, [renewal(T0, licenses)]);
  return { server, realm, customer, plan };
}

describe('plans in the table', () => {
  it.each([
    ['an annual plan', {}, 10, ['Business', 'Active', '$800.00', '100%']],
    ['a monthly plan', BASIC_MONTHLY, 10, ['Basic', 'Active', '$420.00', '100%']],
    ['a trial', { ...BASIC_MONTHLY, status: STATUS.freeTrial }, 10, ['Basic', 'Free trial', '$420.00', '100%']],
    [
      'a fixed price',
      { fixedPrice: 500_000, pricePerLicense: null, endDate: new Date('2030-01-01T00:00:00Z') },
      10,
      ['Business', 'Active', '$5,000.00', 'Fixed'],
    ],
    [
      'complimentary access',
      { tier: TIER.complimentary, pricePerLicense: 0, endDate: new Date('2030-01-01T00:00:00Z') },
      10,
      ['Basic (complimentary)', 'Active', '$0.00', '---'],
    ],
    [
      'Community',
      { tier: TIER.community, pricePerLicense: 0, nextInvoiceDate: null },
      10,
      ['Community', 'Active', '$0.00', '0%'],
    ],
  ] as const)('%s has its name, status, yearly revenue and rate', async (_what, terms, licenses, texts) => {
    await withPlan('plan', terms, licenses);
    const { rows, totals } = await open();
    expect([rows[0]?.['Plan'], rows[0]?.['Status'], rows[0]?.['ARR'], rows[0]?.['Rate']]).toEqual(texts);
    expect(totals[6]).toBe(texts[2]);
  });

  it.each([
    ['15', '85%'],
    ['12.50', '87.50%'],
  ])('a discount of %s percent is a rate of %s', async (discount, rate) => {
    const { plan } = await withPlan('less', {});
    await service.rows('UPDATE plans SET discount = $2 WHERE id = $1', [plan, discount]);
    expect(await column('Rate')).toEqual([rate]);
  });

  it('96: a cancelled plan brings $0.00 and has no rate; two live plans of one organization are marked as an error', async () => {
    await withPlan('cancelled', { status: STATUS.downgradeAtEndOfCycle });
    expect((await open()).rows.map((row) => [row['ARR'], row['Rate']])).toEqual([['$0.00', '---']]);
    await service.rows('DELETE FROM remote_servers');

    const { customer } = await withPlan('twice', {});
    await service.rows('DROP INDEX plans_live_key');
    await addPlan(service, customer, BASIC_MONTHLY, [renewal(T0, 10)]);
    const { rows } = await open();
    expect(rows.map((row) => [row['Plan'], row['Status'], row['ARR'], row['Rate']])).toEqual([
      ['Business, Basic', 'ERROR: MULTIPLE PLANS', '$1,220.00', ''],
    ]);
    await service.rows('DELETE FROM remote_servers');
    await service.rows('CREATE UNIQUE INDEX plans_live_key ON plans (customer_id) WHERE status < 10');
  });

  it('without a plan there are dashes, and the plan of a server is not that of its organizations', async () => {
    const server = await service.addServer();
    await service.addRealm(server);
    const customer = await addCustomer(service, { serverId: server.id });
    await addPlan(service, customer, {}, [renewal(T0, 10)]);
    const dashes = ['---', '---', '---', '---'];
    const texts = async () => (await open()).rows.map((row) => [row['Plan'], row['Status'], row['ARR'], row['Rate']]);
    expect(await texts()).toEqual([dashes]);
    await service.rows('UPDATE remote_realms SET realm_deactivated = true');
    expect(await texts()).toEqual([['Business', 'Active', '$800.00', '100%']]);
  });
});
