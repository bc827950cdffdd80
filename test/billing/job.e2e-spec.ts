import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BillingWorld, grows, invoiceOn, withPlan } from '../support/billing.js';
import { daysAfter, M1, M2, T0 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.service.clock.set(T0));

describe('the job', () => {
  it('JOB-1: waits for data, and says so once a month', async () => {
    const someone = await withPlan(world, 20);
    world.service.clock.set(daysAfter(T0, 5));
    await someone.uploads();
    await world.invoice(M1);
    await world.invoice(daysAfter(M1, 1));
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M1, stale_data_notice_sent: true });
    expect(await someone.mails()).toEqual(['stale-audit-data']);
    await invoiceOn(someone, daysAfter(M1, 2));
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, stale_data_notice_sent: false });
    expect(await someone.invoices()).toHaveLength(2);
    await world.invoice(M2);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, stale_data_notice_sent: true });
  });

  it('JOB-2: waits in silence for data that are half a day old', async () => {
    const someone = await withPlan(world, 20);
    world.service.clock.set(daysAfter(M1, -0.5));
    await someone.uploads();
    const { deferred } = await world.invoice(M1);
    expect(deferred).toContain((await someone.plan()).id);
    expect(await someone.plan()).toMatchObject({ stale_data_notice_sent: false });
    expect(await someone.mails()).toEqual([]);
  });

  it.each([
    ['JOB-3', 'UPDATE plans SET invoicing_status = 2 WHERE customer_id = $1', 'invoicing-cut-off'],
    ['JOB-4', 'UPDATE customers SET stripe_customer_id = NULL WHERE id = $1', 'no-stripe-customer'],
  ])('%s: leaves to people what it cannot understand', async (_id, statement, reason) => {
    const someone = await withPlan(world, 20);
    await world.service.rows(statement, [(await someone.customer()).id]);
    const { id } = await someone.plan();
    expect((await invoiceOn(someone, M1)).failed).toEqual([{ planId: id, reason }]);
    expect(await someone.plan()).toMatchObject({ next_invoice_date: M1, status: 1 });
    await world.service.rows('UPDATE plans SET status = 11, next_invoice_date = NULL WHERE id = $1', [id]);
  });

  it.each(['drop-after', 'error-after', 'drop-before', 'error-before'] as const)(
    'goes on where it was cut off, and bills once (%s)',
    async (kind) => {
      for (const endpoint of ['POST /v1/invoices', 'POST /v1/invoiceitems', 'POST /v1/invoices/:id/finalize']) {
        world.service.clock.set(T0);
        const someone = await withPlan(world, 20);
        await grows(someone, 25, daysAfter(T0, 3));
        world.stripe.faults.add({ kind, endpoint, times: 9 });
        world.service.clock.set(M1);
        await someone.uploads();
        const first = await world.invoice(M1);
        world.stripe.faults.clear();
        // Stripe may forget keys.
        if (first.failed.length > 0) world.stripe.keys.clear();
        const second = await invoiceOn(someone, daysAfter(M1, 1 / 48));
        expect(second.failed, endpoint).toEqual([]);
        expect((await someone.lines()).sort(), endpoint).toEqual(['-2000', '25 × 350', '5 × 316'].sort());
        const made = (await someone.invoices()).filter(({ status }) => status !== 'draft');
        expect(made, endpoint).toHaveLength(2);
        expect(await someone.invoices()).toHaveLength(2);
        expect(await someone.plan()).toMatchObject({ invoicing_status: 1, next_invoice_date: M2 });
        expect(await someone.customer()).toMatchObject({ flat_discounted_months: 10 });
      }
    },
  );

  it('bills once where several nodes run it at the same time', async () => {
    const all = await Promise.all([withPlan(world, 20), withPlan(world, 21), withPlan(world, 22)]);
    world.service.clock.set(M1);
    for (const someone of all) await someone.uploads();
    await Promise.all([world.invoice(M1), world.invoice(M1), world.invoice(M1)]);
    await world.invoice(M1);
    for (const someone of all) {
      expect(await someone.invoices()).toMatchObject([{ status: 'paid' }, { status: 'open' }]);
      expect(await someone.lines()).toHaveLength(2);
      expect(await someone.plan()).toMatchObject({ next_invoice_date: M2, invoicing_status: 1 });
    }
  });

  it('makes anew what Stripe closed before it was complete', async () => {
    const someone = await withPlan(world, 20);
    world.stripe.faults.add({ kind: 'error-before', endpoint: 'POST /v1/invoiceitems', times: 50, skip: 1 });
    world.service.clock.set(M1);
    await someone.uploads();
    expect((await world.invoice(M1)).failed).toHaveLength(1);
    world.stripe.faults.clear();
    world.service.clock.set(daysAfter(M1, 1));
    world.stripe.advance();
    expect((await someone.invoices()).at(-1)).toMatchObject({ status: 'paid', total: 7000 });
    await world.invoice(daysAfter(M1, 1));
    expect(await someone.lines()).toEqual(['-2000']);
    expect((await someone.invoices()).reduce((sum, { total }) => sum + total, 0)).toBe(5000 + 5000);
  });
});
