import { afterEach, expect, it } from 'vitest';
import { runCommand, standInCommand } from '../../src/sandbox/stripe/commands.js';
import { SandboxClock } from '../../src/sandbox/stripe/sandbox-clock.js';
import { StripeStandIn } from '../../src/sandbox/stripe/stripe-stand-in.js';
import { draftOf, stripeWorld } from './stripe-client.js';

const open: StripeStandIn[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

it('a stand-in is led by commands', async () => {
  const clock = new SandboxClock();
  const { standIn, stripe } = await stripeWorld({ clock });
  open.push(standIn);
  const tell = (command: unknown) => runCommand(standIn, clock, standInCommand.parse(command));
  const customer = (await stripe.customers.create({ email: 'a@zulip.test' })).id;
  await tell({ do: 'give-card', customer });
  const id = await draftOf(stripe, customer, 1000, { auto_advance: true });
  await tell({ do: 'set-clock', now: new Date(Date.now() + 3_700_000).toISOString() });
  expect(await tell({ do: 'state' })).toMatchObject({
    invoices: [{ id, status: 'paid' }],
    charges: [{ amount: 1000 }],
  });
  await tell({ do: 'fault', kind: 'rate-limit', endpoint: 'GET /v1/invoices' });
  await expect(stripe.invoices.list()).rejects.toMatchObject({ statusCode: 429 });
  expect(() => standInCommand.parse({ do: 'nonsense' })).toThrow();
});
