import {
  type Book,
  cycleEnd,
  fewest,
  isTrial,
  months,
  orEnd,
  type Plan,
  price,
  type Row,
  usersAt,
  wholeSecond,
} from './book.js';

/** When something happens to a plan next. */
export function nextTurn(plan: Plan): number {
  const { status, due, end } = plan;
  if (isTrial(plan) || status === 12) return orEnd(plan, due ?? Number.POSITIVE_INFINITY);
  if (status === 8 && end !== null) return end;
  const renewal = plan.rows.findLast((row) => row.renewal);
  return orEnd(plan, cycleEnd(plan, renewal?.at ?? plan.anchor));
}

/** What the ends of a plan's cycles bring until `t`; answers the plan that took its place. */
export function turn(book: Book, plan: Plan, t: number): Plan | undefined {
  for (;;) {
    const last = plan.rows.findLast(({ at }) => at <= t);
    const at = nextTurn(plan);
    if (!last || plan.status > 10 || at > t) return undefined;
    const row: Row = { renewal: true, at, licenses: last.next, next: last.next };
    if (plan.status === 1 && plan.end !== at) plan.rows.push(row);
    else if (plan.status === 3) endOfTrial(book, plan, last, t);
    else if (plan.status === 7) endAtOnce(plan);
    else if (plan.status === 8) return handOver(book, plan, row);
    else if (plan.status === 4 || plan.status === 6) return switchSchedule(book, plan, row);
    else plan.status = 11;
  }
}

/** Brings what a customer holds up to `t`; answers what that is then. */
export function settle(book: Book, t: number): Plan | undefined {
  let plan = book.plans.find(({ status }) => status < 10);
  while (plan) {
    const next = turn(book, plan, t);
    if (!next) return plan.status < 10 ? plan : undefined;
    plan = next;
  }
  return undefined;
}

/** Nothing more of it is billed. */
export function endAtOnce(plan: Plan): void {
  Object.assign(plan, { status: 11, due: null, through: plan.rows.length });
}

/** A ledger follows the users that were reported since its last row. */
export function follow(book: Book): void {
  let plan = book.plans.find(({ status }) => status < 10);
  if (!plan?.auto) return;
  const since = plan.rows.at(-1)?.at ?? 0;
  for (const { at } of book.reported.filter((one) => one.at > since)) {
    const users = usersAt(book, at);
    for (let next = turn(book, plan, at); next; next = turn(book, plan, at)) {
      plan = next;
      // What is chosen follows nobody.
      if (!plan.auto) return;
    }
    if (plan.status > 10 || !plan.auto) return;
    const licenses = Math.max(users, fewest(book, plan.tier));
    const tier = plan.status === 8 ? (book.plans.find(({ status }) => status === 12)?.tier ?? plan.tier) : plan.tier;
    const next = Math.max(users, fewest(book, tier));
    plan.rows.push({ renewal: false, at, licenses: Math.max(licenses, plan.rows.at(-1)?.licenses ?? 0), next });
  }
}

function endOfTrial(book: Book, plan: Plan, last: Row, t: number): void {
  const end = wholeSecond(plan.due ?? 0);
  if (!plan.card && plan.trialInvoice?.here !== 'paid') {
    endAtOnce(plan);
    return;
  }
  if (!plan.card) {
    const renewal = plan.rows.findLast((row) => row.renewal);
    if (renewal) renewal.at = end;
    const paid = plan.trialInvoice?.lines.reduce((sum, { amount }) => sum + amount, 0) ?? 0;
    plan.charges.push({ amount: paid, start: end, end: months(end, plan.schedule === 1 ? 12 : 1) });
  }
  Object.assign(plan, { status: 1, anchor: end, through: plan.rows.length });
  const licenses = plan.card ? last.next : Math.max(usersAt(book, t), fewest(book, plan.tier), last.next);
  plan.rows.push({ renewal: plan.card, at: end, licenses, next: licenses });
}

function handOver(book: Book, plan: Plan, row: Row): Plan | undefined {
  const next = book.plans.find(({ status }) => status === 12);
  plan.status = 11;
  if (!next) throw new Error('nothing waits');
  next.status = 1;
  next.rows.push(row);
  return next;
}

function switchSchedule(book: Book, plan: Plan, row: Row): Plan {
  const schedule = plan.status === 4 ? 1 : 2;
  plan.status = 11;
  const next: Plan = {
    ...{ tier: plan.tier, status: 1, schedule, auto: plan.auto, card: plan.card, fixed: null },
    ...{ price: price(book, plan.tier, schedule), anchor: wholeSecond(row.at), due: wholeSecond(row.at), end: null },
    ...{ initial: true, through: 0, rows: [row], charges: [] },
  };
  book.plans.push(next);
  return next;
}
