import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, SystemClock } from '../../common/clock.js';
import { Account } from './account.js';
import { type CallHook, handleCall, type StripeCall } from './api-call.js';
import { completeCheckout } from './checkout.js';
import { advance } from './collection.js';
import { Faults } from './faults.js';
import { IdempotencyKeys } from './idempotency.js';
import { hostedPage } from './pages/hosted-pages.js';
import { attachBankAccount, attachCard } from './payment-methods.js';
import { charge } from './payments.js';
import type { ChargeAttempt, StripeEvent } from './portal-objects.js';
import type { Address, CheckoutSession, Invoice, LineItem, PaymentMethod } from './stripe-objects.js';
import { DECLINES, type DeclineName, testCard } from './test-cards.js';
import { WebhookSender } from './webhook-sender.js';

export interface StripeStandInOptions {
  readonly port?: number;
  /** Time of the account: drafts, collection and due dates follow it. */
  readonly clock?: Clock;
  /** The only key that is accepted; without it any of test mode. */
  readonly secretKey?: string;
  /** Pauses between webhook tries, milliseconds. */
  readonly webhookRetryPauses?: readonly number[];
}

/** How often time-driven work is looked for. */
const TICK_MS = 500;

/**
 * Stripe on plain HTTP on 127.0.0.1: the part of its API that billing uses, with its state, errors, idempotency keys and paging,
 * hosted pages, automatic collection and signed webhooks. In memory, so it must outlive what it serves.
 */
export class StripeStandIn {
  readonly faults = new Faults();
  readonly webhooks: WebhookSender;
  readonly account: Account;
  /** All API calls, oldest first. */
  readonly calls: StripeCall[] = [];
  readonly keys: IdempotencyKeys;
  private readonly beforeHooks: CallHook[] = [];
  private readonly afterHooks: CallHook[] = [];
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));
  private tick: NodeJS.Timeout | undefined;

  constructor(private readonly options: StripeStandInOptions = {}) {
    const clock = options.clock ?? new SystemClock();
    this.webhooks = new WebhookSender(clock, options.webhookRetryPauses);
    this.keys = new IdempotencyKeys(clock);
    this.account = new Account(
      clock,
      () => this.origin,
      (event) => this.webhooks.announce(event),
    );
  }

  async start(): Promise<void> {
    this.server.listen(this.options.port ?? 0, '127.0.0.1');
    await once(this.server, 'listening');
    this.tick = setInterval(() => advance(this.account), TICK_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.tick);
    await this.webhooks.stop();
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** For `STRIPE_API_ORIGIN`; the hosted pages are there too. */
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Called before each API call is executed; the call waits for it. */
  onBefore(hook: CallHook): this {
    this.beforeHooks.push(hook);
    return this;
  }

  /** Called after each API call was executed and before it is answered; the answer waits for it. */
  onAfter(hook: CallHook): this {
    this.afterHooks.push(hook);
    return this;
  }

  forgetHooks(): void {
    this.beforeHooks.length = 0;
    this.afterHooks.length = 0;
  }

  /** Does what is due by the clock, without waiting for the next tick. */
  advance(): void {
    advance(this.account);
  }

  /** A card for a customer, as if Checkout had been used, made the default for invoices. */
  giveCard(customer: string, number = '4242424242424242'): PaymentMethod {
    const card = testCard(number);
    if (!card) throw new Error('no such test card');
    return this.makeDefault(attachCard(this.account, customer, card), customer);
  }

  /** A bank account as the default for invoices. */
  giveBankAccount(customer: string): PaymentMethod {
    return this.makeDefault(attachBankAccount(this.account, customer), customer);
  }

  /** The next charges of this customer are refused, whatever the card. */
  declineNextCharges(customer: string, ...names: DeclineName[]): this {
    const orders = names.map((name) => DECLINES[name]);
    this.account.declines.set(customer, [...(this.account.declines.get(customer) ?? []), ...orders]);
    return this;
  }

  /** A person fills in the Checkout page. */
  completeCheckout(sessionId: string, number = '4242424242424242', address: Address | null = null): CheckoutSession {
    const card = testCard(number);
    if (!card) throw new Error('no such test card');
    return completeCheckout(this.account, this.account.checkoutSessions.get(sessionId), { card, name: null, address });
  }

  /** A person pays an open invoice on its hosted page by bank transfer. */
  payHostedInvoice(invoiceId: string): Invoice {
    const invoice = this.account.invoices.get(invoiceId);
    if (invoice.status !== 'open') throw new Error(`the invoice is ${invoice.status}`);
    const method = attachBankAccount(this.account, invoice.customer);
    return charge(this.account, invoice, { by: 'hosted-page', method });
  }

  /** Lines of an invoice, oldest first. */
  linesOf(invoiceId: string): readonly LineItem[] {
    return this.account.lines.get(invoiceId) ?? [];
  }

  /** Invoices of a customer, oldest first. */
  invoicesOf(customer: string): Invoice[] {
    return this.account.invoices.all().filter((one) => one.customer === customer);
  }

  /** Successful charges of a customer, oldest first. */
  chargesOf(customer: string): ChargeAttempt[] {
    return this.account.charges.filter((one) => one.customer === customer && one.outcome === 'succeeded');
  }

  /** Events, oldest first. */
  eventsOf(type?: string): StripeEvent[] {
    return this.account.events.all().filter((one) => type === undefined || one.type === type);
  }

  private makeDefault(method: PaymentMethod, customer: string): PaymentMethod {
    this.account.customers.get(customer).invoice_settings.default_payment_method = method.id;
    return method;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString('utf8');
      const [path = '', query = ''] = (request.url ?? '').split('?', 2);
      const method = request.method ?? 'GET';
      if (!path.startsWith('/v1/')) {
        const page = hostedPage(this.account, method, path, body);
        return void response.writeHead(page.status, { ...page.headers }).end(page.body);
      }
      const headers = request.headers as Readonly<Record<string, string | undefined>>;
      const result = await handleCall(this.parts(), { method, path, query, body, headers });
      if (result === 'drop') return void request.socket.destroy();
      const type = { 'content-type': 'application/json' };
      response.writeHead(result.status, { ...type, ...result.headers }).end(JSON.stringify(result.body));
    } catch (error) {
      // A bug of the stand-in: the client gets what Stripe answers to its own, with a hint for whoever looks at it.
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
      const message = `stand-in failed: ${error instanceof Error ? error.message : 'unknown'}`;
      response.end(JSON.stringify({ error: { type: 'api_error', message } }));
    }
  }

  private parts() {
    return {
      account: this.account,
      keys: this.keys,
      faults: this.faults,
      calls: this.calls,
      before: this.beforeHooks,
      after: this.afterHooks,
      secretKey: this.options.secretKey,
    };
  }
}
