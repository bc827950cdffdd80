import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { planTypeOf } from '../plans/billing-rows.js';
import { managed } from '../portal/customers.js';
import { wordsOf } from '../portal/page-text.js';
import { type BillingWorld, type Organization, withPlan } from '../support/billing.js';
import { fieldsOn } from './support-pages.js';
import { guestOf, type SupportDesk, supportWorld } from './support-world.js';

let world: BillingWorld;
let desk: SupportDesk;

beforeAll(async () => {
  ({ world, desk } = await supportWorld());
});
afterAll(() => world.stop());

describe('the end of a plan', () => {
  it('86: cannot lie in the past; later, it moves the next check too and arms the reminder again, and each change is noted', async () => {
    const someone = await guestOf(world);
    expect(await desk.does(someone.holder, { plan_end_date: '2012-01-01' })).toBe(
      'red: The date must lie in the future.',
    );
    expect(await desk.doneFor(someone.holder)).toEqual([]);
    await world.service.rows('UPDATE plans SET review_reminder_sent = true WHERE id = $1', [(await someone.plan()).id]);
    expect(await desk.does(someone.holder, { plan_end_date: '2012-05-01' })).toMatch(
      /^green: .* now ends on May 1, 2012\.$/,
    );
    const end = new Date('2012-05-01T00:00:00Z');
    expect(await someone.plan()).toMatchObject({ end_date: end, next_invoice_date: end, review_reminder_sent: false });
    const properties = (await desk.doneFor(someone.holder)).map(({ event_type: type, extra_data: extra }) => [
      type,
      extra['property'],
    ]);
    expect(properties).toEqual([
      [506, 'end_date'],
      [506, 'next_invoice_date'],
      [506, 'reminder_to_review_plan_email_sent'],
    ]);
    await desk.does(someone.holder, { plan_end_date: '2012-06-01' });
    expect(await desk.eventsFor(someone.holder)).toHaveLength(5);
  });

  it('needs a plan that is active', async () => {
    const someone = await world.organization(8);
    expect(await desk.does(someone.holder, { plan_end_date: '2030-01-01' })).toBe('red: There is no plan to change.');
  });
});

describe('prices and terms', () => {
  it('87: a minimum needs a discount', async () => {
    const someone = await world.organization(8);
    expect(await desk.does(someone.holder, { minimum_licenses: '5' })).toBe('red: Set a discount first.');
  });

  it('88: the required plan stays while there is a discount; prices need it, and both of them', async () => {
    const someone = await world.organization(8);
    const prices = { monthly_discounted_price: '600', annual_discounted_price: '6000' };
    expect(await desk.does(someone.holder, prices)).toBe('red: Set the required plan tier first.');
    expect(await desk.does(someone.holder, { required_plan_tier: '104' })).toMatch(
      /^green: Required plan of .*: set to Business\.$/,
    );
    expect(await desk.does(someone.holder, { monthly_discounted_price: '600' })).toMatch(/^red: Both prices/);
    expect(await desk.does(someone.holder, prices)).toMatch(
      /monthly from the list price to \$6, annual from the list price to \$60\.$/,
    );
    expect(await desk.does(someone.holder, { required_plan_tier: '0' })).toBe('red: Remove the discount first.');
    expect(await desk.does(someone.holder, { minimum_licenses: '5' })).toMatch(
      /^green: Fewest licenses of .*: from none to 5\.$/,
    );
    expect(await desk.eventsFor(someone.holder)).toEqual([505, 10209, 505]);
    const page = await desk.search(someone.realm.uuid);
    expect(wordsOf(page.text)).toContain(
      'Price per license $6.00 a month (25% off $8.00); $60.00 a year (25% off $80.00)',
    );
    expect(wordsOf(page.text)).toContain('has a discount');
  });

  it('89: a discount re-prices a scheduled upgrade of the required plan, and ends the discount of new customers', async () => {
    const someone = await guestOf(world);
    await someone.has({ startsAtPlanEnd: true, shown: 8 });
    await desk.does(someone.holder, { required_plan_tier: '103' });
    expect(
      await desk.does(someone.holder, { monthly_discounted_price: '100', annual_discounted_price: '1200' }),
    ).toMatch(/^green/);
    const [live, next] = await someone.plans();
    expect(live).toMatchObject({ tier: TIER.complimentary, price_per_license: 0 });
    expect(next).toMatchObject({ tier: TIER.basic, status: STATUS.neverStarted, price_per_license: 100 });
    expect(await someone.customer()).toMatchObject({ flat_discounted_months: 0 });
  });

  it('90: a fixed price needs a required plan; then it is what plans and upgrade show, without a trial, and it can be taken back', async () => {
    const someone = await world.organization(30);
    expect(await desk.does(someone.holder, { fixed_price: '5000' })).toBe('red: Set the required plan tier first.');
    await desk.does(someone.holder, { required_plan_tier: '103' });
    expect(await desk.does(someone.holder, { fixed_price: '5000' })).toMatch(
      /^green: .* can now buy a plan for \$5,000 a year\.$/,
    );
    const { browser, base } = await managed(someone);
    for (const path of [`${base}/plans/`, `${base}/upgrade/?tier=103`]) {
      const words = wordsOf((await browser.open(path)).text);
      expect(words).toMatch(/\$5,000/);
      expect(words).not.toMatch(/trial/i);
    }
    const page = await desk.search(someone.realm.uuid);
    expect(wordsOf(page.text)).toContain('Fixed price $5,000.00 a year');
    expect(await desk.does(someone.holder, { delete_fixed_price_next_plan: 'true' })).toMatch(
      /^green: The fixed-price offer .* deleted\.$/,
    );
    expect(await desk.does(someone.holder, { delete_fixed_price_next_plan: 'true' })).toMatch(/^red/);
    expect(await desk.eventsFor(someone.holder)).toEqual([505, 502, 505]);
  });
});

describe('access without charge', () => {
  it('91: is not for who has a plan; otherwise it lets pushes through until its end', async () => {
    const payer = await withPlan(world, 20);
    expect(await desk.does(payer.holder, { complimentary_access_plan: '2012-06-01' })).toBe(
      'red: There is a live plan: Basic.',
    );
    const someone = await world.organization(20, 'server');
    const push = () => blockWords(someone);
    expect(await push()).toContain('Refused: too many users without a plan');
    expect(await desk.does(someone.holder, { complimentary_access_plan: '2012-01-01' })).toMatch(/^red: The date/);
    expect(await desk.does(someone.holder, { complimentary_access_plan: '2012-06-01' })).toMatch(
      /^green: .* to end on June 1, 2012\.$/,
    );
    expect(await push()).toContain('Allowed Active plan.');
    expect(await push()).toContain('Basic (complimentary): Active. License ledger Ends June 1, 2012');
    expect(await desk.eventsFor(someone.holder)).toContain(502);
  });

  async function blockWords({ server }: Organization): Promise<string> {
    return wordsOf((await desk.search(server.uuid)).text);
  }
});

describe('sponsorship', () => {
  it('92: approving a request gives the Community plan, ends the request and mails the billing users', async () => {
    const someone = await world.organization(20);
    const { browser, base } = await managed(someone);
    await browser.open(`${base}/sponsorship/`);
    const request = {
      ...{ organization_type: '40', website: '', description: 'We study newts', expected_total_users: '40' },
      ...{
        plan_to_use_zulip: 'For talking of newts',
        paid_users_count: '2',
        paid_users_description: '',
        requested_plan: 'Community',
      },
    };
    expect((await browser.json('POST', `/json${base}/billing/sponsorship`, request)).status).toBe(200);
    const page = await desk.search(someone.realm.uuid);
    const words = wordsOf(page.text);
    for (const text of [
      'Website none submitted',
      'Description We study newts',
      'How they plan to use it For talking of newts',
    ]) {
      expect(words).toContain(text);
    }
    expect(fieldsOn(page)).toContain('approve_sponsorship');
    expect(await desk.does(someone.holder, { approve_sponsorship: 'true' })).toMatch(
      /^green: Sponsorship approved for .*\. 1 person was mailed\.$/,
    );
    expect(await planTypeOf(world.service, someone.holder)).toBe(TIER.community);
    expect(await someone.customer()).toMatchObject({ sponsorship_pending: false });
    expect(await desk.eventsFor(someone.holder)).toEqual(expect.arrayContaining([10204, 10210]));
    const mails = await world.service.rows("SELECT recipient FROM written_mail WHERE kind = 'community-plan-approved'");
    expect(mails).toHaveLength(1);
    const after = await desk.search(someone.realm.uuid);
    expect(fieldsOn(after)).not.toContain('approve_sponsorship');
    expect(wordsOf(after.text)).toContain('100% sponsored');
  });

  it('92b: without billing users nobody is mailed; the flag alone says that no request was submitted', async () => {
    const someone = await world.organization(20);
    expect(await desk.does(someone.holder, { sponsorship_pending: 'true' })).toMatch(
      /^green: .* now pending sponsorship\.$/,
    );
    expect(wordsOf((await desk.search(someone.realm.uuid)).text)).toContain('no request was submitted');
    expect(await desk.does(someone.holder, { approve_sponsorship: 'true' })).toContain('Nobody was mailed');
    expect(await desk.does(someone.holder, { sponsorship_pending: 'false' })).toMatch(/^green: .* no longer pending/);
  });

  it('93: a server whose organization has a plan is not approved, in red, and nothing changes', async () => {
    const payer = await withPlan(world, 20);
    const holder = { serverId: payer.server.id };
    expect(await desk.does(holder, { approve_sponsorship: 'true' })).toBe(
      'red: An organization of this server has a plan.',
    );
    expect([await planTypeOf(world.service, holder), await desk.doneFor(holder)]).toEqual([TIER.free, []]);
  });
});
