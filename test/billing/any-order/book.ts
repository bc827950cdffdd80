/**
 * What a customer's billing comes to, reckoned a second time from the rules as they are written for people, without any code of the
 * service: a test plays the same course through both and compares. Times are milliseconds, money is cents.
 */

export const DAY = 86_400_000;
export const TRIAL_DAYS = 30;

/** One row of a license ledger. */
export interface Row {
  readonly renewal: boolean;
  at: number;
  readonly licenses: number;
  next: number;
}

/** What was invoiced for a plan, the discount taken off, and for when. */
export interface Charge {
  readonly amount: number;
  readonly start: number;
  readonly end: number;
}

export interface Line {
  /** Absent: a discount. */
  readonly quantity?: number;
  readonly unit?: number;
  readonly amount: number;
  readonly start: number;
  readonly end: number;
}

/** An invoice at Stripe. */
export interface Invoice {
  readonly kind: 'purchase' | 'trial' | 'pass';
  readonly card: boolean;
  lines: Line[];
  /** Months of the discount that it has used up; 0 once they went back. */
  months: number;
  readonly madeAt: number;
  atStripe: 'open' | 'paid' | 'void';
  /** What the service knows; of purchases and trials only. */
  here: 'sent' | 'paid' | 'void';
  /** Credit that it used up; negative: what was too little to charge and is owed. */
  credit: number;
  /** What is bought by it. */
  readonly order?: Order;
}

export interface Order {
  readonly tier: number;
  readonly schedule: number;
  readonly licenses: number;
  readonly auto: boolean;
  /** The plan in whose trial it was sent. */
  trialOf?: Plan;
}

export interface Plan {
  readonly tier: number;
  status: number;
  readonly schedule: number;
  price: number | null;
  readonly fixed: number | null;
  auto: boolean;
  card: boolean;
  anchor: number;
  due: number | null;
  end: number | null;
  /** Nothing of it was billed. */
  initial: boolean;
  /** So many rows are billed. */
  through: number;
  rows: Row[];
  charges: Charge[];
  /** Of a trial that is paid by invoice. */
  trialInvoice?: Invoice;
}

/** Everything about one customer. */
export interface Book {
  now: number;
  months: number;
  monthly: number;
  annual: number;
  minimum: number | null;
  requiredTier: number | null;
  offer: { tier: number; cents: number } | null;
  hadPlan: boolean;
  /** Whether its card can be charged. */
  goodCard: boolean;
  /** Negative: credit. */
  balance: number;
  /** When its server uploaded last. */
  uploadedAt: number | null;
  /** Users that it reported, by time. */
  reported: { at: number; users: number }[];
  plans: Plan[];
  invoices: Invoice[];
  /** Payments that Stripe has not told of yet. */
  untold: Invoice[];
  kind: 'realm' | 'server';
}

/** Something that is not done, by its name. */
export class Refused extends Error {}

export const live = (book: Book): Plan | undefined => book.plans.find(({ status }) => status < 10);
export const waiting = (book: Book): Plan | undefined => book.plans.find(({ status }) => status === 12);
export const isPaidTier = (tier: number): boolean => tier === 103 || tier === 104;
export const isTrial = ({ status }: Plan): boolean => status === 3 || status === 7;

/** What somebody does is done as a whole, or not at all. */
export function whole<T>(book: Book, work: () => T): T {
  const before = structuredClone(book);
  try {
    return work();
  } catch (error) {
    Object.assign(book, before);
    throw error;
  }
}

/** The same day and time some months later; the last of a month that has no such day, and 28 February always. */
export function months(from: number, count: number): number {
  const date = new Date(from);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + count];
  const isFebruary = month % 12 === 1;
  const last = isFebruary ? 28 : new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const midnight = Date.UTC(year, month, Math.min(date.getUTCDate(), last));
  return midnight + (from - Date.UTC(year, date.getUTCMonth(), date.getUTCDate()));
}

/** The first of `anchor`, `anchor` + `step` months … after `t`. */
export function firstAfter(anchor: number, step: number, t: number): number {
  let k = 0;
  while (months(anchor, step * k) <= t) k += 1;
  return months(anchor, step * k);
}

export const wholeSecond = (t: number): number => t - (((t % 1000) + 1000) % 1000);
export const cycleEnd = (plan: Plan, t: number): number => firstAfter(plan.anchor, plan.schedule === 1 ? 12 : 1, t);
export const orEnd = (plan: Plan, t: number): number => Math.min(t, plan.end ?? Number.POSITIVE_INFINITY);

/** Users by what was reported until then. */
export function usersAt(book: Book, t: number): number {
  return book.reported.filter(({ at }) => at <= t).at(-1)?.users ?? 0;
}

/** The same, as far as it is known: uploads are believed for two days. */
export function knownUsers(book: Book): number | null {
  const { uploadedAt, now } = book;
  return uploadedAt === null || now - uploadedAt > 2 * DAY ? null : usersAt(book, now);
}

export function price(book: Book, tier: number, schedule: number): number {
  if (tier !== 103 && tier !== 104) return 0;
  const negotiated = schedule === 1 ? book.annual : book.monthly;
  if (book.requiredTier === tier && negotiated > 0) return negotiated;
  return { 103: [4200, 350], 104: [8000, 800] }[tier]?.[schedule - 1] ?? 0;
}

export function fewest(book: Book, tier: number, isInvoicedTrial = false): number {
  if (book.minimum) return book.minimum;
  if (tier === 104) return 25;
  return tier === 103 && (isInvoicedTrial || book.months > 0) ? 6 : 1;
}
