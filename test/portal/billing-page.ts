import { expect } from 'vitest';
import type { BillingWorld } from '../support/billing.js';
import type { PageAnswer } from '../support/browser-client.js';
import { guest, type Managed, newcomer } from './customers.js';
import { wordsOf } from './page-text.js';

type Request = Parameters<Managed['someone']['buys']>[0];
type Fields = Readonly<Record<string, string | number>>;

/** Ten licenses that somebody looks after. */
export const MANUAL = { management: 'manual', licenses: 10 } as const;

/** Somebody with a plan that is paid for. */
export async function payer(world: BillingWorld, request: Request = {}, users = 8, terms = {}): Promise<Managed> {
  const managed = await guest(world, users, { flat_discounted_months: 0, ...terms });
  await managed.someone.has(request);
  if (request.chargeAutomatically === false) {
    world.stripe.payHostedInvoice((await managed.someone.invoices()).at(-1)?.id ?? '');
    await world.settled();
  }
  return managed;
}

/** Somebody of eleven users in a free trial, by card unless said otherwise. */
export async function trying(world: BillingWorld, request: Request = {}): Promise<Managed> {
  const managed = await newcomer(world, 11);
  await managed.someone.isCustomer();
  await managed.someone.has({ shown: 11, ...request });
  return managed;
}

/** The billing page, and its words. */
export async function billing({ browser, base }: Managed): Promise<{ readonly text: string; readonly words: string }> {
  const { status, text } = await browser.open(`${base}/billing/`);
  expect(status).toBe(200);
  return { text, words: wordsOf(text) };
}

/** Asks for a change as a script does. */
export function patches({ browser, base }: Managed, fields: Fields): Promise<PageAnswer> {
  return browser.json('PATCH', `/json${base}/billing/plan`, fields);
}

/** Asks for a change as a form does. */
export function submits({ browser, base }: Managed, fields: Fields): Promise<PageAnswer> {
  return browser.submit(`${base}/billing/plan/`, fields);
}
