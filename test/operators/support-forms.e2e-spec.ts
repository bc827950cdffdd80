import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { insert, notesOn, planTypeOf } from '../plans/billing-rows.js';
import { wordsOf } from '../portal/page-text.js';
import { type BillingWorld, withPlan } from '../support/billing.js';
import { M2, T0 } from '../support/sample-plan.js';
import { fieldsOn } from './support-pages.js';
import { guestOf, type SupportDesk, supportWorld } from './support-world.js';

let world: BillingWorld;
let desk: SupportDesk;

beforeAll(async () => {
  ({ world, desk } = await supportWorld());
});
afterAll(() => world.stop());

describe('a registration', () => {
  it('94: is not ended while a plan is scheduled; after that it is, and can be taken up again, with its operator in the log', async () => {
    const someone = await guestOf(world, 8, 'server');
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
    const events = (await desk.doneFor(holder)).filter(({ event_type: type }) => type > 10_000);
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
    expect([mails.length, await desk.eventsFor({ serverId: server.id })]).toEqual([1, [10217]]);
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
    expect(await desk.eventsFor(someone.holder)).toEqual([10211, 506, 10204]);
  });

  it('goes from Basic to Business at once', async () => {
    const someone = await guestOf(world, 30);
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
    expect(words).toContain(
      'Next plan Business: Scheduled. License ledger Starts January 2, 2013 Billed every year, by card',
    );
    expect(words).toContain('Fixed price $3,000.00 a year Estimated annual revenue $3,000.00');
    expect(await desk.does(someone.holder, { delete_fixed_price_next_plan: 'true' })).toMatch(
      /^green: The scheduled fixed-price plan/,
    );
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
    expect(await desk.eventsFor(holder)).toEqual([10213]);
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
