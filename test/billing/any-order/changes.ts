import {
  type Book,
  fewest,
  isPaidTier,
  isTrial,
  knownUsers,
  live,
  type Plan,
  price,
  Refused,
  waiting,
  whole,
} from './book.js';
import { issue, voidAtStripe } from './charges.js';
import { endAtOnce, settle } from './cycles.js';
import { isInvoicedTrial, newPlan } from './purchases.js';

/** The plan that goes on. What the end of a cycle brings stays, though the change be refused. */
export function liveNow(book: Book): Plan {
  const before = live(book);
  const after = settle(book, book.now);
  if (!before) throw new Refused('no-plan');
  if (!after) throw new Refused('plan-ended');
  if (after !== before) throw new Refused('plan-replaced');
  return after;
}

const NO = () => new Refused('change-not-possible');

/** From which status a request leads to which: the table of what customers may ask for. */
export function askFor(book: Book, status: number, schedule?: number): void {
  const plan = liveNow(book);
  const from = plan.status;
  const maySwitch = from === 1 && plan.fixed === null && isPaidTier(plan.tier);
  if (status === 1 && from === 8) cancelWaiting(book, plan);
  else if (status === 1 && [2, 4, 6].includes(from)) plan.status = 1;
  else if (status === 2 && [1, 4, 6].includes(from)) plan.status = 2;
  else if (status === 3 && plan.card && from === 7 && schedule === undefined) plan.status = 3;
  else if (status === 3 && plan.card && from === 3 && schedule !== undefined && schedule !== plan.schedule)
    rescheduleTrial(book, plan, schedule);
  else if (status === 4 && maySwitch && plan.schedule === 2) plan.status = 4;
  else if (status === 6 && maySwitch && plan.schedule === 1) plan.status = 6;
  else if (status === 7 && from === 3 && plan.card) plan.status = 7;
  else if (status === 11 && isTrial(plan) && plan.card) endAtOnce(plan);
  else throw NO();
}

function cancelWaiting(book: Book, plan: Plan): void {
  const next = waiting(book);
  if (next) Object.assign(next, { status: 11, due: null });
  plan.status = 1;
}

function rescheduleTrial(book: Book, plan: Plan, schedule: number): void {
  const { tier, auto, card, anchor, due, end } = plan;
  const licenses = plan.rows.at(-1)?.next ?? 0;
  Object.assign(plan, { status: 11, due: null });
  newPlan(book, {
    ...{ tier, status: 3, schedule, price: price(book, tier, schedule), fixed: null, auto, card, anchor, due, end },
    ...{ through: 1, rows: [{ renewal: true, at: anchor, licenses, next: licenses }] },
  });
}

export function toggle(book: Book): void {
  const plan = liveNow(book);
  if (!isPaidTier(plan.tier) || plan.fixed !== null || !(plan.card || plan.auto)) throw NO();
  plan.auto = !plan.auto;
}

export function addNow(book: Book, licenses: number): void {
  const plan = liveNow(book);
  const users = knownUsers(book);
  if (users === null) throw new Refused('user counts are missing');
  const held = plan.rows.at(-1)?.licenses ?? 0;
  if (isTrial(plan)) throw new Refused('free-trial');
  if (plan.auto) throw new Refused('automatic-management');
  if (licenses <= held) throw new Refused(licenses === held ? 'already-on' : 'fewer');
  if (licenses < Math.max(users, fewest(book, plan.tier))) throw new Refused('too-few-licenses');
  plan.rows.push({ renewal: false, at: book.now, licenses, next: licenses });
}

export function setNext(book: Book, licenses: number): void {
  const plan = liveNow(book);
  const users = knownUsers(book);
  if (users === null) throw new Refused('user counts are missing');
  const last = plan.rows.at(-1);
  if (plan.auto) throw new Refused('automatic-management');
  if (plan.status === 2 || plan.status === 7) throw new Refused('cancelled');
  if (licenses === last?.next) throw new Refused('already-scheduled-with');
  if (licenses < Math.max(users, fewest(book, plan.tier, isInvoicedTrial(plan)))) throw new Refused('too-few-licenses');
  const held = last?.licenses ?? 0;
  const isOpen = isInvoicedTrial(plan) && plan.trialInvoice?.here !== 'paid';
  if (!isOpen) {
    if (isInvoicedTrial(plan) && licenses < held) throw new Refused('already-paid');
    plan.rows.push({ renewal: false, at: book.now, licenses: held, next: licenses });
    return;
  }
  plan.rows.push({ renewal: true, at: book.now, licenses, next: licenses });
  replaceTrialInvoice(book, plan, held, licenses);
}

/** An unpaid invoice makes way for one of another number; one that turns out to be paid stays, and more are billed when the trial ends. */
function replaceTrialInvoice(book: Book, plan: Plan, held: number, licenses: number): void {
  const old = plan.trialInvoice;
  if (!old) throw NO();
  if (old.atStripe === 'paid') {
    plan.rows.push({ renewal: true, at: book.now, licenses: held, next: held });
    if (licenses > held) plan.rows.push({ renewal: false, at: book.now, licenses: held, next: licenses });
    return;
  }
  const lines = old.lines.map((line) =>
    line.quantity === undefined ? line : { ...line, quantity: licenses, amount: licenses * (line.unit ?? 0) },
  );
  voidAtStripe(book, old);
  const order = old.order && { ...old.order, licenses };
  const invoice = issue(book, { kind: 'trial', card: false, lines, months: old.months, ...(order ? { order } : {}) });
  old.months = 0;
  old.here = 'void';
  plan.trialInvoice = invoice;
}

export function endNow(book: Book): void {
  const plan = liveNow(book);
  if (plan.status === 8) cancelWaiting(book, plan);
  endAtOnce(plan);
}

export function cancelAtCycleEnd(book: Book): void {
  const plan = liveNow(book);
  if (![1, 4, 6].includes(plan.status)) throw NO();
  plan.status = 2;
}

export function setModality(book: Book, card: boolean): void {
  const plan = liveNow(book);
  if (plan.status === 3 || plan.status === 7) throw NO();
  const mayToggle = isPaidTier(plan.tier) && plan.fixed === null && (plan.card || plan.auto);
  if (!card && mayToggle) plan.auto = false;
  plan.card = card;
}

export function setEnd(book: Book, end: number): void {
  const plan = liveNow(book);
  if (end <= book.now) throw new Refused('past-date');
  if (plan.status !== 1) throw new Refused('plan-not-active');
  plan.end = end;
  if (plan.tier === 101) plan.due = end;
}

/** Something that is done as a whole after the plan was brought up to now. */
export function onCustomer<T>(book: Book, work: (plan: Plan | undefined) => T): T {
  return whole(book, () => work(settle(book, book.now)));
}
