import { expect } from 'vitest';
import type { Managed } from './customers.js';
import { fieldsOf, wordsOf } from './page-text.js';

/** A plan that starts now, instead of complimentary access. */
export const TODAY = { remote_server_plan_start_date: 'today' };
/** A customer whose months at a discount are over. */
export const NO_DISCOUNT = { flat_discounted_months: 0 };

/** The purchase form as it is shown. */
export async function form({ browser, base }: Managed, query: string) {
  const { status, text } = await browser.open(`${base}/upgrade/?${query}`);
  expect(status).toBe(200);
  return { text, words: wordsOf(text), fields: fieldsOf(text), buy: /<button[^>]*id="buy"[^>]*>[^<]*/.exec(text)?.[0] };
}

/** Buys what a form shows as a script does, with some fields changed. */
export async function buys(someone: Managed, query: string, changed: Readonly<Record<string, string>> = {}) {
  const { fields } = await form(someone, query);
  return someone.browser.json('POST', `/json${someone.base}/billing/upgrade`, { ...fields, ...changed });
}

/** Buys what a form shows as a browser without a script does. */
export async function submits(someone: Managed, query: string, changed: Readonly<Record<string, string>> = {}) {
  const { fields } = await form(someone, query);
  return someone.browser.submit(`${someone.base}/upgrade/`, { ...fields, ...changed });
}
