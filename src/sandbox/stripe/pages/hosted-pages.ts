import type { Account } from '../account.js';
import { type FormTree, parseForm } from '../form-encoding.js';
import { checkoutPage } from './checkout-page.js';
import { invoicePage } from './invoice-page.js';
import { htmlPage, type PageAnswer, stylePage } from './layout.js';
import { portalPage } from './portal-page.js';

type Page = (account: Account, id: string, form: FormTree | undefined) => PageAnswer;

const PAGES: readonly (readonly [RegExp, Page])[] = [
  [/^\/c\/pay\/([^/]+)$/, checkoutPage],
  [/^\/i\/([^/]+)(?:\/pdf)?$/, invoicePage],
  [/^\/p\/session\/([^/]+)$/, portalPage],
];

/** The pages that Stripe hosts for its customers' customers. Plain forms, no scripts. */
export function hostedPage(account: Account, method: string, path: string, body: string): PageAnswer {
  if (path === '/stand-in.css') return stylePage();
  for (const [pattern, page] of PAGES) {
    const match = pattern.exec(path);
    if (match) return page(account, match[1] ?? '', method === 'POST' ? parseForm(body) : undefined);
  }
  return htmlPage('Not found', '<p>There is no such page.</p>', 404);
}
