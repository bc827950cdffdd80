import { DataSource, type EntityManager } from 'typeorm';
import { Customers } from '../../src/plans/customers/customers.js';
import { PlanStanding } from '../../src/plans/ledger/plan-standing.js';
import type { LedgerRow, PlanTerms } from '../../src/plans/rules/plan-terms.js';
import type { Registrant } from '../../src/registration/registrants/registrant.js';
import { aPlan, short } from '../support/sample-plan.js';
import type { TestService } from '../support/service.js';

/** Columns of a row that is arranged. */
export type Columns = Readonly<Record<string, unknown>>;

/** Inserts a row and answers its id. */
export async function insert(service: TestService, table: string, columns: Columns): Promise<string> {
  const names = Object.keys(columns);
  const places = names.map((_, i) => `$${i + 1}`);
  const [row] = await service.rows<{ id: string }>(
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places.join(', ')}) RETURNING id`,
    Object.values(columns),
  );
  return row?.id ?? '';
}

/** Makes a server or realm a customer. Any number of licenses will do, and no discount is left, unless said otherwise. */
export function addCustomer(service: TestService, holder: Registrant, columns: Columns = {}): Promise<string> {
  const owner = 'serverId' in holder ? { server_id: holder.serverId } : { realm_id: holder.realmId };
  const terms = { minimum_licenses: 1, flat_discounted_months: 0, created_at: service.clock.now() };
  return insert(service, 'customers', { ...owner, ...terms, ...columns });
}

/** Gives a customer a plan with these ledger rows; the holder's plan type and push permission follow, as for any plan. */
export async function addPlan(
  service: TestService,
  customerId: string,
  given: Partial<PlanTerms>,
  rows: readonly LedgerRow[],
): Promise<string> {
  const plan = aPlan(given);
  const planId = await insert(service, 'plans', {
    customer_id: customerId,
    tier: plan.tier,
    status: plan.status,
    billing_schedule: plan.billingSchedule,
    price_per_license: plan.pricePerLicense,
    fixed_price: plan.fixedPrice,
    automanage_licenses: plan.automanageLicenses,
    charge_automatically: plan.chargeAutomatically,
    billing_cycle_anchor: plan.billingCycleAnchor,
    next_invoice_date: plan.nextInvoiceDate,
    invoicing_status: plan.invoicingStatus,
    end_date: plan.endDate,
    created_at: service.clock.now(),
  });
  for (const { isRenewal, eventTime, licenses, licensesAtNextRenewal } of rows) {
    await insert(service, 'license_ledger', {
      plan_id: planId,
      is_renewal: isRenewal,
      event_time: eventTime,
      licenses,
      licenses_at_next_renewal: licensesAtNextRenewal,
    });
  }
  if (plan.status < 10) {
    for (const [table, owner] of [
      ['remote_servers', 'server_id'],
      ['remote_realms', 'realm_id'],
    ]) {
      const sql = `UPDATE ${table} SET plan_type = $2 WHERE id = (SELECT ${owner} FROM customers WHERE id = $1)`;
      await service.rows(sql, [customerId, plan.tier]);
    }
  }
  await inTransaction(service, async (tx) => {
    const owner = await part(service, Customers).lock(tx, customerId);
    if (owner) await part(service, PlanStanding).refresh(tx, owner);
  });
  return planId;
}

/** A part of the running service. */
export function part<T>(service: TestService, type: abstract new (...parts: never[]) => T): T {
  return service.app.get<T>(type, { strict: false });
}

export function inTransaction<T>(service: TestService, work: (tx: EntityManager) => Promise<T>): Promise<T> {
  return service.app.get(DataSource).transaction(work);
}

/** A plan's ledger as short text: `R 6,6`, `23,20`. */
export async function ledgerRows(service: TestService, planId: string): Promise<string[]> {
  const rows = await service.rows<LedgerRow>(
    `SELECT is_renewal AS "isRenewal", event_time AS "eventTime", licenses, licenses_at_next_renewal AS "licensesAtNextRenewal"
     FROM license_ledger WHERE plan_id = $1 ORDER BY id`,
    [planId],
  );
  return rows.map(short);
}

/** The last row of a plan's ledger. */
export async function lastLedgerRow(service: TestService, planId: string): Promise<string | undefined> {
  return (await ledgerRows(service, planId)).at(-1);
}

/** A plan as it is stored. */
export async function planRow(service: TestService, planId: string) {
  const [row] = await service.rows('SELECT * FROM plans WHERE id = $1', [planId]);
  return row;
}

export async function planTypeOf(service: TestService, holder: Registrant): Promise<number | undefined> {
  const [table, id] = 'serverId' in holder ? ['remote_servers', holder.serverId] : ['remote_realms', holder.realmId];
  const [row] = await service.rows<{ plan_type: number }>(`SELECT plan_type FROM ${table} WHERE id = $1`, [id]);
  return row?.plan_type;
}

/** What the service itself noted of a server or realm, but for changes that uploads bring. */
export function notesOn(service: TestService, holder: Registrant) {
  const [table, column, id] =
    'serverId' in holder
      ? ['remote_server_audit_log', 'server_id', holder.serverId]
      : ['remote_realm_audit_log', 'remote_realm_id', holder.realmId];
  return service.rows(
    `SELECT event_type, extra_data, acting_billing_user_id FROM ${table}
     WHERE ${column} = $1 AND event_type NOT IN (101, 102, 103, 104, 105, 201, 202, 229, 20001, 20003, 20004) ORDER BY id`,
    [id],
  );
}
