import { PushPermissions } from '../../../src/plans/permission/push-permission.js';
import { planTypeOf } from '../../plans/billing-rows.js';
import type { Organization } from '../../support/billing.js';

/** What has become of an organization, here and at Stripe. */
export interface Outcome {
  /** The live plan: tier, schedule (1: annual), status, day of the next invoice; null: there is none. */
  readonly plan: readonly [number, number, number, string] | null;
  /** The ledger of the newest plan. */
  readonly ledger: readonly string[];
  /** Its invoices at Stripe but for those that are void, the oldest first. */
  readonly invoices: readonly string[];
  /** Cents that were taken, in all. */
  readonly charged: number;
  /** Cents that Stripe was told to credit. */
  readonly credits: readonly number[];
  /** Months of the discount that are left. */
  readonly months: number;
  readonly planType: number;
  readonly mayPush: boolean;
  /** What is not finished, or contradicts itself. */
  readonly loose: readonly string[];
}

/** Of an organization with more than ten users that buys nothing. */
export const NOTHING: Outcome = {
  plan: null,
  ledger: [],
  invoices: [],
  charged: 0,
  credits: [],
  months: 12,
  planType: 100,
  mayPush: false,
  loose: [],
};

const LIVE = `
  SELECT tier, billing_schedule, status, to_char(next_invoice_date AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS next
  FROM plans WHERE customer_id = $1 AND status < 10`;

const LOOSE = `
  SELECT 'invoice at step ' || step AS what FROM invoice_builds WHERE customer_id = $1 AND step < 4
  UNION ALL SELECT 'event ' || status FROM stripe_events WHERE customer_id = $1 AND status <> 50
  UNION ALL SELECT 'invoicing cut off' FROM plans WHERE customer_id = $1 AND invoicing_status = 2
  UNION ALL SELECT 'credit' FROM balance_credits WHERE customer_id = $1 AND stripe_transaction_id IS NULL`;

/** Looks at everything. */
export async function outcomeOf(someone: Organization): Promise<Outcome> {
  const { service, stripe } = someone.world;
  const customer = await someone.customer();
  const id = customer.stripe_customer_id;
  const [live] = await service.rows<{ tier: number; billing_schedule: number; status: number; next: string }>(LIVE, [
    customer.id,
  ]);
  const hasPlans = (await someone.plans()).length > 0;
  const invoices = stripe.invoicesOf(id);
  const realmId = 'realmId' in someone.holder ? someone.holder.realmId : '';
  const permission = await someone.world.part(PushPermissions).of({ serverId: someone.server.id, realmId });
  const loose = await service.rows<{ what: string }>(LOOSE, [customer.id]);
  const wrong = invoices.filter(({ status, amount_paid }) => status === 'void' && amount_paid > 0);
  return {
    plan: live ? [live.tier, live.billing_schedule, live.status, live.next] : null,
    ledger: hasPlans ? await someone.ledger() : [],
    invoices: invoices
      .filter(({ status }) => status !== 'void')
      .map(({ id: invoice, status }) => `${status} ${stripe.linesOf(invoice).map(line).join(', ')}`),
    charged: stripe.chargesOf(id).reduce((sum, { amount }) => sum + amount, 0),
    credits: stripe.account.balanceTransactions
      .all()
      .filter((one) => one.customer === id && one.type === 'adjustment')
      .map(({ amount }) => -amount),
    months: customer['flat_discounted_months'] as number,
    planType: (await planTypeOf(service, someone.holder)) ?? 0,
    mayPush: permission.canPush,
    loose: [...loose.map(({ what }) => what), ...wrong.map(() => 'void and paid')],
  };
}

function line({ amount, quantity }: { readonly amount: number; readonly quantity: number | null }): string {
  return amount < 0 ? String(amount) : `${quantity ?? 1} × ${amount / (quantity ?? 1)}`;
}
