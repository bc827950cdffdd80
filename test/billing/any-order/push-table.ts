import { type Book, DAY, live, usersAt } from './book.js';
import { nextTurn } from './cycles.js';

/** What a server is told about pushing. */
export interface Push {
  readonly canPush: boolean;
  /** Unix seconds. */
  readonly end: number | null;
}

/** Who may push, read off the table of the twelve cases. @param subject whom a notification is for */
export function pushOf(book: Book, subject: 'realm' | 'server'): Push {
  const plan = subject === 'server' && book.kind === 'realm' ? undefined : live(book);
  const isStale = book.uploadedAt === null || book.now - book.uploadedAt > 2 * DAY;
  const isFew = !isStale && usersAt(book, book.now) <= 10;
  const yes: Push = { canPush: true, end: null };
  if (plan?.tier === 102) return yes;
  if (!plan) return isFew ? yes : { canPush: false, end: null };
  if (plan.status !== 2 && plan.status !== 7) return yes;
  return isFew ? yes : { canPush: true, end: Math.floor(nextTurn(plan) / 1000) };
}
