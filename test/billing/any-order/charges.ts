import {
  type Book,
  type Charge,
  cycleEnd,
  firstAfter,
  type Invoice,
  isPaidTier,
  type Line,
  orEnd,
  type Plan,
} from './book.js';
import { turn } from './cycles.js';

/** One payment of a yearly price: a twelfth is rounded up. */
export const instalment = (cents: number, schedule: number): number => (schedule === 1 ? cents : Math.ceil(cents / 12));

/** The line of the new-customer discount, whose months are used up by it. */
export function discount(book: Book, schedule: number, start: number, end: number): { line?: Line; months: number } {
  const used = Math.min(book.months, schedule === 1 ? 12 : 1);
  book.months -= used;
  return used > 0 ? { line: { amount: -2000 * used, start, end }, months: used } : { months: 0 };
}

export const total = ({ lines }: Pick<Invoice, 'lines'>): number => lines.reduce((sum, { amount }) => sum + amount, 0);

/** An invoice becomes final: what the customer has to its credit is used. */
export function issue(book: Book, invoice: Omit<Invoice, 'credit' | 'atStripe' | 'here' | 'madeAt'>): Invoice {
  const owed = total(invoice) + book.balance;
  const due = owed < 50 ? 0 : owed;
  const made: Invoice = {
    ...invoice,
    madeAt: book.now,
    atStripe: due === 0 ? 'paid' : 'open',
    here: 'sent',
    credit: 0,
  };
  const balance = owed - due;
  made.credit = balance - book.balance;
  book.balance = balance;
  book.invoices.push(made);
  return made;
}

/** What a voided invoice had used goes back. */
export function voidAtStripe(book: Book, invoice: Invoice): void {
  invoice.atStripe = 'void';
  book.balance -= invoice.credit;
}

/** Months go back, once, unless better prices were agreed since. */
export function giveBack(book: Book, invoice: Invoice): void {
  if (invoice.months > 0)
    book.months = book.monthly > 0 || book.annual > 0 ? 0 : Math.min(12, book.months + invoice.months);
  invoice.months = 0;
}

/** One look of invoicing at one plan. */
export function pass(book: Book, plan: Plan, t: number): void {
  turn(book, plan, t);
  if (isPaidTier(plan.tier)) bill(book, plan, t);
  if (plan.due !== null && plan.due > t) return;
  plan.due = plan.status === 11 || plan.due === null ? null : firstAfter(plan.anchor, 1, plan.due);
}

function bill(book: Book, plan: Plan, t: number): void {
  const lines: Line[] = [];
  const charges: Charge[] = [];
  let base = plan.initial ? null : (plan.rows[plan.through - 1]?.licenses ?? null);
  let renewedAt = plan.rows.slice(0, plan.through).findLast((row) => row.renewal)?.at ?? Number.NaN;
  let open: { day: string; unit: number } | undefined;
  let renewal: Line | undefined;
  for (const [index, row] of plan.rows.entries()) {
    if (index < plan.through || row.at > t) continue;
    if (row.renewal) {
      const [quantity, unit] =
        plan.fixed === null ? [row.licenses, plan.price ?? 0] : [1, instalment(plan.fixed, plan.schedule)];
      const full = cycleEnd(plan, row.at);
      renewal = { quantity, unit, amount: quantity * unit, start: row.at, end: orEnd(plan, full) };
      lines.push(renewal);
      charges.push({ amount: renewal.amount, start: row.at, end: full });
      renewedAt = row.at;
      open = undefined;
    } else if (plan.fixed === null && base !== null && row.licenses > base) {
      const added = row.licenses - base;
      const day = new Date(row.at).toISOString().slice(0, 10);
      const last = lines.at(-1);
      if (open?.day === day && last) {
        const quantity = (last.quantity ?? 0) + added;
        lines[lines.length - 1] = { ...last, quantity, amount: quantity * open.unit };
        charges[charges.length - 1] = { ...last, amount: quantity * open.unit };
      } else {
        const end = orEnd(plan, cycleEnd(plan, row.at));
        const share = (end - row.at) / (cycleEnd(plan, row.at) - renewedAt);
        const unit = Math.floor((plan.price ?? 0) * share + 0.5);
        open = { day, unit };
        lines.push({ quantity: added, unit, amount: added * unit, start: row.at, end });
        charges.push({ amount: added * unit, start: row.at, end });
      }
    }
    base = row.licenses;
    plan.through = index + 1;
  }
  if (lines.length === 0) return;
  plan.initial = false;
  const off = renewal && plan.fixed === null ? discount(book, plan.schedule, renewal.start, renewal.end) : undefined;
  if (off?.line) {
    lines.push(off.line);
    const at = charges.findLastIndex(({ start }) => start === renewal?.start);
    charges[at] = { ...(charges[at] as Charge), amount: (charges[at]?.amount ?? 0) + off.line.amount };
  }
  plan.charges.push(...charges);
  issue(book, { kind: 'pass', card: plan.card, lines, months: off?.months ?? 0 });
}

/** What a customer has paid for and will not use, when a plan makes way. */
export function unused(plan: Plan, t: number): number {
  const renewedAt = plan.rows.slice(0, plan.through).findLast((row) => row.renewal)?.at ?? Number.NaN;
  const parts = plan.charges
    .filter(({ start }) => start >= renewedAt)
    .map(({ amount, start, end }) => amount * (1 - (t - start) / (end - start)));
  return Math.max(0, Math.ceil(parts.reduce((sum, part) => sum + part, 0)));
}
