import { type Book, isPaidTier, type Plan } from './book.js';
import { pass } from './charges.js';
import { isInvoicedTrial } from './purchases.js';

/** Invoices what is due. */
export function job(book: Book): void {
  const due = book.plans.filter((plan) => plan.due !== null && plan.due <= book.now);
  for (const plan of due) {
    if (plan.status === 12 || !isDue(book, plan) || !isReady(book, plan)) continue;
    while (isDue(book, plan)) pass(book, plan, plan.due);
  }
}

function isDue(book: Book, plan: Plan): plan is Plan & { due: number } {
  return plan.due !== null && plan.due <= book.now;
}

/** Whether enough is known of the users. */
function isReady(book: Book, plan: Plan & { due: number }): boolean {
  if (plan.tier === 101 && plan.status === 1) return true;
  if (book.uploadedAt !== null && book.uploadedAt >= plan.due) return true;
  if (isPaidTier(plan.tier) && plan.fixed !== null) return true;
  return plan.status === 3 && isInvoicedTrial(plan) && plan.trialInvoice?.here !== 'paid';
}
