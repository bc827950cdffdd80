import {
  type Book,
  DAY,
  fewest,
  type Invoice,
  isTrial,
  knownUsers,
  live,
  months,
  type Order,
  type Plan,
  price,
  Refused,
  TRIAL_DAYS,
  usersAt,
  waiting,
  whole,
  wholeSecond,
} from './book.js';
import { discount, giveBack, instalment, issue, pass, voidAtStripe } from './charges.js';
import { settle } from './cycles.js';

/** What somebody asks to buy; licenses only where they choose them. */
export interface Wish {
  readonly tier: number;
  readonly schedule: number;
  readonly card: boolean;
  readonly auto: boolean;
  readonly licenses: number;
  readonly startsAtPlanEnd: boolean;
}

interface Decision {
  readonly current: Plan | undefined;
  readonly licenses: number;
  readonly auto: boolean;
  readonly isFixed: boolean;
  readonly way: 'invoice' | 'trial' | 'scheduled';
}

const isOffered = (book: Book, tier: number) => book.offer?.tier === tier && book.requiredTier === tier;

function decide(book: Book, wish: Wish): Decision {
  const { tier } = wish;
  const current = settle(book, book.now);
  if (current && current.tier !== 101) throw new Refused('not-upgradable');
  if (current?.status === 8) throw new Refused('upgrade-scheduled');
  const users = knownUsers(book);
  if (users === null) throw new Refused('user counts are missing');
  const least = Math.max(users, fewest(book, tier));
  const isFixed = isOffered(book, tier);
  const auto = isFixed || (wish.card && wish.auto);
  if (!auto && wish.licenses < least) throw new Refused('too-few-licenses');
  const isTrialOffered = tier === 103 && !isFixed && !book.hadPlan && book.plans.length === 0;
  const way = isTrialOffered ? 'trial' : current && wish.startsAtPlanEnd ? 'scheduled' : 'invoice';
  return { current, licenses: auto ? least : wish.licenses, auto, isFixed, way };
}

/** Invoices that would make a plan if they were paid. */
const standing = (book: Book) =>
  book.invoices.filter(
    ({ kind, here, order }) => kind !== 'pass' && here === 'sent' && !(order?.trialOf && order.trialOf.status < 10),
  );

export function takeBack(book: Book, invoice: Invoice): void {
  if (invoice.atStripe === 'paid') throw new Refused('payment-pending');
  if (invoice.atStripe === 'open') voidAtStripe(book, invoice);
  giveBack(book, invoice);
  invoice.here = 'void';
}

/** Buys. @param declines whether the card is refused @param told whether Stripe tells of the payment at once */
export function buy(book: Book, wish: Wish, declines: boolean, told: (invoice: Invoice) => void): void {
  whole(book, () => decide(book, wish));
  const decision = decide(book, wish);
  const bought: Order = { tier: wish.tier, schedule: wish.schedule, licenses: decision.licenses, auto: decision.auto };
  const wanted = JSON.stringify([bought, wish.card, first(book, wish, decision)]);
  const isSame = ({ order, card, lines, madeAt, atStripe }: Invoice): boolean => {
    const [quantity, unit] = [lines[0]?.quantity, lines[0]?.unit];
    const isPaidByCard = card && atStripe === 'paid';
    const { trialOf: _, ...what } = order as Order;
    return (isPaidByCard || book.now - madeAt < DAY) && JSON.stringify([what, card, [quantity, unit]]) === wanted;
  };
  const open = standing(book);
  const same = decision.way === 'invoice' ? open.find(isSame) : undefined;
  for (const invoice of open) if (invoice !== same) takeBack(book, invoice);
  if (same) return;
  if (decision.way === 'scheduled') {
    schedule(book, wish, decision);
    return;
  }
  const plan = decision.way === 'trial' ? beginTrial(book, wish, decision) : undefined;
  if (plan && wish.card) return;
  const from = wholeSecond(plan?.due ?? book.now);
  const lines = orderLines(book, wish, decision, from);
  const order: Order = plan ? { ...bought, trialOf: plan } : bought;
  const invoice = issue(book, { ...lines, kind: plan ? 'trial' : 'purchase', card: wish.card, order });
  if (plan) plan.trialInvoice = invoice;
  if (invoice.atStripe === 'open' && wish.card) {
    if (declines) {
      takeBack(book, invoice);
      throw new Refused('card error');
    }
    invoice.atStripe = 'paid';
  }
  if (invoice.atStripe === 'paid') told(invoice);
}

function first(book: Book, { tier, schedule }: Wish, { isFixed, licenses }: Decision): [number, number] {
  if (isFixed) return [1, instalment(book.offer?.cents ?? 0, schedule)];
  return [licenses, price(book, tier, schedule)];
}

function orderLines(book: Book, wish: Wish, decision: Decision, start: number): Pick<Invoice, 'lines' | 'months'> {
  const [quantity, unit] = first(book, wish, decision);
  const end = months(start, decision.isFixed || wish.schedule === 1 ? 12 : 1);
  const line = { quantity, unit, amount: quantity * unit, start, end };
  const off = decision.isFixed ? { months: 0 } : discount(book, wish.schedule, start, end);
  return { lines: 'line' in off && off.line ? [line, off.line] : [line], months: off.months };
}

export function newPlan(
  book: Book,
  given: Omit<Plan, 'initial' | 'through' | 'rows' | 'charges'> & Partial<Plan>,
): Plan {
  const plan: Plan = { initial: false, through: 0, rows: [], charges: [], ...given };
  book.plans.push(plan);
  return plan;
}

function beginTrial(book: Book, { tier, schedule, card }: Wish, { auto, licenses }: Decision): Plan {
  const anchor = wholeSecond(book.now);
  return newPlan(book, {
    ...{ tier, status: 3, schedule, price: price(book, tier, schedule), fixed: null, auto, card, anchor },
    ...{ due: anchor + TRIAL_DAYS * DAY, end: null, through: 1 },
    rows: [{ renewal: true, at: anchor, licenses, next: licenses }],
  });
}

function schedule(book: Book, wish: Wish, { current, licenses, auto, isFixed }: Decision): void {
  const at = wholeSecond(current?.end ?? 0);
  newPlan(book, {
    ...{ tier: wish.tier, status: 12, schedule: wish.schedule, auto, card: wish.card, initial: true },
    price: isFixed ? null : price(book, wish.tier, wish.schedule),
    fixed: isFixed ? (book.offer?.cents ?? 0) : null,
    ...{ anchor: at, due: at, end: isFixed ? months(at, 12) : null },
  });
  if (isFixed) book.offer = null;
  const last = current?.rows.at(-1);
  if (current && last) {
    last.next = licenses;
    current.status = 8;
  }
}

/** Stripe has told of a payment, or it was found: it makes the plan, unless there is one already. */
export function paymentTold(book: Book, invoice: Invoice): void {
  const { order } = invoice;
  if (invoice.here !== 'sent' || !order) return;
  const index = book.invoices.indexOf(invoice);
  try {
    if (order.trialOf?.status !== 3) whole(book, () => makePlan(book, order, invoice));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  const noted = book.invoices[index];
  if (noted) noted.here = 'paid';
}

function makePlan(book: Book, { tier, schedule, licenses, auto }: Order, invoice: Invoice): void {
  const current = settle(book, book.now);
  if (current && current.tier !== 101) throw new Refused('already-subscribed');
  for (const plan of [waiting(book), live(book)]) if (plan) Object.assign(plan, { status: 11, due: null });
  const anchor = wholeSecond(book.now);
  const offer = isOffered(book, tier) ? book.offer : null;
  const plan = newPlan(book, {
    ...{ tier, status: 1, schedule, auto: offer !== null || auto, card: invoice.card, anchor, due: months(anchor, 1) },
    ...{ price: offer ? null : price(book, tier, schedule), fixed: offer?.cents ?? null },
    end: offer ? months(anchor, 12) : null,
  });
  if (offer) book.offer = null;
  const paid = offer ? 0 : licenses;
  const counted = Math.max(usersAt(book, book.now), fewest(book, tier));
  const billable = plan.auto ? counted : Math.max(counted, paid);
  plan.rows.push({ renewal: true, at: anchor, licenses: paid, next: paid });
  plan.through = 1;
  const amount = invoice.lines.reduce((sum, line) => sum + line.amount, 0);
  plan.charges.push({ amount, start: anchor, end: months(anchor, schedule === 1 ? 12 : 1) });
  if (offer || billable === paid) return;
  plan.rows.push({ renewal: false, at: anchor, licenses: Math.max(paid, billable), next: billable });
  if (billable > paid) pass(book, plan, book.now);
}

/** Whether a plan's trial is paid by invoice. */
export const isInvoicedTrial = (plan: Plan): boolean => isTrial(plan) && !plan.card;
