import { z } from 'zod';
import type { SandboxClock } from './sandbox-clock.js';
import type { StripeStandIn } from './stripe-stand-in.js';

const faultKinds = [
  ...(['drop-before', 'drop-after', 'delay-before', 'delay-after'] as const),
  ...(['rate-limit', 'error-before', 'error-after'] as const),
] as const;

/** What a stand-in in a process of its own can be told, one JSON object each. */
export const standInCommand = z.discriminatedUnion('do', [
  z.object({ do: z.literal('state') }),
  z.object({ do: z.literal('set-clock'), now: z.coerce.date() }),
  z.object({
    do: z.literal('send-webhooks-to'),
    url: z.url(),
    secret: z.string(),
    types: z.array(z.string()).optional(),
  }),
  z.object({ do: z.literal('rule'), type: z.string(), times: z.int().optional(), delayMs: z.int().optional() }),
  z.object({ do: z.literal('hold') }),
  z.object({ do: z.literal('release'), order: z.enum(['oldest-first', 'newest-first']) }),
  z.object({ do: z.literal('send'), event: z.string() }),
  z.object({ do: z.literal('give-card'), customer: z.string(), number: z.string().optional() }),
  z.object({ do: z.literal('complete-checkout'), session: z.string(), number: z.string().optional() }),
  z.object({ do: z.literal('pay-hosted'), invoice: z.string() }),
  z.object({
    do: z.literal('fault'),
    kind: z.enum(faultKinds),
    endpoint: z.string().optional(),
    skip: z.int().optional(),
    times: z.int().optional(),
    delayMs: z.int().optional(),
  }),
  z.object({ do: z.literal('clear-faults') }),
]);

export type StandInCommand = z.infer<typeof standInCommand>;

/** Carries out one command; answers what there is to say. */
export async function runCommand(
  standIn: StripeStandIn,
  clock: SandboxClock,
  command: StandInCommand,
): Promise<unknown> {
  switch (command.do) {
    case 'state':
      return state(standIn);
    case 'set-clock':
      clock.set(command.now);
      return standIn.advance();
    case 'send-webhooks-to':
      return void standIn.webhooks.sendTo(defined(command));
    case 'rule':
      return void standIn.webhooks.rule(command.type, defined(command));
    case 'hold':
      return standIn.webhooks.hold();
    case 'release':
      return await standIn.webhooks.release(command.order);
    case 'send':
      return await standIn.webhooks.send(standIn.account.events.get(command.event));
    case 'give-card':
      return standIn.giveCard(command.customer, command.number);
    case 'complete-checkout':
      return standIn.completeCheckout(command.session, command.number);
    case 'pay-hosted':
      return standIn.payHostedInvoice(command.invoice);
    case 'fault':
      return void standIn.faults.add(defined(command));
    case 'clear-faults':
      return standIn.faults.clear();
  }
}

/** Everything in the account. */
function state({ account, calls, webhooks }: StripeStandIn) {
  return {
    customers: account.customers.all(),
    balanceTransactions: account.balanceTransactions.all(),
    paymentMethods: account.paymentMethods.all(),
    checkoutSessions: account.checkoutSessions.all(),
    invoices: account.invoices.all(),
    lines: Object.fromEntries(account.lines),
    charges: account.charges,
    events: account.events.all(),
    calls,
    deliveries: webhooks.deliveries,
  };
}

/** Without the members that are undefined. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
