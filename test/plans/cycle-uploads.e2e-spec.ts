import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE, STATUS } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { BASIC_MONTHLY, daysAfter, M1, renewal, T0, Y1 } from '../support/sample-plan.js';
import { TestService } from '../support/service.js';
import { addCustomer, addPlan, insert, ledgerRows, notesOn, planRow, planTypeOf } from './billing-rows.js';
import { ReportingServer } from './reporting-server.js';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());

let server: ReportingServer;
beforeEach(async () => {
  service.clock.set(daysAfter(T0, 0.5));
  server = await ReportingServer.start(service);
});

describe('the end of a cycle that an upload meets', () => {
  it('CAN-1: ends a cancelled plan, and rows stop there', async () => {
    const planId = await server.realmPlan(6, {}, { status: STATUS.downgradeAtEndOfCycle });
    service.clock.set(daysAfter(Y1, 2));
    const body = await server.upload([server.users(14, T0, 1), server.users(15, Y1, 1), server.users(16, Y1, 2)]);
    expect(await ledgerRows(service, planId)).toEqual(['R 6,6', '14,14']);
    // What was added is still to be billed: the next invoice date stays.
    expect(await planRow(service, planId)).toMatchObject({
      status: 11,
      next_invoice_date: M1,
      invoiced_through_id: null,
    });
    expect(await planTypeOf(service, { realmId: server.realmId })).toBe(100);
    expect(await notesOn(service, { realmId: server.realmId })).toEqual([
      { event_type: 10204, extra_data: { old_value: 104, new_value: 100 }, acting_billing_user_id: null },
    ]);
    expect(body['realms']).toEqual({ [server.realm.uuid]: { can_push: false, expected_end_timestamp: null } });
  });

  it('CAN-1: before its end a cancelled plan says when it ends', async () => {
    await server.realmPlan(6, {}, { status: STATUS.downgradeAtEndOfCycle });
    const body = await server.upload([server.users(18, T0, 1)]);
    expect(body['realms']).toEqual({
      [server.realm.uuid]: { can_push: true, expected_end_timestamp: Y1.getTime() / 1_000 },
    });
  });

  it('SW-1: puts a plan on the other schedule in its place, and goes on there', async () => {
    const planId = await server.realmPlan(
      6,
      { annual_discounted_price: 6_000, required_plan_tier: 104 },
      { status: STATUS.switchToAnnualAtEndOfCycle, billingSchedule: SCHEDULE.monthly, pricePerLicense: 800 },
    );
    service.clock.set(daysAfter(M1, 1));
    await server.upload([server.users(20, T0, 1), server.users(25, M1, 1)]);
    expect(await ledgerRows(service, planId)).toEqual(['R 6,6', '20,20']);
    expect(await planRow(service, planId)).toMatchObject({ status: 11 });
    const [next] = await service.rows(
      'SELECT * FROM plans WHERE status = 1 AND customer_id = (SELECT customer_id FROM plans WHERE id = $1)',
      [planId],
    );
    expect(next).toMatchObject({
      tier: 104,
      billing_schedule: 1,
      price_per_license: 6_000,
      discount: '25',
      automanage_licenses: true,
      charge_automatically: true,
      billing_cycle_anchor: M1,
      next_invoice_date: M1,
      invoicing_status: 3,
      end_date: null,
    });
    expect(await ledgerRows(service, next?.['id'])).toEqual(['R 20,20', '25,25']);
    expect(await notesOn(service, { realmId: server.realmId })).toEqual([
      {
        event_type: 503,
        extra_data: { monthly_plan_id: Number(planId), annual_plan_id: Number(next?.['id']) },
        acting_billing_user_id: null,
      },
    ]);
    expect(await planTypeOf(service, { realmId: server.realmId })).toBe(104);
  });

  it('LEG-5: starts the plan that waits for the end of complimentary access', async () => {
    const end = daysAfter(T0, 91);
    const planId = await server.realmPlan(
      18,
      { minimum_licenses: null },
      {
        tier: TIER.complimentary,
        status: STATUS.switchPlanAtPlanEnd,
        pricePerLicense: 0,
        chargeAutomatically: false,
        nextInvoiceDate: end,
        endDate: end,
      },
    );
    const [{ customer_id: customerId = '' } = {}] = await service.rows('SELECT customer_id FROM plans WHERE id = $1', [
      planId,
    ]);
    const nextId = await addPlan(
      service,
      customerId,
      { status: STATUS.neverStarted, billingCycleAnchor: end, nextInvoiceDate: end, invoicingStatus: 3 },
      [],
    );
    await server.upload([server.users(19, T0, 1)]);
    // To renew with it is the next plan's minimum that counts, until then this plan's.
    expect(await ledgerRows(service, planId)).toEqual(['R 18,18', '19,25']);
    service.clock.set(daysAfter(end, 1));
    await server.upload([server.users(27, daysAfter(end, 0.5))]);
    expect(await ledgerRows(service, planId)).toEqual(['R 18,18', '19,25']);
    expect(await ledgerRows(service, nextId)).toEqual(['R 25,25', '27,27']);
    expect([await planRow(service, planId), await planRow(service, nextId)]).toMatchObject([
      { status: 11 },
      { status: 1, next_invoice_date: end, invoicing_status: 3 },
    ]);
    expect(await planTypeOf(service, { realmId: server.realmId })).toBe(104);
  });

  it('FT-3: turns a free trial by card into paid time', async () => {
    const end = daysAfter(T0, 30);
    const planId = await server.realmPlan(18, {}, { ...BASIC_MONTHLY, status: STATUS.freeTrial, nextInvoiceDate: end });
    await server.upload([server.users(19, T0, 1)]);
    service.clock.set(daysAfter(end, 0.5));
    await server.upload([server.users(20, end, 1)]);
    expect(await ledgerRows(service, planId)).toEqual(['R 18,18', '19,19', 'R 19,19', '20,20']);
    const rows = await service.rows('SELECT id FROM license_ledger WHERE plan_id = $1 ORDER BY id', [planId]);
    expect(await planRow(service, planId)).toMatchObject({
      status: 1,
      billing_cycle_anchor: end,
      next_invoice_date: end,
      invoiced_through_id: rows[1]?.['id'],
    });
  });

  it('FT-7: bills what was added to a trial paid by invoice, and moves its renewal to the end of the trial', async () => {
    const end = daysAfter(T0, 60);
    const planId = await server.realmPlan(
      123,
      {},
      { status: STATUS.freeTrial, chargeAutomatically: false, nextInvoiceDate: end },
    );
    await service.rows(
      `INSERT INTO stripe_invoices (customer_id, stripe_invoice_id, plan_id, status, is_created_for_free_trial_upgrade, created_at)
       SELECT customer_id, 'in_' || id, id, 2, true, now() FROM plans WHERE id = $1`,
      [planId],
    );
    service.clock.set(daysAfter(end, 0.5));
    await server.upload([server.users(125, end, 1)]);
    expect(await ledgerRows(service, planId)).toEqual(['R 123,123', '125,125', '125,125']);
    const rows = await service.rows('SELECT id, event_time FROM license_ledger WHERE plan_id = $1 ORDER BY id', [
      planId,
    ]);
    expect(rows.map((row) => row['event_time'])).toEqual([end, end, end]);
    expect(await planRow(service, planId)).toMatchObject({ status: 1, invoiced_through_id: rows[0]?.['id'] });
  });

  it('FT-8: ends a trial whose invoice is not paid, without billing anything', async () => {
    const end = daysAfter(T0, 60);
    const planId = await server.realmPlan(
      123,
      {},
      { status: STATUS.freeTrial, chargeAutomatically: false, nextInvoiceDate: end },
    );
    await service.rows(
      `INSERT INTO stripe_invoices (customer_id, stripe_invoice_id, plan_id, created_at)
       SELECT customer_id, 'in_' || id, id, now() FROM plans WHERE id = $1`,
      [planId],
    );
    service.clock.set(daysAfter(end, 0.5));
    await server.upload([server.users(125, end, 1)]);
    const [row] = await service.rows('SELECT id FROM license_ledger WHERE plan_id = $1', [planId]);
    expect(await planRow(service, planId)).toMatchObject({
      status: 11,
      next_invoice_date: null,
      invoiced_through_id: row?.['id'],
    });
    expect(await planTypeOf(service, { realmId: server.realmId })).toBe(100);
  });
});

describe('a plan whose rows contradict one another', () => {
  it('FT-15: fails neither the upload nor the other customer, and is left as it was', async () => {
    const end = daysAfter(T0, 60);
    const broken = await server.realmPlan(
      5,
      {},
      { status: STATUS.freeTrial, chargeAutomatically: false, nextInvoiceDate: end },
    );
    const other = await addCustomer(service, { serverId: server.auth.id });
    const sound = await addPlan(service, other, {}, [renewal(T0, 6)]);
    service.clock.set(daysAfter(end, 0.5));
    const before = await planRow(service, broken);
    await server.upload([server.users(7, T0, 1), server.users(8, end, 1)]);
    expect(await server.reported()).toBe(2);
    expect(await ledgerRows(service, broken)).toEqual(['R 5,5']);
    expect(await planRow(service, broken)).toEqual(before);
    expect(await ledgerRows(service, sound)).toEqual(['R 6,6', '7,7', '8,8']);
    // Once the invoice is there, the realm's next upload catches up.
    await insert(service, 'stripe_invoices', {
      ...{ customer_id: before?.['customer_id'], stripe_invoice_id: `in_${broken}`, plan_id: broken, status: 2 },
      created_at: service.clock.now(),
    });
    await server.upload([server.users(9, end, 2)]);
    expect(await ledgerRows(service, broken)).toEqual(['R 5,5', '7,7', '8,8', '8,8', '9,9']);
  });
});
