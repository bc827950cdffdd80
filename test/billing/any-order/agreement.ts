import { expect } from 'vitest';
import { PushPermissions } from '../../../src/plans/permission/push-permission.js';
import { type Book, live } from './book.js';
import { total } from './charges.js';
import type { Course } from './play.js';
import { pushOf } from './push-table.js';

type Row = Readonly<Record<string, unknown>>;

const PLANS = `
  SELECT p.id, p.tier, p.status, p.billing_schedule, p.price_per_license, p.fixed_price, p.automanage_licenses, p.charge_automatically,
    p.billing_cycle_anchor, p.next_invoice_date, p.end_date, p.invoicing_status
  FROM plans p JOIN customers c ON c.id = p.customer_id WHERE c.id = $1 AND p.created_at >= $2 ORDER BY p.id`;

const LEDGER = `
  SELECT l.id, l.plan_id, l.is_renewal, l.event_time, l.licenses, l.licenses_at_next_renewal
  FROM license_ledger l JOIN plans p ON p.id = l.plan_id WHERE p.customer_id = $1 AND p.created_at >= $2 ORDER BY l.id`;

const LOCAL = 'SELECT stripe_invoice_id, status FROM stripe_invoices WHERE customer_id = $1 ORDER BY id';
const UNDONE = `
  SELECT 'build' AS what, step FROM invoice_builds WHERE customer_id = $1 AND step < 4
  UNION ALL SELECT 'credit', 0 FROM balance_credits WHERE customer_id = $1 AND stripe_transaction_id IS NULL
  UNION ALL SELECT 'event', status FROM stripe_events WHERE customer_id = $1 AND status < 40`;

/** Looks at both after each step, and remembers the ledger as it was. */
export class Agreement {
  private before: Row[] = [];

  constructor(
    private readonly course: Course,
    private readonly since: Date,
    private readonly customerId: string,
  ) {}

  async check(): Promise<void> {
    const { book, world } = this.course;
    const values = [this.customerId, this.since];
    const plans = await world.service.rows(PLANS, values);
    const ledger = await world.service.rows(LEDGER, values);
    this.onlyAppended(ledger, plans);
    covers(plans, ledger);
    expect(plans.filter(({ status }) => Number(status) < 10).length, 'live plans').toBeLessThan(2);
    expect(plans.filter(({ status }) => status === 12).length, 'plans that wait').toBeLessThan(2);
    expect(plans.map(shownPlan), 'plans').toEqual(book.plans.map(reckonedPlan));
    const rows = plans.map(({ id }) => ledger.filter(({ plan_id }) => plan_id === id).map(shownRow));
    expect(rows, 'ledgers').toEqual(book.plans.map((plan) => plan.rows.map(reckonedRow)));
    await this.terms(book);
    await this.money(book);
    await this.permission(book);
  }

  /** Rows stay what they are, but for the few edits that are allowed. */
  private onlyAppended(ledger: Row[], plans: Row[]): void {
    const now = new Map(ledger.map((row) => [row['id'], row]));
    for (const row of this.before) {
      const after = now.get(row['id']);
      const plan = plans.find(({ id }) => id === row['plan_id']);
      const mayMove = row['is_renewal'] === true && plan?.['charge_automatically'] === false;
      const mayRenewWith = plan?.['tier'] === 101;
      expect(after, 'a row of the ledger').toMatchObject({
        ...{ plan_id: row['plan_id'], is_renewal: row['is_renewal'], licenses: row['licenses'] },
        ...(mayMove ? {} : { event_time: row['event_time'] }),
        ...(mayRenewWith ? {} : { licenses_at_next_renewal: row['licenses_at_next_renewal'] }),
      });
    }
    this.before = ledger;
  }

  private async terms(book: Book): Promise<void> {
    const { world, someone } = this.course;
    const customer = await someone.customer();
    expect(customer, 'terms').toMatchObject({
      flat_discounted_months: book.months,
      monthly_discounted_price: book.monthly,
      annual_discounted_price: book.annual,
      minimum_licenses: book.minimum,
      required_plan_tier: book.requiredTier,
    });
    const offers = await world.service.rows(
      'SELECT tier, fixed_price AS cents FROM plan_offers WHERE customer_id = $1 AND status = 1',
      [this.customerId],
    );
    expect(offers, 'offers').toEqual(book.offer ? [book.offer] : []);
    const [table, id] =
      'realmId' in someone.holder
        ? ['remote_realms', someone.holder.realmId]
        : ['remote_servers', someone.holder.serverId];
    const [owner] = await world.service.rows(`SELECT plan_type FROM ${table} WHERE id = $1`, [id]);
    expect(owner?.['plan_type'], 'plan type').toBe(live(book)?.tier ?? 100);
  }

  /** What was charged is what was reckoned; Stripe's rows and ours say the same. */
  private async money(book: Book): Promise<void> {
    const { world, someone } = this.course;
    const { stripe_customer_id: customer } = await someone.customer();
    const invoices = world.stripe.invoicesOf(customer);
    const lines = invoices.map(({ id }) =>
      world.stripe
        .linesOf(id)
        .map(({ amount, quantity, period }) => [amount < 0 ? undefined : quantity, amount, period.start, period.end]),
    );
    const seconds = (t: number) => Math.floor(t / 1000);
    expect(lines, 'lines').toEqual(
      book.invoices.map((one) =>
        one.lines.map(({ quantity, amount, start, end }) => [quantity, amount, seconds(start), seconds(end)]),
      ),
    );
    expect(
      invoices.map(({ status }) => status),
      'invoices',
    ).toEqual(
      book.invoices.map(({ kind, atStripe }, i) =>
        kind === 'pass' && atStripe === 'open' && invoices[i]?.status === 'paid' ? 'paid' : atStripe,
      ),
    );
    expect(sum(invoices.filter(({ status }) => status !== 'void').map((one) => one.total)), 'the sum charged').toBe(
      sum(book.invoices.filter(({ atStripe }) => atStripe !== 'void').map(total)),
    );
    expect(world.stripe.account.customers.get(customer).balance, 'balance').toBe(book.balance);
    expect(
      invoices.map(({ amount_due }) => amount_due),
      'what is to be paid',
    ).toEqual(book.invoices.map((one) => total(one) - one.credit));
    const charges = world.stripe.chargesOf(customer);
    for (const { id, total: all, status, amount_due } of invoices) {
      expect(all, 'an invoice is never below zero').toBeGreaterThanOrEqual(0);
      const taken = charges.filter(({ invoice }) => invoice === id).map(({ amount }) => amount);
      expect(taken, 'what was taken for one invoice').toEqual(status === 'paid' && amount_due > 0 ? [amount_due] : []);
    }
    expect(await world.service.rows(UNDONE, [this.customerId]), 'left undone').toEqual([]);
    const local = await world.service.rows(LOCAL, [this.customerId]);
    for (const { stripe_invoice_id, status } of local) {
      const one = book.invoices[invoices.findIndex(({ id }) => id === stripe_invoice_id)];
      expect(['', 'sent', 'paid', 'void'][Number(status)], 'an invoice here').toBe(one?.here);
    }
  }

  private async permission(book: Book): Promise<void> {
    const { world, someone } = this.course;
    const permissions = world.part(PushPermissions);
    const [realm] = await world.service.rows<{ id: string }>('SELECT id FROM remote_realms WHERE uuid = $1', [
      someone.realm.uuid,
    ]);
    const subject = { serverId: someone.server.id };
    for (const [name, given] of [
      ['server', subject],
      ['realm', { ...subject, realmId: realm?.id ?? '' }],
    ] as const) {
      const { canPush, expectedEndTimestamp: end } = await permissions.of(given);
      expect({ canPush, end }, `push permission of the ${name}`).toEqual(pushOf(book, name));
    }
  }
}

/** From its anchor on, every cycle of a plan has the row that renews it, and within a cycle licenses never become fewer. */
function covers(plans: Row[], ledger: Row[]): void {
  for (const { id, status } of plans) {
    const rows = ledger.filter(({ plan_id }) => plan_id === id);
    if (status === 12) {
      expect(rows, 'rows of a plan that waits').toEqual([]);
      continue;
    }
    expect(rows[0]?.['is_renewal'] ?? true, 'the first row of a plan').toBe(true);
    for (const [i, row] of rows.entries()) {
      const previous = rows[i - 1];
      if (previous && row['is_renewal'] === false) {
        expect(Number(row['licenses']), 'licenses within a cycle').toBeGreaterThanOrEqual(Number(previous['licenses']));
      }
    }
  }
}

const iso = (t: unknown) => (t === null || t === undefined ? null : new Date(t as number | Date).toISOString());
const sum = (amounts: readonly number[]) => amounts.reduce((all, one) => all + one, 0);

function shownPlan(row: Row): unknown[] {
  const kind = [row['tier'], row['status'], row['billing_schedule'], row['price_per_license'], row['fixed_price']];
  const dates = [iso(row['billing_cycle_anchor']), iso(row['next_invoice_date']), iso(row['end_date'])];
  return [...kind, row['automanage_licenses'], row['charge_automatically'], ...dates, row['invoicing_status']];
}

function reckonedPlan(plan: Book['plans'][number]): unknown[] {
  const { tier, status, schedule, price, fixed, auto, card, anchor, due, end, initial } = plan;
  return [tier, status, schedule, price, fixed, auto, card, iso(anchor), iso(due), iso(end), initial ? 3 : 1];
}

const shownRow = (row: Row) =>
  `${row['is_renewal'] ? 'R ' : ''}${row['licenses']},${row['licenses_at_next_renewal']} ${iso(row['event_time'])}`;

const reckonedRow = ({ renewal, licenses, next, at }: Book['plans'][number]['rows'][number]) =>
  `${renewal ? 'R ' : ''}${licenses},${next} ${iso(at)}`;
