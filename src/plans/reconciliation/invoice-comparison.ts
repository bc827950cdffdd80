import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, In, IsNull, Not } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { INVOICE_STATUS, StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { BUILD_STEP, InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { contentTotal } from '../ledger/invoice-content.js';
import { StripeEffects } from '../purchase/stripe-effects.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import type { BillingInvoice } from '../stripe/billing-objects.js';
import type { KnownCustomer } from './customer-comparison.js';
import type { Drift, DriftKind } from './drift.js';

const PAGE = 100;
/** What is younger is still being made, or on its way. */
const SETTLED = 3_600_000;

/** Compares open invoices with Stripe's, page by page, and makes good what Stripe never told of. */
@Injectable()
export class InvoiceComparison {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(StripeEffects) private readonly effects: StripeEffects,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** What differs, and how many invoices were looked at. */
  async compare(
    known: ReadonlyMap<string, KnownCustomer>,
  ): Promise<{ readonly found: Drift[]; readonly count: number }> {
    const found: Drift[] = [];
    const open = new Set<string>();
    let page: BillingInvoice[] = [];
    for await (const invoice of this.gateway.openInvoices()) {
      open.add(invoice.id);
      if (!known.has(invoice.customerId)) continue;
      page.push(invoice);
      if (page.length < PAGE) continue;
      found.push(...(await this.ofStripe(page, known)));
      page = [];
    }
    found.push(...(await this.ofStripe(page, known)));
    const { drift, count } = await this.ofOurs(open);
    return { found: [...found, ...drift], count: open.size + count };
  }

  /** Invoices that are open at Stripe. */
  private async ofStripe(page: readonly BillingInvoice[], known: ReadonlyMap<string, KnownCustomer>): Promise<Drift[]> {
    const { manager } = this.database;
    const stripeInvoiceId = In(page.map(({ id }) => id));
    const rows = byInvoice(await manager.findBy(StripeInvoice, { stripeInvoiceId }));
    const builds = byInvoice(await manager.findBy(InvoiceBuild, { stripeInvoiceId }));
    return page.flatMap((invoice) => {
      if (this.isYoung(invoice.createdAt)) return [];
      const kind = kindOf(invoice, rows.get(invoice.id), builds.get(invoice.id));
      const customerId = known.get(invoice.customerId)?.id ?? '';
      return kind ? [{ kind, customerId, stripeInvoiceId: invoice.id }] : [];
    });
  }

  /** Invoices that are open here and not at Stripe. */
  private async ofOurs(open: ReadonlySet<string>): Promise<{ readonly drift: Drift[]; readonly count: number }> {
    const drift: Drift[] = [];
    const rows = await this.database.manager.find(StripeInvoice, {
      where: { status: INVOICE_STATUS.sent, stripeInvoiceId: Not(IsNull()) },
      order: { id: 'ASC' },
    });
    const closed = rows.filter(
      ({ stripeInvoiceId, createdAt }) => !open.has(stripeInvoiceId ?? '') && !this.isYoung(createdAt),
    );
    for (const row of closed) {
      const kind = await this.settle(row);
      if (!kind) continue;
      drift.push({ kind, customerId: row.customerId, stripeInvoiceId: row.stripeInvoiceId ?? '' });
    }
    return { drift, count: closed.length };
  }

  private async settle(row: StripeInvoice): Promise<DriftKind | undefined> {
    const invoice = await this.gateway.invoice(row.stripeInvoiceId ?? '');
    if (!invoice) return 'invoice-missing';
    if (invoice.status === 'paid') return (await this.effects.paymentFound(row)) ? 'payment-not-noted' : undefined;
    if (invoice.status === 'void') return (await this.effects.voidFound(row, invoice)) ? 'void-not-noted' : undefined;
    return undefined;
  }

  private isYoung(at: Date): boolean {
    return this.clock.millis() - at.getTime() < SETTLED;
  }
}

function kindOf(
  invoice: BillingInvoice,
  row: StripeInvoice | undefined,
  build: InvoiceBuild | undefined,
): DriftKind | undefined {
  if (!row && !build) return 'invoice-unknown';
  const isGivenUp = build?.step === BUILD_STEP.abandoned || row?.status === INVOICE_STATUS.void;
  if (isGivenUp) return 'invoice-not-voided';
  return build && contentTotal(build.content) !== invoice.total ? 'amount-differs' : undefined;
}

function byInvoice<T extends { readonly stripeInvoiceId: string | null }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.stripeInvoiceId ?? '', row]));
}
