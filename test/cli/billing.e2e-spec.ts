import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FixedPrices } from '../../src/plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../src/plans/changes/negotiated-terms.js';
import { BillingWorld } from '../support/billing.js';
import { T0 } from '../support/sample-plan.js';
import { pushBouncer } from './command.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const run = (command: string) =>
  pushBouncer(command, {
    DATABASE_URL: world.service.databaseUrl,
    SESSION_SECRET: 'a secret for tests only that is long enough to be taken for one',
    DATA_DIR: world.service.settings.database.dataDir,
    STRIPE_SECRET_KEY: 'sk_test_sandbox',
    STRIPE_API_ORIGIN: world.stripe.origin,
  });
const failure = (line: string) => ({ code: 1, stdout: '', stderr: `push-bouncer: ${line}\n` });

describe('billing', () => {
  it('links a customer of Stripe, and starts a plan that was paid for otherwise', async () => {
    const someone = await world.organization(60);
    const { uuid } = someone.realm;
    const other = await world.organization(3);
    await other.isCustomer();
    const id = (await other.customer()).stripe_customer_id;
    await world.service.rows('UPDATE customers SET stripe_customer_id = NULL WHERE stripe_customer_id = $1', [id]);
    expect(await run(`billing link-customer ${uuid} cus_nobody`)).toEqual(failure('Stripe has no such customer.'));
    expect((await run(`billing link-customer ${uuid} ${id}`)).stdout).toBe(`${uuid} is now linked to ${id}.\n`);
    expect(await run(`billing prepaid ${uuid}`)).toEqual(failure('No fixed price is configured.'));
    await world.part(NegotiatedTerms).requireTier(someone.holder, 104);
    await world.part(FixedPrices).agree(someone.holder, 120_000);
    const from = '2012-01-01T01:01:01.000Z';
    expect((await run(`billing prepaid ${uuid} --from ${from}`)).stdout).toBe(
      `The plan of ${uuid} runs from ${from} on.\n`,
    );
    expect(await someone.plan()).toMatchObject({ billing_cycle_anchor: new Date(from) });
    const stranger = '6cde5f7a-1f7e-4978-9716-49f69ebfc9fe';
    expect(await run(`billing prepaid ${stranger}`)).toEqual(
      failure(`no server or organization ${stranger} is registered`),
    );
  });

  it('lists events that are stuck, and handles them anew', async () => {
    expect((await run('billing stuck-events')).stdout).toBe('No event is stuck.\n');
    expect(await run('billing retry-event 17')).toEqual(failure('no event 17 is stuck'));
    const someone = await world.organization(30);
    await someone.isCustomer({}, null);
    await someone.buys({ chargeAutomatically: false, management: 'manual', licenses: 40 });
    await world.service.rows(
      "UPDATE customers SET required_plan_tier = 104, stripe_customer_id = 'cus_gone' WHERE id = $1",
      [(await someone.customer()).id],
    );
    const [row] = await world.service.rows<{ id: string }>(
      `INSERT INTO stripe_events (stripe_event_id, type, customer_id, invoice_id, status, handler_error, received_at)
       SELECT 'evt_stuck', 'invoice.voided', customer_id, id, 40, '{"message": "no", "description": "uncaught exception"}', $2
       FROM stripe_invoices WHERE customer_id = $1 RETURNING id`,
      [(await someone.customer()).id, T0],
    );
    expect((await run('billing stuck-events')).stdout).toBe(
      `${row?.id}\t${T0.toISOString()}\tinvoice.voided\tevt_stuck\tuncaught exception\n`,
    );
    expect((await run(`billing retry-event ${row?.id}`)).stdout).toBe(`Event ${row?.id} is handled.\n`);
  });
});
