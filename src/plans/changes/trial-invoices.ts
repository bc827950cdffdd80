import { Inject, Injectable } from '@nestjs/common';
import { refusal } from '../catalogue/refusals.js';
import { StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { InvoiceBuilds } from '../invoicing/invoice-builds.js';
import { BUILD_PURPOSE, BUILD_STEP, InvoiceBuild } from '../ledger/invoice-build.entity.js';
import type { InvoiceContent } from '../ledger/invoice-content.js';
import type { LiveWork } from './plan-work.js';

const DAY_MILLIS = 86_400_000;

/**
 * Replaces the unpaid invoice of a trial by one for another number of licenses. The builder voids the old one before it makes the new one,
 * so that never two can be paid.
 */
@Injectable()
export class TrialInvoices {
  constructor(@Inject(InvoiceBuilds) private readonly builds: InvoiceBuilds) {}

  /** Notes the invoice in place of the one that is open; the months of discount go over to it. */
  async planAnew({ tx, owner, live, now }: LiveWork, licenses: number): Promise<InvoiceBuild> {
    const row = await tx.findOne(StripeInvoice, { where: { planId: live.id }, order: { id: 'DESC' } });
    const old = row?.buildId ? await tx.findOneBy(InvoiceBuild, { id: row.buildId }) : null;
    if (!row || !old || old.step === BUILD_STEP.paid) throw refusal('change-not-possible');
    const end = live.nextInvoiceDate ?? now;
    const daysUntilDue = Math.max(0, Math.floor((end.getTime() - now.getTime()) / DAY_MILLIS));
    const build = await this.builds.plan(tx, owner, {
      planId: live.id,
      purpose: BUILD_PURPOSE.trialChange,
      content: { ...withLicenses(old.content, licenses), autoAdvance: false, daysUntilDue },
      months: 0,
    });
    const months = { flatMonthsUsed: old.flatMonthsUsed, flatMonthsReturned: old.flatMonthsReturned };
    await tx.update(InvoiceBuild, { id: build.id }, months);
    await tx.update(InvoiceBuild, { id: old.id }, { flatMonthsReturned: true });
    await tx.update(StripeInvoice, { id: row.id }, { buildId: build.id });
    return build;
  }
}

function withLicenses(content: InvoiceContent, licenses: number): InvoiceContent {
  const lines = content.lines.map((line) =>
    'quantity' in line.price ? { ...line, price: { ...line.price, quantity: licenses } } : line,
  );
  return { ...content, lines, metadata: { ...content.metadata, licenses: String(licenses) } };
}
