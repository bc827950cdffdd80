import { Inject, Injectable } from '@nestjs/common';
import type { InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { type ContentLine, lineKey, stepKey } from '../ledger/invoice-content.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import type { BillingInvoice } from '../stripe/billing-objects.js';
import { BillingFault } from './billing-fault.js';

/** By these metadata what was made at Stripe is found again, however long ago that was: keys are remembered for a day only. */
export const BUILD_ID = 'invoice_build';
const LINE = 'line';

/** The drafts of invoices at Stripe and their lines. */
@Injectable()
export class InvoiceDrafts {
  constructor(@Inject(BillingGateway) private readonly gateway: BillingGateway) {}

  /** Makes the draft. */
  create(build: InvoiceBuild): Promise<BillingInvoice> {
    const { stripeCustomerId, chargeAutomatically, autoAdvance, daysUntilDue, statementDescriptor, metadata } =
      build.content;
    return this.gateway.createInvoice(
      {
        customerId: stripeCustomerId,
        collection: chargeAutomatically ? 'card' : 'invoice',
        ...{ autoAdvance, statementDescriptor },
        ...(daysUntilDue === null ? {} : { daysUntilDue }),
        metadata: { ...metadata, [BUILD_ID]: buildName(build) },
      },
      keyOf(build, stepKey(build.id, 'create')),
    );
  }

  /** The invoice that was made before, if one was. */
  async find(build: InvoiceBuild): Promise<BillingInvoice | undefined> {
    const name = buildName(build);
    const all = await this.gateway.invoices({ customerId: build.content.stripeCustomerId });
    return all.find(({ metadata }) => metadata[BUILD_ID] === name);
  }

  /** Lines that are not on it yet, and whether they can still be added. */
  async linesLeft(build: InvoiceBuild): Promise<{ readonly left: readonly ContentLine[]; readonly isDraft: boolean }> {
    const id = build.stripeInvoiceId ?? '';
    const invoice = await this.gateway.invoice(id);
    if (!invoice) throw new BillingFault('invoice-lost');
    const there = new Set((await this.gateway.invoiceLines(id)).map(({ metadata }) => metadata[LINE]));
    const left = build.content.lines.filter((_line, index) => !there.has(String(index)));
    return { left, isDraft: invoice.status === 'draft' };
  }

  async addLine(build: InvoiceBuild, line: ContentLine): Promise<void> {
    const index = build.content.lines.indexOf(line);
    const { price, period, description } = line;
    await this.gateway.addInvoiceLine(
      {
        customerId: build.content.stripeCustomerId,
        invoiceId: build.stripeInvoiceId ?? '',
        description,
        price: 'amount' in price ? price : { quantity: price.quantity, unitPrice: price.unitAmount },
        period: { start: new Date(period.start * 1_000), end: new Date(period.end * 1_000) },
        metadata: { [LINE]: String(index) },
      },
      keyOf(build, lineKey(build.id, line, index)),
    );
  }
}

/** The idempotency key of a request about a build: those of later attempts have keys of their own. */
export function keyOf({ attempt }: Pick<InvoiceBuild, 'attempt'>, key: string): string {
  return attempt === 1 ? key : `${key}:${attempt}`;
}

function buildName({ id, attempt }: InvoiceBuild): string {
  return keyOf({ attempt }, id);
}
