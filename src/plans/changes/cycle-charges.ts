import { type EntityManager, IsNull, MoreThanOrEqual, Not } from 'typeorm';
import { RuleError } from '../catalogue/rule-error.js';
import { INVOICE_STATUS, StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { BUILD_PURPOSE, InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { type ContentLine, contentTotal } from '../ledger/invoice-content.js';
import { LicenseLedger } from '../ledger/license-ledger.entity.js';
import type { Plan } from '../ledger/plan.entity.js';
import { startOfNextCycle } from '../rules/calendar.js';
import { renewalLine } from '../rules/invoice-lines.js';
import type { Charge } from '../rules/tier-change-credit.js';

/**
 * What was invoiced for the running cycle of a plan, at the prices that its invoices were made with: the renewal less its discount, and
 * the licenses that were added and billed since. What is not billed is left out.
 *
 * @throws RuleError `unbilled-renewal`
 */
export async function cycleCharges(tx: EntityManager, plan: Plan): Promise<Charge[]> {
  const [renewal, ...added] = await billedRows(tx, plan);
  if (!renewal?.isRenewal) throw new RuleError('unbilled-renewal');
  const cycle = { start: renewal.eventTime, end: startOfNextCycle(plan, renewal.eventTime) };
  const passTime = MoreThanOrEqual(renewal.eventTime);
  const where = { planId: plan.id, purpose: BUILD_PURPOSE.pass, passTime };
  const passes = await tx.find(InvoiceBuild, { where, order: { id: 'ASC' } });
  const lines = passes.flatMap(({ content }) => content.lines);
  const renewing = passes.find(({ content }) => content.lines.some(({ ledgerId }) => ledgerId === renewal.id));
  const renewed = lines.find(({ ledgerId }) => ledgerId === renewal.id);
  const off = renewing?.content.lines.filter(({ ledgerId }) => ledgerId === null) ?? [];
  const amount = renewed ? contentTotal({ lines: [renewed, ...off] }) : await amountBought(tx, plan, renewal);
  const extras = added.flatMap((row) => {
    const line = lines.find(({ ledgerId }) => ledgerId === row.id);
    return line ? [extra(row, line)] : [];
  });
  return [{ amount, period: cycle }, ...extras];
}

/** The rows of the running cycle that are billed, from its renewal on. */
async function billedRows(tx: EntityManager, plan: Plan): Promise<LicenseLedger[]> {
  if (plan.invoicedThroughId === null) return [];
  const rows = await tx.find(LicenseLedger, { where: { planId: plan.id }, order: { id: 'ASC' } });
  const through = BigInt(plan.invoicedThroughId);
  const billed = rows.filter(({ id }) => BigInt(id) <= through);
  return billed.slice(billed.findLastIndex(({ isRenewal }) => isRenewal));
}

/** The first cycle was paid by the invoice that the plan was bought by; what came in by other ways is taken at its price. */
async function amountBought(tx: EntityManager, plan: Plan, renewal: LicenseLedger): Promise<number> {
  const paid = { planId: plan.id, status: INVOICE_STATUS.paid, buildId: Not(IsNull()) };
  const bought = await tx.findOne(StripeInvoice, { where: paid, order: { id: 'DESC' } });
  const build = bought && (await tx.findOneBy(InvoiceBuild, { id: bought.buildId ?? '' }));
  return build ? contentTotal(build.content) : renewalLine(plan, renewal).amount;
}

function extra({ eventTime }: LicenseLedger, line: ContentLine): Charge {
  return {
    amount: contentTotal({ lines: [line] }),
    period: { start: eventTime, end: new Date(line.period.end * 1_000) },
  };
}
