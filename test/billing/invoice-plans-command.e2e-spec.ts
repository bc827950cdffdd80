import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pushBouncer } from '../cli/command.js';
import { BillingWorld, type Organization, withPlan } from '../support/billing.js';
import { M1, M2, T0 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

const AS_OF = 'invoice-plans --as-of 2012-02-02T03:04:05Z';

const env = () => ({
  DATABASE_URL: world.service.databaseUrl,
  SESSION_SECRET: 'a secret for tests only that is long enough to be taken for one',
  DATA_DIR: world.service.settings.database.dataDir,
  STRIPE_SECRET_KEY: 'sk_test_sandbox',
  STRIPE_API_ORIGIN: world.stripe.origin,
});

async function dueAtM1(): Promise<Organization> {
  const someone = await withPlan(world, 20);
  world.service.clock.set(M1);
  await someone.uploads();
  return someone;
}

describe('invoice-plans', () => {
  it('invoices what is due by the time it is told', async () => {
    const someone = await dueAtM1();
    expect(await pushBouncer(AS_OF, env())).toEqual({
      code: 0,
      stdout: 'Looked at 1 plans that were due.\n',
      stderr: '',
    });
    expect(await someone.lines()).toEqual(['20 × 350', '-2000']);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2 });
    expect((await pushBouncer(AS_OF, env())).stdout).toBe('Looked at 0 plans that were due.\n');
  });

  it('ends with an error where a plan fails', async () => {
    const someone = await dueAtM1();
    const { id } = await someone.plan();
    await world.service.rows('UPDATE plans SET invoicing_status = 2 WHERE id = $1', [id]);
    expect(await pushBouncer(AS_OF, env())).toMatchObject({
      code: 1,
      stderr: `push-bouncer: plan ${id} failed: invoicing-cut-off\n`,
    });
    await world.service.rows('UPDATE plans SET invoicing_status = 1, next_invoice_date = $2 WHERE id = $1', [id, M2]);
  });

  it('refuses what is no time', async () => {
    const { code, stderr } = await pushBouncer('invoice-plans --as-of yesterday', env());
    expect(code).toBe(2);
    expect(stderr).toContain('not an ISO 8601 time');
  });

  it.each(['POST /v1/invoices', 'POST /v1/invoiceitems', 'POST /v1/invoices/:id/finalize'])(
    'is made good by the next run where it is killed at %s',
    async (endpoint) => {
      for (const when of ['before', 'after'] as const) {
        world.service.clock.set(T0);
        const someone = await dueAtM1();
        let child: ChildProcess | undefined;
        const kill = (call: { readonly endpoint: string }) => {
          if (call.endpoint === endpoint) child?.kill('SIGKILL');
        };
        if (when === 'before') world.stripe.onBefore(kill);
        else world.stripe.onAfter(kill);
        child = spawn(process.execPath, [resolve('dist/src/cli.js'), ...AS_OF.split(' ')], {
          env: { PATH: process.env['PATH'] ?? '', ...env() },
          cwd: tmpdir(),
          stdio: 'ignore',
        });
        expect((await once(child, 'close'))[1]).toBe('SIGKILL');
        world.stripe.forgetHooks();
        expect((await pushBouncer(AS_OF, env())).code).toBe(0);
        expect(await someone.lines()).toEqual(['20 × 350', '-2000']);
        expect(await someone.invoices()).toMatchObject([{ status: 'paid' }, { status: 'open', total: 5000 }]);
        expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, invoicing_status: 1 });
        expect(await someone.customer()).toMatchObject({ flat_discounted_months: 10 });
      }
    },
  );
});
