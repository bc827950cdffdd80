import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import type { Registrant } from '../../src/registration/registrants/registrant.js';
import { insert, notesOn, planTypeOf } from '../plans/billing-rows.js';
import { managed } from '../portal/customers.js';
import { wordsOf } from '../portal/page-text.js';
import { BillingWorld, type Organization, withPlan } from '../support/billing.js';
import { M1, M2, T0 } from '../support/sample-plan.js';
import { enrolled } from './operator-accounts.js';
import { fieldsOn, SupportDesk } from './support-pages.js';

let world: BillingWorld;
let desk: SupportDesk;
let operatorId: string;

beforeAll(async () => {
  world = await BillingWorld.start({ OPERATOR_SECOND_FACTOR: 'optional', FREE_TRIAL_DAYS: '30' });
  desk = new SupportDesk((await enrolled(world.service, 'helper@example.org')).browser);
  const [row] = await world.service.rows<{ id: string }>('SELECT id FROM operators');
  operatorId = row?.id ?? '';
});
afterAll(() => world.stop());

/** Somebody on complimentary access until M1. */
async function guestOf(users = 8, kind: 'realm' | 'server' = 'realm'): Promise<Organization> {
  const someone = await world.organization(users, kind);
  await someone.isCustomer();
  await world.part(ComplimentaryAccess).grant(someone.holder, M1);
  return someone;
}

/** The events noted of somebody that an operator brought about. */
async function doneFor(holder: Registrant): Promise<{ event_type: number; extra_data: Record<string, unknown> }[]> {
  const [table, column, id] =
    'serverId' in holder
      ? ['remote_server_audit_log', 'server_id', holder.serverId]
      : ['remote_realm_audit_log', 'remote_realm_id', holder.realmId];
  return world.service.rows(
    `SELECT event_type, extra_data FROM ${table} WHERE ${column} = $1 AND acting_operator_id = $2 ORDER BY id`,
    [id, operatorId],
  );
}

const eventsFor = async (holder: Registrant) => (await doneFor(holder)).map(({ event_type: type }) => type);

describe('the end of a plan', () => {
  it('86: cannot lie in the past; later, it moves the next check too and arms the reminder again, and each change is noted', async () => {
    const someone = await guestOf();
    expect(await desk.does(someone.holder, { plan_end_date: '2012-01-01' })).toBe(
      'red: The date must lie in the future.',
    );
    expect(await doneFor(someone.holder)).toEqual([]);
    await world.service.rows('UPDATE plans SET review_reminder_sent = true WHERE id = $1', [(await someone.plan()).id]);
    expect(await desk.does(someone.holder, { plan_end_date: '2012-05-01' })).toMatch(
      /^green: .* now ends on May 1, 2012\.$/,
    );
    const end = new Date('2012-05-01T00:00:00Z');
    expect(await someone.plan()).toMatchObject({ end_date: end, next_invoice_date: end, review_reminder_sent: false });
    const properties = (await doneFor(someone.holder)).map(({ event_type: type, extra_data: extra }) => [
      type,
      extra['property'],
    ]);
    expect(properties).toEqual([
      [506, 'end_date'],
      [506, 'next_invoice_date'],
      [506, 'reminder_to_review_plan_email_sent'],
    ]);
    await desk.does(someone.holder, { plan_end_date: '2012-06-01' });
    expect(await eventsFor(someone.holder)).toHaveLength(5);
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
    expect(await eventsFor(someone.holder)).toEqual([505, 10209, 505]);
    const page = await desk.search(someone.realm.uuid);
    expect(wordsOf(page.text)).toContain(
      'Price per license $6.00 a month (25% off $8.00); $60.00 a year (25% off $80.00)',
    );
    expect(wordsOf(page.text)).toContain('has a discount');
  });

  it('89: a discount re-prices a scheduled upgrade of the required plan, and ends the discount of new customers', async () => {
    const someone = await guestOf();
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
    expect(await eventsFor(someone.holder)).toEqual([505, 502, 505]);
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
    expect(await eventsFor(someone.holder)).toContain(502);
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
    expect(await eventsFor(someone.holder)).toEqual(expect.arrayContaining([10204, 10210]));
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
    expect([await planTypeOf(world.service, holder), await doneFor(holder)]).toEqual([TIER.free, []]);
  });
});

describe('a registration', () => {
  it('94: is not ended while a plan is scheduled; after that it is, and can be taken up again, with its operator in the log', async () => {
    const someone = await guestOf(8, 'server');
    await someone.has({ startsAtPlanEnd: true, shown: 8 });
    const { holder, server } = someone;
    const end = { remote_server_status: 'deactivated', deactivation_reason: 'tos_violation' };
    expect(await desk.does(holder, end)).toMatch(/^red: .*cancel the plan first/);
    await world.service.rows('UPDATE plans SET status = 11, next_invoice_date = NULL WHERE status = 12');
    expect(await desk.does(holder, end)).toBe(`green: The registration of ${server.hostname} is deactivated.`);
    expect((await world.service.call('server/analytics/status', { auth: server, method: 'GET' })).status).toBe(401);
    const page = await desk.search(server.uuid);
    expect([...fieldsOn(page)].toSorted()).toEqual(['csrf_token', 'q', 'remote_server_id', 'remote_server_status']);
    expect(await desk.does(holder, { remote_server_status: 'active' })).toMatch(/^green: .* is reactivated\.$/);
    expect(await desk.does(holder, { remote_server_status: 'active' })).toMatch(/^green: .* was active already\.$/);
    expect((await world.service.call('server/analytics/status', { auth: server, method: 'GET' })).status).toBe(200);
    const events = (await doneFor(holder)).filter(({ event_type: type }) => type > 10_000);
    expect(events).toEqual([
      { event_type: 10201, extra_data: { deactivation_reason: 'tos_violation' } },
      { event_type: 10202, extra_data: {} },
    ]);
  });

  it('can be ended by its contact, who gets a link for it', async () => {
    const server = await world.service.addServer();
    const answer = await desk.does({ serverId: server.id }, { deactivation_link_minutes: '90' });
    expect(answer).toMatch(
      /^green: A link to deactivate .* was mailed to admin@zulip\.test; it is good until 2012-01-02 04:34 UTC\.$/,
    );
    const mails = await world.service.rows("SELECT 1 FROM written_mail WHERE kind = 'deactivation-link'");
    expect([mails.length, await eventsFor({ serverId: server.id })]).toEqual([1, [10217]]);
  });
});

describe('a plan', () => {
  it('ends with its cycle, or now, with or without its open invoices; its payment method changes; each is noted', async () => {
    const someone = await withPlan(world, 20, { schedule: SCHEDULE.annual, tier: TIER.business, shown: 20 });
    expect(await desk.does(someone.holder, { billing_modality: 'send_invoice' })).toMatch(
      /^green: .* now pays by invoice\.$/,
    );
    expect(await desk.does(someone.holder, { modify_plan: 'downgrade_at_billing_cycle_end' })).toMatch(
      /^green: .* marked to be downgraded/,
    );
    expect((await someone.plan())['status']).toBe(STATUS.downgradeAtEndOfCycle);
    expect(await desk.does(someone.holder, { modify_plan: 'downgrade_now_void_open_invoices' })).toMatch(
      /^green: .* 0 open invoices were voided\.$/,
    );
    expect([(await someone.plan())['status'], await planTypeOf(world.service, someone.holder)]).toEqual([
      STATUS.ended,
      TIER.free,
    ]);
    expect(await desk.does(someone.holder, { modify_plan: 'downgrade_now_without_additional_licenses' })).toMatch(
      /^red/,
    );
    expect(await desk.does(someone.holder, { billing_modality: 'charge_automatically' })).toMatch(/^red/);
    expect(await eventsFor(someone.holder)).toEqual([10211, 506, 10204]);
  });

  it('goes from Basic to Business at once', async () => {
    const someone = await guestOf(30);
    expect(await desk.does(someone.holder, { modify_plan: 'downgrade_now_without_additional_licenses' })).toMatch(
      /^green: .* is downgraded\.$/,
    );
    await someone.has({ shown: 30 });
    expect(await desk.does(someone.holder, { modify_plan: 'upgrade_plan_tier' })).toMatch(
      /^green: .* is on Business now\.$/,
    );
    expect(await planTypeOf(world.service, someone.holder)).toBe(TIER.business);
  });

  it('is shown with its licenses, prices, revenue and next cycle, and what follows it', async () => {
    const someone = await withPlan(world, 20, { schedule: SCHEDULE.annual, tier: TIER.business, shown: 20 });
    const words = wordsOf((await desk.search(someone.realm.uuid)).text);
    expect(words).toContain(
      'Business: Active. License ledger Licenses used 20/25 (automatic) Billed every year, by card',
    );
    expect(words).toContain(
      'Price per license $80.00 a year Annual recurring revenue $2,000.00 Start of next cycle 2013-01-02 03:04 UTC',
    );
    const { stripe_customer_id: id } = await someone.customer();
    expect((await desk.search(someone.realm.uuid)).text).toContain(`https://dashboard.stripe.com/customers/${id}`);
  });

  it('is followed by a year at a fixed price, which can be taken back', async () => {
    const someone = await withPlan(world, 20, { schedule: SCHEDULE.annual, tier: TIER.business, shown: 20 });
    await desk.does(someone.holder, { required_plan_tier: '104' });
    expect(await desk.does(someone.holder, { fixed_price: '3000' })).toBe('red: The current plan has no end date.');
    await desk.does(someone.holder, { plan_end_date: '2013-01-02' });
    expect(await desk.does(someone.holder, { fixed_price: '3000' })).toMatch(
      /^green: A plan for \$3,000 a year is scheduled for .*, from January 2, 2013 on\.$/,
    );
    const words = wordsOf((await desk.search(someone.realm.uuid)).text);
    expect(words).toContain('Next plan Business: Scheduled. License ledger Starts January 2, 2013 Billed every year, by card');
    expect(words).toContain('Fixed price $3,000.00 a year Estimated annual revenue $3,000.00');
    expect(await desk.does(someone.holder, { delete_fixed_price_next_plan: 'true' })).toMatch(/^green: The scheduled fixed-price plan/);
    expect(await someone.plan()).toMatchObject({ fixed_price: null, status: STATUS.active });
  });
});

describe('a form', () => {
  const MALFORMED: readonly Readonly<Record<string, string>>[] = [
    {},
    { minimum_licenses: '-1' },
    { minimum_licenses: '1.5' },
    { monthly_discounted_price: 'a', annual_discounted_price: '1' },
    { required_plan_tier: '105' },
    { fixed_price: '' },
    { plan_end_date: '2012-02-30' },
    { complimentary_access_plan: '01/02/2030' },
    { billing_modality: 'cash' },
    { modify_plan: 'upgrade' },
    { approve_sponsorship: 'yes' },
    { sponsorship_pending: 'maybe' },
    { delete_fixed_price_next_plan: '1' },
    { remote_server_status: 'gone' },
    { deactivation_link_minutes: '0' },
  ];

  it.each(MALFORMED)('that says %j is refused, and changes nothing', async (fields) => {
    const server = await world.service.addServer();
    expect(await desk.does({ serverId: server.id }, fields)).toBe('400');
    expect(await notesOn(world.service, { serverId: server.id })).toEqual([]);
  });

  it('needs somebody whom it is for; what is done with servers needs a server', async () => {
    const someone = await world.organization(8);
    expect(await desk.does({ realmId: '999999' }, { sponsorship_pending: 'true' })).toBe('400');
    expect(await desk.does({ serverId: 'x' }, { sponsorship_pending: 'true' })).toBe('400');
    expect(await desk.does(someone.holder, { remote_server_status: 'deactivated' })).toBe('400');
    const both = { remote_server_id: someone.server.id, sponsorship_pending: 'true' };
    expect(await desk.does(someone.holder, both)).toBe('400');
  });

  it('with several actions does the first of the list, whatever their order in it', async () => {
    const server = await world.service.addServer();
    const holder = { serverId: server.id };
    const fields = { remote_server_status: 'deactivated', required_plan_tier: '103', sponsorship_pending: 'true' };
    expect(await desk.does(holder, fields)).toMatch(/^green: .* now pending sponsorship/);
    expect(await eventsFor(holder)).toEqual([10213]);
  });

  it('shows the search again that it was sent from, or the server where there was none', async () => {
    const server = await world.service.addServer();
    const other = await insert(world.service, 'remote_servers', {
      ...{ uuid: '00000000-0000-4000-8000-000000000001', key_digest: '\\x00', hostname: 'asked.test' },
      ...{ contact_email: 'a@b.test', created_at: T0, updated_at: M2 },
    });
    const answer = await desk.send({ serverId: server.id }, { sponsorship_pending: 'true' }, 'asked.test');
    expect(answer.text).toContain(`id="s${other}-name"`);
    const without = await desk.send({ serverId: server.id }, { sponsorship_pending: 'false' });
    expect(without.text).toContain(`id="s${server.id}-name"`);
  });
});
