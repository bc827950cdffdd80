import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvoicingJob } from '../../src/plans/invoicing/invoicing-job.js';
import { LICENSES, PRICE, seedDuePlans, stripeCustomers } from '../bench/invoicing/due-plans.js';
import { pushBouncer } from '../cli/command.js';
import { BillingWorld } from '../support/billing.js';
import { M1, M2, T0 } from '../support/sample-plan.js';

const PLANS = 1_000;
const KEY = 'sk_test_sandbox';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
  world.stripe.webhooks.forgetEndpoints();
});
afterAll(() => world.stop());

describe('two invoicing jobs at once', () => {
  it(`on two nodes, over ${PLANS} plans that are due, charge everybody once`, async () => {
    const { service, stripe } = world;
    const stripeIds = await stripeCustomers(stripe.origin, KEY, PLANS);
    for (const id of stripeIds) stripe.giveCard(id);
    await seedDuePlans(service.db, { stripeIds, since: T0, due: M1, byCard: true });
    service.clock.set(M1);
    // Told to stop, a job begins with nobody.
    const stopped = await world.part(InvoicingJob).run(M1, AbortSignal.abort());
    expect(stopped).toEqual({ done: [], deferred: [], skipped: [], failed: [] });
    const env = {
      DATABASE_URL: service.databaseUrl,
      SESSION_SECRET: 'a secret for tests only that is long enough to be taken for one',
      DATA_DIR: service.settings.database.dataDir,
      STRIPE_SECRET_KEY: KEY,
      STRIPE_API_ORIGIN: stripe.origin,
    };
    const command = `invoice-plans --as-of ${M1.toISOString()}`;
    const nodes = await Promise.all([pushBouncer(command, env), pushBouncer(command, env)]);
    expect(nodes.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const shares = nodes.map(({ stdout }) => Number(/Looked at (\d+) plans/.exec(stdout)?.[1]));
    // Stripe charges by itself after an hour.
    service.clock.advance(2 * 3_600);
    stripe.advance();

    const amounts = stripeIds.map((id) => stripe.chargesOf(id).map(({ amount }) => amount));
    const once = amounts.filter((of) => of.length === 1 && of[0] === LICENSES * PRICE).length;
    process.stdout.write(`Two jobs took ${shares.join(' and ')} of ${PLANS} plans: ${once} customers charged once.\n`);
    expect(once).toBe(PLANS);
    expect(shares.every((share) => share > 0)).toBe(true);
    expect(stripeIds.filter((id) => stripe.invoicesOf(id).length !== 1)).toEqual([]);
    const left = await service.rows('SELECT id FROM plans WHERE next_invoice_date <> $1 OR invoicing_status <> 1', [
      M2,
    ]);
    expect(left).toEqual([]);
    expect(await service.rows('SELECT id FROM invoice_builds WHERE step <> 4')).toEqual([]);
  }, 600_000);
});
