import { Inject, Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { BillingGateway } from './billing-gateway.js';
import type * as Billing from './billing-objects.js';
import { BillingProblem, WebhookRefused } from './billing-problem.js';
import { readCardSetup, readCustomer, readEvent, readInvoice, readLine } from './stripe-answers.js';
import { refusal } from './stripe-outcomes.js';
import { all } from './stripe-pages.js';
import { billingProblem } from './stripe-problems.js';
import {
  cardSetupRequest,
  checkedPrice,
  invoiceRequest,
  lineRequest,
  portalFeatures,
  seconds,
} from './stripe-requests.js';

/** The version of Stripe's API that this code speaks and that the webhook endpoint must be set to. */
export const STRIPE_API_VERSION = '2025-11-17.clover';

/** A call takes a second or two; a person is waiting. */
const TIMEOUT_MS = 20_000;
/** Tries after the first, by the library, with the same idempotency key. */
const RETRIES = 2;
/** Age at which a signed webhook may be a replay, seconds (Stripe's own recommendation). */
const WEBHOOK_MAX_AGE = 300;
const PAGE = 100;
const WITH_PAYMENT = ['invoice_settings.default_payment_method'];

/** Billing by Stripe. The one place where its library is met. */
@Injectable()
export class StripeBillingGateway extends BillingGateway {
  private readonly client: Stripe | undefined;
  private readonly webhookSecret: string | undefined;

  constructor(
    @Inject(SETTINGS) { stripe }: Settings,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    super();
    this.client = stripe.secretKey ? connect(stripe.secretKey, stripe.apiOrigin) : undefined;
    this.webhookSecret = stripe.webhookSecret;
  }

  get configured(): boolean {
    return this.client !== undefined;
  }

  createCustomer(customer: Billing.NewBillingCustomer, idempotencyKey: Billing.IdempotencyKey) {
    const { description, email, metadata } = customer;
    return this.run(async (stripe) =>
      readCustomer(
        await stripe.customers.create({ description, email, metadata, expand: WITH_PAYMENT }, { idempotencyKey }),
      ),
    );
  }

  customer(id: string) {
    return this.find(async (stripe) => {
      const found = await stripe.customers.retrieve(id, { expand: WITH_PAYMENT });
      return found.deleted ? undefined : readCustomer(found);
    });
  }

  customers() {
    const expand = WITH_PAYMENT.map((path) => `data.${path}`);
    return this.pages((stripe) => stripe.customers.list({ limit: PAGE, expand }), readCustomer);
  }

  updateCustomer(id: string, changes: Partial<Billing.NewBillingCustomer>, idempotencyKey: Billing.IdempotencyKey) {
    return this.run(async (stripe) =>
      readCustomer(await stripe.customers.update(id, { ...changes, expand: WITH_PAYMENT }, { idempotencyKey })),
    );
  }

  setDefaultPayment(customerId: string, paymentMethodId: string, idempotencyKey: Billing.IdempotencyKey) {
    const invoice_settings = { default_payment_method: paymentMethodId };
    const changes = { invoice_settings, expand: WITH_PAYMENT };
    return this.run(async (stripe) =>
      readCustomer(await stripe.customers.update(customerId, changes, { idempotencyKey })),
    );
  }

  async creditCustomer(customerId: string, cents: number, description: string, idempotencyKey: Billing.IdempotencyKey) {
    if (!Number.isSafeInteger(cents) || cents <= 0)
      throw new RangeError('a credit is a positive number of whole cents');
    return this.run(async (stripe) => {
      // Stripe counts what the customer owes, so a credit is negative.
      const credit = { amount: -cents, currency: 'usd', description, metadata: { key: idempotencyKey } };
      return (await stripe.customers.createBalanceTransaction(customerId, credit, { idempotencyKey })).id;
    });
  }

  findCredit(customerId: string, idempotencyKey: Billing.IdempotencyKey) {
    return this.run(async (stripe) => {
      for await (const one of stripe.customers.listBalanceTransactions(customerId, { limit: PAGE })) {
        if (one.metadata?.['key'] === idempotencyKey) return one.id;
      }
      return undefined;
    });
  }

  startCardSetup(setup: Billing.NewCardSetup, idempotencyKey: Billing.IdempotencyKey) {
    return this.run(async (stripe) =>
      readCardSetup(await stripe.checkout.sessions.create(cardSetupRequest(setup), { idempotencyKey })),
    );
  }

  cardSetup(id: string) {
    return this.find(async (stripe) =>
      readCardSetup(await stripe.checkout.sessions.retrieve(id, { expand: ['setup_intent'] })),
    );
  }

  createInvoice(invoice: Billing.NewBillingInvoice, idempotencyKey: Billing.IdempotencyKey) {
    return this.run(async (stripe) =>
      readInvoice(await stripe.invoices.create(invoiceRequest(invoice), { idempotencyKey })),
    );
  }

  async addInvoiceLine(line: Billing.NewInvoiceLine, idempotencyKey: Billing.IdempotencyKey) {
    const request = { ...lineRequest(line), ...linePrice(line.price) };
    return this.run(async (stripe) => (await stripe.invoiceItems.create(request, { idempotencyKey })).id);
  }

  invoice(id: string) {
    return this.find(async (stripe) => readInvoice(await stripe.invoices.retrieve(id)));
  }

  invoiceLines(invoiceId: string) {
    // Stripe lists the newest first.
    return all(
      this.pages((stripe) => stripe.invoices.listLineItems(invoiceId, { limit: PAGE }), readLine),
      true,
    );
  }

  invoices({ customerId, status, collection }: Billing.InvoiceFilter) {
    const method = collection === 'invoice' ? 'send_invoice' : 'charge_automatically';
    const filter = {
      customer: customerId,
      limit: PAGE,
      ...(status ? { status } : {}),
      ...(collection ? { collection_method: method } : {}),
    } as const;
    return all(this.pages((stripe) => stripe.invoices.list(filter), readInvoice));
  }

  openInvoices() {
    return this.pages((stripe) => stripe.invoices.list({ status: 'open', limit: PAGE }), readInvoice);
  }

  finalizeInvoice(id: string, idempotencyKey: Billing.IdempotencyKey) {
    return this.orAsItIs(id, 'draft', async (stripe) => stripe.invoices.finalizeInvoice(id, {}, { idempotencyKey }));
  }

  async payInvoice(id: string, idempotencyKey: Billing.IdempotencyKey): Promise<Billing.PaymentOutcome> {
    try {
      const invoice = await this.orAsItIs(id, 'open', async (stripe) =>
        stripe.invoices.pay(id, {}, { idempotencyKey }),
      );
      return invoice.status === 'paid' ? { kind: 'paid', invoice } : { kind: 'not-payable', invoice };
    } catch (error) {
      const outcome = error instanceof BillingProblem ? refusal(error) : undefined;
      if (outcome) return outcome;
      throw error;
    }
  }

  voidInvoice(id: string, idempotencyKey: Billing.IdempotencyKey) {
    return this.orAsItIs(id, 'open', async (stripe) => stripe.invoices.voidInvoice(id, {}, { idempotencyKey }));
  }

  async deleteDraft(id: string): Promise<boolean> {
    try {
      await this.run((stripe) => stripe.invoices.del(id));
      return true;
    } catch (error) {
      if (error instanceof BillingProblem && (error.kind === 'missing' || error.kind === 'refused')) return false;
      throw error;
    }
  }

  startPortalVisit(visit: Billing.NewPortalVisit, key: Billing.IdempotencyKey) {
    return this.run(async (stripe) => {
      const configuration = await stripe.billingPortal.configurations.create(
        { business_profile: { headline: visit.headline }, features: portalFeatures(visit.purpose) },
        { idempotencyKey: `${key}:configuration` },
      );
      const session = await stripe.billingPortal.sessions.create(
        { customer: visit.customerId, configuration: configuration.id, return_url: visit.returnUrl },
        { idempotencyKey: `${key}:session` },
      );
      return session.url;
    });
  }

  events(types: readonly string[], since: Date) {
    const filter = { types: [...types], created: { gte: seconds(since) }, limit: PAGE };
    return all(
      this.pages((stripe) => stripe.events.list(filter), readEvent),
      true,
    );
  }

  verifyWebhook(rawBody: Buffer, signature: string | undefined): Billing.BillingEvent {
    if (!this.webhookSecret) throw new WebhookRefused('not-configured');
    if (!signature) throw new WebhookRefused('unsigned');
    const event = this.signedEvent(rawBody, signature, this.webhookSecret);
    if (event.api_version !== STRIPE_API_VERSION) throw new WebhookRefused('wrong-version');
    try {
      return readEvent(event);
    } catch {
      throw new WebhookRefused('malformed');
    }
  }

  private signedEvent(rawBody: Buffer, signature: string, secret: string): Stripe.Event {
    const webhooks = Stripe.webhooks;
    try {
      return webhooks.constructEvent(rawBody, signature, secret, WEBHOOK_MAX_AGE, undefined, this.clock.millis());
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw new WebhookRefused('malformed');
      throw new WebhookRefused(/tolerance/.test(error.message) ? 'too-old' : 'wrong-signature');
    }
  }

  /** A change to an invoice; where Stripe refuses it because the invoice is no longer in that state, the invoice as it is. */
  private async orAsItIs(
    id: string,
    from: Billing.BillingInvoiceStatus,
    change: (stripe: Stripe) => Promise<unknown>,
  ): Promise<Billing.BillingInvoice> {
    try {
      return await this.run(async (stripe) => readInvoice(await change(stripe)));
    } catch (error) {
      if (!(error instanceof BillingProblem) || error.kind !== 'refused') throw error;
      const invoice = await this.invoice(id);
      if (!invoice || invoice.status === from || invoice.status === 'draft') throw error;
      return invoice;
    }
  }

  /** A read of something that may not be there. */
  private async find<T>(read: (stripe: Stripe) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.run(read);
    } catch (error) {
      if (error instanceof BillingProblem && error.kind === 'missing') return undefined;
      throw error;
    }
  }

  private async *pages<T>(list: (stripe: Stripe) => AsyncIterable<unknown>, read: (answer: unknown) => T) {
    if (!this.client) throw new BillingProblem('not-configured');
    try {
      for await (const one of list(this.client)) yield read(one);
    } catch (error) {
      throw billingProblem(error);
    }
  }

  private async run<T>(call: (stripe: Stripe) => Promise<T>): Promise<T> {
    if (!this.client) throw new BillingProblem('not-configured');
    try {
      return await call(this.client);
    } catch (error) {
      throw billingProblem(error);
    }
  }
}

function connect(key: string, origin: string | undefined): Stripe {
  const url = new URL(origin ?? 'https://api.stripe.com');
  const config = {
    // The library's types allow the newest version only; answers are read by schemas of our own.
    apiVersion: STRIPE_API_VERSION as Stripe.LatestApiVersion,
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES,
    telemetry: false,
    protocol: url.protocol === 'http:' ? 'http' : 'https',
    host: url.hostname,
    ...(url.port ? { port: url.port } : {}),
  } as const;
  return new Stripe(key, config);
}

function linePrice(price: Billing.LinePrice) {
  const checked = checkedPrice(price);
  if ('amount' in checked) return { amount: checked.amount };
  return { quantity: checked.quantity, unit_amount_decimal: Stripe.Decimal.from(String(checked.unitPrice)) };
}
