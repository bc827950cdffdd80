import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Customers } from '../../src/plans/customers/customers.js';
import { LedgerStore } from '../../src/plans/ledger/ledger-store.js';
import { PlanTypes } from '../../src/registration/registrants/plan-types.js';
import { anEvent, aRealm, upload } from '../analytics/uploads.js';
import { daysAfter, renewal, T0, Y1 } from '../support/sample-plan.js';
import { TestService } from '../support/service.js';
import { addCustomer, addPlan, inTransaction, lastLedgerRow, ledgerRows, part } from './billing-rows.js';
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

describe('an uploaded change of users', () => {
  it('G1, G2, G3: makes a row each; licenses grow, and only those to renew with become fewer', async () => {
    const planId = await server.realmPlan(25, { minimum_licenses: null });
    await server.upload([server.users(11, T0, 1)]);
    expect(await lastLedgerRow(service, planId)).toBe('25,25');
    await server.upload(Array.from({ length: 24 }, (_, i) => server.users(12 + i, T0, 1_000_000 * (i + 1))));
    expect(await server.reported()).toBe(25);
    expect(await lastLedgerRow(service, planId)).toBe('35,35');
    expect(await ledgerRows(service, planId)).toHaveLength(26);
    await server.upload([server.users(30, T0, 40_000_000)]);
    expect(await lastLedgerRow(service, planId)).toBe('35,30');
  });

  it('G4: makes none where the customer chooses the number', async () => {
    const planId = await server.realmPlan(25, {}, { automanageLicenses: false });
    await server.upload([server.users(60, T0, 1)]);
    expect(await ledgerRows(service, planId)).toEqual(['R 25,25']);
  });

  it('G5: asks for no minimum of who is exempt', async () => {
    const planId = await server.realmPlan(11, { minimum_licenses: null, exempt_from_license_number_check: true });
    await server.upload([server.users(11, T0, 1)]);
    expect(await ledgerRows(service, planId)).toEqual(['R 11,11', '11,11']);
  });

  it('LED-1: renews the plan where its cycle has ended in between', async () => {
    const planId = await server.realmPlan(6);
    await server.upload([server.users(23, T0, 1), server.users(20, T0, 2), server.users(21, T0, 3)]);
    service.clock.set(daysAfter(Y1, 0.5));
    await server.upload([server.users(22, Y1, 1_000_000)]);
    expect(await ledgerRows(service, planId)).toEqual(['R 6,6', '23,23', '23,20', '23,21', 'R 21,21', '22,22']);
    const [row] = await service.rows(
      'SELECT event_time FROM license_ledger WHERE plan_id = $1 AND licenses_at_next_renewal = 21 AND is_renewal',
      [planId],
    );
    expect(row).toEqual({ event_time: Y1 });
  });

  it('LED-1 in one upload, in any order, gives the same rows', async () => {
    const planId = await server.realmPlan(6);
    service.clock.set(daysAfter(Y1, 0.5));
    await server.upload([
      server.users(23, T0, 1),
      server.users(20, T0, 2),
      server.users(21, T0, 3),
      server.users(22, Y1, 1_000_000),
    ]);
    expect(await ledgerRows(service, planId)).toEqual(['R 6,6', '23,23', '23,20', '23,21', 'R 21,21', '22,22']);
  });

  it('LED-4, LED-7: makes a row for every change, also where nothing changes', async () => {
    const planId = await server.realmPlan(9);
    await server.upload([
      server.users(10, T0, 1),
      server.users(9, T0, 2),
      server.users(10, T0, 3),
      server.users(10, T0, 4),
    ]);
    expect(await ledgerRows(service, planId)).toEqual(['R 9,9', '10,10', '10,9', '10,10', '10,10']);
  });

  it('is taken once, to the microsecond: two events of one millisecond are two rows, and none comes again', async () => {
    const planId = await server.realmPlan(6);
    await server.upload([server.users(7, T0, 1_001), server.users(8, T0, 1_002)]);
    await server.upload([server.users(9, T0, 1_003)]);
    await server.upload([]);
    expect(await ledgerRows(service, planId)).toEqual(['R 6,6', '7,7', '8,8', '9,9']);
    const times = await service.rows<{ at: string }>(
      "SELECT to_char(event_time, 'SS.US') AS at FROM license_ledger WHERE plan_id = $1 ORDER BY id",
      [planId],
    );
    expect(times.map(({ at }) => at)).toEqual(['05.000000', '05.001001', '05.001002', '05.001003']);
  });

  it('dated before the last row, or without numbers, makes none', async () => {
    const planId = await server.realmPlan(6);
    await server.upload([
      server.users(20, daysAfter(T0, -1)),
      anEvent({ realm: server.realm.id, event_time: T0.getTime() / 1_000 + 1, extra_data: {} }),
    ]);
    expect(await ledgerRows(service, planId)).toEqual(['R 6,6']);
  });

  it('dated days ahead waits until its time has come', async () => {
    const planId = await server.realmPlan(6);
    await server.upload([server.users(9, daysAfter(T0, 40)), server.users(7, T0, 5)]);
    expect(await ledgerRows(service, planId)).toEqual(['R 6,6', '7,7']);
    service.clock.set(daysAfter(T0, 41));
    await server.upload([]);
    expect(await ledgerRows(service, planId)).toEqual(['R 6,6', '7,7']);
    await server.upload([server.users(8, daysAfter(T0, 40.5))]);
    // The record that came last counts, but each at its own time.
    expect(await ledgerRows(service, planId)).toEqual(['R 6,6', '7,7', '7,7', '8,8']);
  });
});

describe('the plan of a server', () => {
  it('LED-5: follows the users of all its realms', async () => {
    const other = aRealm();
    await server.upload([server.users(10, T0), server.users(8, T0, 0, other)], [server.realm, other]);
    const customerId = await addCustomer(service, { serverId: server.auth.id }, { minimum_licenses: null });
    const planId = await addPlan(service, customerId, {}, [renewal(T0, 25)]);
    const before = await server.reported();
    const four = [1, 2, 3, 4];
    await server.upload(
      [...four.map((n) => server.users(10 + n, T0, n)), ...four.map((n) => server.users(8 + n, T0, 10 + n, other))],
      [server.realm, other],
    );
    expect(await server.reported()).toBe((before ?? 0) + 8);
    expect(await ledgerRows(service, planId)).toEqual(['R 25,25', ...Array(7).fill('25,25'), '26,26']);
  });

  it('follows them too where no realm is named in the upload', async () => {
    const customerId = await addCustomer(service, { serverId: server.auth.id });
    const planId = await addPlan(service, customerId, {}, [renewal(T0, 6)]);
    const answer = await upload(service, server.auth, { realmauditlog_rows: [server.users(7, T0, 1)] });
    expect(answer.status).toBe(200);
    expect(await ledgerRows(service, planId)).toEqual(['R 6,6', '7,7']);
  });
});

describe('a change of a plan', () => {
  it('and an upload of the same server follow one another', async () => {
    const planId = await server.realmPlan(6);
    const [{ customer_id: customerId = '' } = {}] = await service.rows('SELECT customer_id FROM plans WHERE id = $1', [
      planId,
    ]);
    let waiting: Promise<unknown> = Promise.resolve();
    await inTransaction(service, async (tx) => {
      await part(service, Customers).lock(tx, customerId);
      waiting = server.upload([server.users(9, T0, 3_000)]);
      const locks = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
      await expect.poll(() => service.rows(locks), { timeout: 20_000 }).toHaveLength(1);
      // It may change the server's own row as well: the upload waits for that, not for the customer's.
      await part(service, PlanTypes).set(tx, { serverId: server.auth.id }, 104);
      const row = { isRenewal: false, licenses: 8, licensesAtNextRenewal: 8 };
      await part(service, LedgerStore).append(tx, planId, [{ ...row, eventTime: '2012-01-02T03:04:05.001Z' }]);
    });
    await waiting;
    expect(await ledgerRows(service, planId)).toEqual(['R 6,6', '8,8', '9,9']);
  });
});
