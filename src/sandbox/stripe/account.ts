import type { Clock } from '../../common/clock.js';
import type { ChargeAttempt, PortalConfiguration, PortalSession, StripeEvent } from './portal-objects.js';
import type {
  BalanceTransaction,
  CheckoutSession,
  Customer,
  Invoice,
  InvoiceItem,
  LineItem,
  PaymentMethod,
  SetupIntent,
} from './stripe-objects.js';
import { newId, Table } from './table.js';
import type { Decline, TestCard } from './test-cards.js';

/** The API version that is spoken and that events carry. */
export const STRIPE_VERSION = '2025-11-17.clover';

/** The API request that is being executed. */
export interface RequestNote {
  readonly id: string | null;
  readonly idempotency_key: string | null;
}

const NOBODY: RequestNote = { id: null, idempotency_key: null };

/** One Stripe account: everything in it, and the events of what happens. Kept in memory. */
export class Account {
  readonly customers = new Table<Customer>('customer', 'cus');
  readonly balanceTransactions = new Table<BalanceTransaction>('customerbalancetransaction', 'cbtxn');
  readonly paymentMethods = new Table<PaymentMethod>('PaymentMethod', 'pm');
  readonly setupIntents = new Table<SetupIntent>('setupintent', 'seti');
  readonly checkoutSessions = new Table<CheckoutSession>('checkout.session', 'cs_test');
  readonly invoices = new Table<Invoice>('invoice', 'in');
  readonly invoiceItems = new Table<InvoiceItem>('invoiceitem', 'ii');
  readonly portalConfigurations = new Table<PortalConfiguration>('configuration', 'bpc');
  readonly portalSessions = new Table<PortalSession>('session', 'bps');
  readonly events = new Table<StripeEvent>('event', 'evt');
  /** The lines of each invoice, oldest first. */
  readonly lines = new Map<string, LineItem[]>();
  /** The cards behind payment methods. */
  readonly cards = new Map<string, TestCard>();
  /** What Checkout may change of its customer; sessions do not show it. */
  readonly checkoutUpdates = new Map<string, { readonly address: boolean; readonly name: boolean }>();
  /** Every try to take money, oldest first. */
  readonly charges: ChargeAttempt[] = [];
  /** Refusals for the next charges of a customer, whatever the card. */
  readonly declines = new Map<string, Decline[]>();
  /** Open invoices whose due date has been announced as past. */
  readonly overdue = new Set<string>();
  /** Invoices to which something happened since time-driven work was last looked for, */
  readonly touched = new Set<string>();
  /** and the time from which on there is some for the others, seconds. */
  dueAt = Number.POSITIVE_INFINITY;
  private request: RequestNote = NOBODY;

  constructor(
    readonly clock: Clock,
    /** Origin of the hosted pages. */
    readonly origin: () => string,
    private readonly announce: (event: StripeEvent) => void,
  ) {}

  /** Seconds since the epoch. */
  now(): number {
    return this.clock.seconds();
  }

  /** Notes that something happened to an object, as it is now. */
  emit(type: string, object: object): void {
    const event: StripeEvent = {
      id: this.events.newId(),
      object: 'event',
      api_version: STRIPE_VERSION,
      created: this.now(),
      data: { object: structuredClone(object) as Record<string, unknown> },
      livemode: false,
      pending_webhooks: 0,
      request: this.request,
      type,
    };
    this.events.add(event);
    const { id } = event.data.object;
    if (type.startsWith('invoice.') && typeof id === 'string') this.touched.add(id);
    this.announce(event);
  }

  /** Runs something in the name of an API request; what follows belongs to nobody again. */
  during<T>(request: RequestNote, run: () => T): T {
    this.request = request;
    try {
      return run();
    } finally {
      this.request = NOBODY;
    }
  }

  /** Any object by its id, for `expand`. */
  lookUp(id: string): object | undefined {
    for (const table of [
      this.customers,
      this.paymentMethods,
      this.setupIntents,
      this.invoices,
      this.invoiceItems,
      this.checkoutSessions,
      this.portalConfigurations,
    ]) {
      const found = table.find(id);
      if (found) return found;
    }
    return undefined;
  }

  newRequestId(): string {
    return newId('req');
  }
}
