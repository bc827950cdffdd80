import { Inject, Injectable, Logger } from '@nestjs/common';
import { BillingGateway } from '../stripe/billing-gateway.js';
import type { BillingCustomer, BillingInvoice } from '../stripe/billing-objects.js';
import { BillingProblem } from '../stripe/billing-problem.js';

/** By what a customer pays, as people recognise it. */
export type PaymentMethod =
  | { readonly kind: 'card'; readonly brand: string; readonly last4: string }
  /** Something else than a card. */
  | { readonly kind: 'other' }
  | { readonly kind: 'none' }
  /** Stripe did not answer in time. */
  | { readonly kind: 'unknown' };

/** What Stripe knows of a customer that pages show. */
export interface PaymentDetails {
  readonly method: PaymentMethod;
  /** Where invoices go; null: to nobody yet, or not known. */
  readonly email: string | null;
  /** Stripe has answered, or there is nothing to ask. */
  readonly isKnown: boolean;
}

/** A page is shown without what Stripe has not told by then, milliseconds. */
const PATIENCE = 5_000;

/** Asks Stripe for what pages show. A page is never kept waiting by it, and never fails with it. */
@Injectable()
export class PaymentDetailsReader {
  private readonly logger = new Logger(PaymentDetailsReader.name);

  constructor(@Inject(BillingGateway) private readonly gateway: BillingGateway) {}

  /** @param stripeCustomerId null: Stripe does not know them */
  async of(stripeCustomerId: string | null): Promise<PaymentDetails> {
    if (stripeCustomerId === null) return { method: { kind: 'none' }, email: null, isKnown: true };
    const answer = await this.inTime(() => this.gateway.customer(stripeCustomerId));
    if (answer === 'unknown') return { method: { kind: 'unknown' }, email: null, isKnown: false };
    return { method: methodOf(answer), email: answer?.email ?? null, isKnown: true };
  }

  /** An invoice as Stripe has it; `unknown` where it does not answer. */
  invoice(stripeInvoiceId: string): Promise<BillingInvoice | undefined | 'unknown'> {
    return this.inTime(() => this.gateway.invoice(stripeInvoiceId));
  }

  private async inTime<T>(ask: () => Promise<T>): Promise<T | 'unknown'> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'unknown'>((resolve) => {
      timer = setTimeout(() => resolve('unknown'), PATIENCE);
    });
    const answer = ask().catch((error: unknown) => {
      if (!(error instanceof BillingProblem)) throw error;
      this.logger.warn('a page is shown without what the payment provider knows', { kind: error.kind });
      return 'unknown' as const;
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
      // What fails after the page was shown has been logged.
      answer.catch(() => undefined);
    }
  }
}

function methodOf(customer: BillingCustomer | undefined): PaymentMethod {
  const method = customer?.defaultPayment;
  if (!method) return { kind: 'none' };
  const { kind, brand, last4 } = method;
  if (kind !== 'card' || brand === undefined || last4 === undefined) return { kind: 'other' };
  return { kind: 'card', brand: brand.charAt(0).toUpperCase() + brand.slice(1), last4 };
}
