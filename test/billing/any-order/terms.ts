import {
  type Book,
  fewest,
  isPaidTier,
  knownUsers,
  live,
  months,
  type Plan,
  price,
  Refused,
  usersAt,
  waiting,
  wholeSecond,
} from './book.js';
import { endNow, liveNow, onCustomer } from './changes.js';
import { giveBack, pass, unused, voidAtStripe } from './charges.js';
import { nextTurn } from './cycles.js';
import { newPlan } from './purchases.js';

/** A plan without a price, from now on. */
function free(book: Book, tier: number, licenses: number, end: number | null): void {
  const anchor = wholeSecond(book.now);
  newPlan(book, {
    ...{ tier, status: 1, schedule: 1, price: 0, fixed: null, auto: true, card: false, anchor, due: end, end },
    ...{ through: 1, rows: [{ renewal: true, at: anchor, licenses, next: licenses }] },
  });
}

export const grantComplimentary = (book: Book, end: number) =>
  onCustomer(book, (current) => {
    if (end <= book.now) throw new Refused('past-date');
    if (current) throw new Refused('live-plan');
    const users = knownUsers(book);
    free(book, 101, users === null ? 0 : Math.max(1, users), end);
  });

export const sponsor = (book: Book) =>
  onCustomer(book, (current) => {
    if (current?.status === 8) throw new Refused('upgrade-scheduled');
    if (current && current.tier !== 101) throw new Refused('live-plan');
    if (current) Object.assign(current, { status: 11, due: null });
    free(book, 102, knownUsers(book) ?? 0, null);
  });

export const requireTier = (book: Book, tier: number | null) => {
  if (tier !== null && tier !== 103 && tier !== 104) throw new Refused('not-billable');
  onCustomer(book, () => {
    if (tier === null && (book.monthly > 0 || book.annual > 0)) throw new Refused('discount-set');
    book.requiredTier = tier;
  });
};

export const setPrices = (book: Book, monthly: number, annual: number) =>
  onCustomer(book, (current) => {
    if (book.requiredTier === null) throw new Refused('no-required-tier');
    Object.assign(book, { monthly, annual, months: 0 });
    // What is open used months of before; they do not come back.
    for (const invoice of book.invoices) invoice.months = 0;
    for (const plan of [current, waiting(book)]) {
      if (plan?.tier === book.requiredTier && plan.fixed === null) plan.price = price(book, plan.tier, plan.schedule);
    }
  });

export const setMinimum = (book: Book, licenses: number) =>
  onCustomer(book, (current) => {
    if (book.monthly === 0 && book.annual === 0) throw new Refused('no-discount');
    if (current?.status === 8) throw new Refused('upgrade-scheduled');
    if (current && current.tier !== 101) throw new Refused('live-plan');
    book.minimum = licenses;
  });

export const agreeFixed = (book: Book, cents: number) =>
  onCustomer(book, (current) => {
    const tier = book.requiredTier;
    if (tier === null) throw new Refused('no-required-tier');
    if (current && isPaidTier(current.tier)) return scheduleFixed(book, current, tier, cents);
    if (book.offer) throw new Refused('offer-exists');
    book.offer = { tier, cents };
  });

function scheduleFixed(book: Book, current: Plan, tier: number, cents: number): void {
  const { end, schedule, card } = current;
  if (end === null) throw new Refused('no-end-date');
  if (waiting(book)) throw new Refused('upgrade-scheduled');
  if (nextTurn(current) !== end) throw new Refused('invoices-outstanding');
  if (current.status !== 1) throw new Refused('plan-not-active');
  const at = wholeSecond(end);
  newPlan(book, {
    ...{ tier, status: 12, schedule, price: null, fixed: cents, auto: true, card, anchor: at, due: at },
    ...{ end: months(at, 12), initial: true },
  });
  Object.assign(current, { status: 8, due: end });
}

export const removeFixed = (book: Book) =>
  onCustomer(book, (current) => {
    const next = waiting(book);
    if (next && next.fixed !== null && current) {
      book.plans.splice(book.plans.indexOf(next), 1);
      current.status = 1;
      return;
    }
    if (!book.offer) throw new Refused('no-offer');
    book.offer = null;
  });

export function changeTier(book: Book, tier: number): void {
  const plan = liveNow(book);
  if (plan.status !== 1) throw new Refused('plan-not-active');
  if (plan.tier === tier) throw new Refused('same-tier');
  if (!(plan.tier === 101 || (plan.tier === 103 && tier === 104))) throw new Refused('change-not-possible');
  const at = wholeSecond(book.now);
  if (isPaidTier(plan.tier)) book.balance -= unused(plan, at);
  const billable = Math.max(usersAt(book, book.now), fewest(book, tier));
  const licenses = plan.auto ? billable : Math.max(billable, plan.rows.at(-1)?.next ?? 0);
  Object.assign(plan, { status: 11, end: at, due: at });
  const { schedule, auto, card } = plan;
  const next = newPlan(book, {
    ...{ tier, status: 1, schedule, price: price(book, tier, schedule), fixed: null, auto, card, anchor: at, due: at },
    ...{ end: null, initial: true, rows: [{ renewal: true, at, licenses, next: licenses }] },
  });
  pass(book, plan, at);
  pass(book, next, at);
}

/** Ends the plan, if there is one, and takes back what is open. */
export function endAndVoid(book: Book): void {
  if (live(book)) {
    try {
      endNow(book);
    } catch (error) {
      if (!(error instanceof Refused) || !['no-plan', 'plan-ended'].includes(error.message)) throw error;
    }
  }
  for (const invoice of book.invoices.filter(({ atStripe }) => atStripe === 'open')) {
    voidAtStripe(book, invoice);
    giveBack(book, invoice);
    if (invoice.kind !== 'pass') invoice.here = 'void';
  }
}
