import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { tierName } from '../catalogue/tiers.js';
import { contentTotal } from '../ledger/invoice-content.js';
import { type OpenInvoice, OpenInvoices } from '../purchase/open-invoices.js';
import { PaymentDetailsReader } from './payment-details.js';
import type { OverviewRows } from './plan-overviews.js';
import type { OutstandingInvoice } from './upgrade-offer.js';

/** An invoice that waits for its payment, by what is known of it here. */
export interface WaitingInvoice {
  readonly kind: OutstandingInvoice['kind'];
  readonly tier: number;
  readonly stripeInvoiceId: string;
  readonly stripeCustomerId: string | null;
  /** Cents; null: it was made by hand. */
  readonly amount: number | null;
}

/** Invoices that take the place of the purchase form until they are paid. */
@Injectable()
export class OutstandingInvoices {
  constructor(
    @Inject(OpenInvoices) private readonly open: OpenInvoices,
    @Inject(PaymentDetailsReader) private readonly payments: PaymentDetailsReader,
  ) {}

  /** The newest one: sent to the customer, or made by hand for an offer of this tier. A charge that is under way is none. */
  async of(tx: EntityManager, { customer, offer }: OverviewRows, tier: number): Promise<WaitingInvoice | undefined> {
    if (!customer) return undefined;
    const candidates = (await this.open.of(tx, customer.id)).map(({ row, build }: OpenInvoice) => {
      const { stripeInvoiceId } = row;
      if (stripeInvoiceId === null || build?.content.chargeAutomatically) return undefined;
      const known = { stripeInvoiceId, stripeCustomerId: customer.stripeCustomerId };
      if (build) {
        const kind = row.isCreatedForFreeTrialUpgrade ? ('trial-expired' as const) : ('ordinary' as const);
        return {
          ...known,
          kind,
          tier: Number(build.content.metadata['plan_tier']),
          amount: contentTotal(build.content),
        };
      }
      const isOffers = offer !== null && offer.sentInvoiceId === stripeInvoiceId && offer.tier === tier;
      return isOffers ? { ...known, kind: 'fixed-price' as const, tier, amount: null } : undefined;
    });
    return candidates.findLast((one) => one !== undefined);
  }

  /** The same with what Stripe says of it; undefined where Stripe says that it need not be paid any more. */
  async ask(waiting: WaitingInvoice): Promise<OutstandingInvoice | undefined> {
    const [invoice, { email }] = await Promise.all([
      this.payments.invoice(waiting.stripeInvoiceId),
      this.payments.of(waiting.stripeCustomerId),
    ]);
    const { kind, tier, amount } = waiting;
    const base = { kind, tier, tierName: tierName(tier), email };
    if (invoice === 'unknown') return { ...base, url: null, amount, isPaid: false };
    if (invoice?.status !== 'open' && invoice?.status !== 'paid') return undefined;
    return { ...base, url: invoice.hostedUrl ?? null, amount: invoice.amountDue, isPaid: invoice.status === 'paid' };
  }
}
