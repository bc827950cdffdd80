import type { Account } from './account.js';
import type { ChargeAttempt } from './portal-objects.js';
import { cardError, StripeFailure } from './stripe-failure.js';
import type { Customer, Invoice, PaymentMethod } from './stripe-objects.js';
import { newId } from './table.js';
import { AUTHENTICATION_NEEDED, type Decline } from './test-cards.js';

/** Days between tries of automatic collection; after the last the invoice stays open. */
const RETRY_DAYS = [3, 5, 7] as const;

/** How a payment comes about. */
export interface PaymentTry {
  readonly by: ChargeAttempt['by'];
  /** In place of the invoice's or the customer's own. */
  readonly method?: PaymentMethod;
  /** The card's holder is there and proved who they are. */
  readonly authenticated?: boolean;
}

/**
 * Takes the money for an open invoice.
 *
 * @throws StripeFailure with a card error, or where there is nothing to charge; the invoice stays open
 */
export function charge(account: Account, invoice: Invoice, attempt: PaymentTry): Invoice {
  const customer = account.customers.get(invoice.customer);
  const method = attempt.method ?? usualMethod(account, invoice, customer);
  if (!method) {
    if (attempt.by === 'automatic') failed(account, invoice);
    throw new StripeFailure(400, {
      type: 'invalid_request_error',
      code: 'resource_missing',
      message:
        'This customer has no attached payment source or default payment method. ' +
        'Please consider adding a default payment method.',
      doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
    });
  }
  const decline = refusal(account, customer, method, attempt);
  const record: ChargeAttempt = {
    id: newId('ch'),
    customer: customer.id,
    invoice: invoice.id,
    amount: invoice.amount_due,
    outcome: decline ? 'failed' : 'succeeded',
    by: attempt.by,
    at: account.clock.now(),
  };
  account.charges.push(record);
  invoice.attempt_count += 1;
  invoice.attempted = true;
  if (!decline) return settle(account, invoice, invoice.amount_due);
  failed(account, invoice);
  account.emit('invoice.payment_failed', invoice);
  if (decline === AUTHENTICATION_NEEDED) account.emit('invoice.payment_action_required', invoice);
  throw cardError(decline.code, decline.declineCode, decline.message, record.id);
}

/** The invoice is paid, by whatever means. */
export function settle(account: Account, invoice: Invoice, amount: number): Invoice {
  invoice.status = 'paid';
  invoice.amount_paid = amount;
  invoice.amount_remaining = 0;
  invoice.auto_advance = false;
  invoice.next_payment_attempt = null;
  invoice.status_transitions.paid_at = account.now();
  account.emit('invoice.paid', invoice);
  account.emit('invoice.payment_succeeded', invoice);
  return invoice;
}

function usualMethod(account: Account, invoice: Invoice, customer: Customer): PaymentMethod | undefined {
  const id = invoice.default_payment_method ?? customer.invoice_settings.default_payment_method;
  return id === null ? undefined : account.paymentMethods.find(id);
}

function refusal(
  account: Account,
  customer: Customer,
  method: PaymentMethod,
  attempt: PaymentTry,
): Decline | undefined {
  const ordered = account.declines.get(customer.id)?.shift();
  if (ordered) return ordered;
  const card = account.cards.get(method.id);
  if (card?.authenticatedAtCharge && !attempt.authenticated) return AUTHENTICATION_NEEDED;
  return card?.refusedAtCharge;
}

/** Plans the next try of automatic collection. */
function failed(account: Account, invoice: Invoice): void {
  const automatic = invoice.auto_advance && invoice.collection_method === 'charge_automatically';
  const days = RETRY_DAYS[Math.max(0, invoice.attempt_count - 1)];
  invoice.next_payment_attempt = automatic && days !== undefined ? account.now() + days * 86_400 : null;
}
