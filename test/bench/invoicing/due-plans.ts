import type pg from 'pg';

/** What the plans of a benchmark or test are: Basic by the month, with so many licenses, by card or by invoice. */
export const LICENSES = 12;
export const PRICE = 350;

export interface DuePlans {
  /** Stripe's ids of the customers; each has one plan. */
  readonly stripeIds: readonly string[];
  /** When the plans began; they are due a month later. */
  readonly since: Date;
  readonly due: Date;
  readonly byCard: boolean;
}

// Each is a server of its own: what is locked for one plan holds up no other.
const SEED = `
  WITH server AS (
    INSERT INTO remote_servers (uuid, key_digest, hostname, contact_email, created_at, updated_at, plan_type, last_audit_log_update)
    SELECT gen_random_uuid(), sha256(id::bytea), id || '.example.com', 'admin@example.com', $2, $2, 103, $3
    FROM unnest($1::text[]) AS s (id)
    RETURNING id, split_part(hostname, '.', 1) AS stripe_id
  ), customer AS (
    INSERT INTO customers (server_id, stripe_customer_id, flat_discounted_months, created_at)
    SELECT id, stripe_id, 0, $2 FROM server RETURNING id
  ), plan AS (
    INSERT INTO plans (customer_id, tier, billing_schedule, price_per_license, automanage_licenses, charge_automatically,
      billing_cycle_anchor, next_invoice_date, created_at)
    SELECT id, 103, 2, ${PRICE}, true, $4, $2, $3, $2 FROM customer RETURNING id
  )
  INSERT INTO license_ledger (plan_id, is_renewal, event_time, licenses, licenses_at_next_renewal)
  SELECT id, true, $2, ${LICENSES}, ${LICENSES} FROM plan`;

const BILLED = `
  UPDATE plans SET invoiced_through_id = (SELECT max(id) FROM license_ledger l WHERE l.plan_id = plans.id)
  WHERE invoiced_through_id IS NULL`;

/** Servers with plans whose first month is over and was paid for. */
export async function seedDuePlans(
  db: Pick<pg.Pool, 'query'>,
  { stripeIds, since, due, byCard }: DuePlans,
): Promise<void> {
  await db.query(SEED, [stripeIds, since, due, byCard]);
  await db.query(BILLED);
  await db.query('ANALYZE');
}

/** New customers at Stripe; answers their ids. */
export async function stripeCustomers(origin: string, key: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  const work = async () => {
    while (ids.length < count) {
      const place = ids.push('') - 1;
      const answer = await fetch(`${origin}/v1/customers`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'email=ann%40example.com',
      });
      ids[place] = ((await answer.json()) as { id: string }).id;
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return ids;
}
