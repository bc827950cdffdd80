import type { Account } from './account.js';
import { finished } from './customers.js';
import type { Parameters } from './parameters.js';
import { cardError, refused } from './stripe-failure.js';
import type { Address, PaymentMethod } from './stripe-objects.js';
import { page } from './table.js';
import { type TestCard, testCard } from './test-cards.js';

/** Saves a card with a customer. */
export function attachCard(
  account: Account,
  customer: string,
  card: TestCard,
  holder: { readonly name: string | null; readonly address: Address | null } = { name: null, address: null },
): PaymentMethod {
  const method: PaymentMethod = {
    ...blank(account, customer, 'card'),
    billing_details: { address: holder.address, email: null, name: holder.name, phone: null, tax_id: null },
    card: {
      brand: card.brand,
      country: 'US',
      exp_month: 12,
      exp_year: new Date(account.clock.millis()).getUTCFullYear() + 3,
      funding: 'credit',
      last4: card.number.slice(-4),
    },
  };
  account.cards.set(method.id, card);
  return added(account, method);
}

/** Saves a bank account with a customer. */
export function attachBankAccount(account: Account, customer: string): PaymentMethod {
  const bank = { bank_name: 'STRIPE TEST BANK', last4: '6789' };
  return added(account, { ...blank(account, customer, 'us_bank_account'), us_bank_account: bank });
}

/** `POST /v1/payment_methods/:id/attach`, with the names that stand for test cards in Stripe's test mode. */
export function attachPaymentMethod(account: Account, parameters: Parameters, id: string): PaymentMethod {
  const customer = account.customers.get(parameters.required('customer'), 'customer');
  parameters.finish();
  if (id === 'pm_usBankAccount') return attachBankAccount(account, customer.id);
  const card = testCard(id);
  if (card?.refusedAtSetup) {
    const { code, declineCode, message } = card.refusedAtSetup;
    throw cardError(code, declineCode, message);
  }
  if (card) return attachCard(account, customer.id, card);
  const method = account.paymentMethods.get(id);
  if (method.customer && method.customer !== customer.id) {
    throw refused('The payment method you provided has already been attached to a customer.');
  }
  method.customer = customer.id;
  account.emit('payment_method.attached', method);
  return method;
}

/** `POST /v1/payment_methods/:id/detach` */
export function detachPaymentMethod(account: Account, parameters: Parameters, id: string): PaymentMethod {
  const method = account.paymentMethods.get(id);
  parameters.finish();
  const customer = account.customers.find(method.customer ?? '');
  if (customer?.invoice_settings.default_payment_method === id) customer.invoice_settings.default_payment_method = null;
  method.customer = null;
  account.emit('payment_method.detached', method);
  return method;
}

/** `GET /v1/customers/:id/payment_methods`, and with `customer` also `GET /v1/payment_methods` */
export function listPaymentMethods(account: Account, parameters: Parameters, id?: string) {
  const customer = id ?? parameters.required('customer');
  const type = parameters.text('type');
  account.customers.get(customer);
  const own = account.paymentMethods
    .all()
    .filter((one) => one.customer === customer && (type === undefined || one.type === type));
  const url = id === undefined ? '/v1/payment_methods' : `/v1/customers/${id}/payment_methods`;
  return finished(parameters, page(own, parameters, url));
}

function blank(account: Account, customer: string, type: PaymentMethod['type']): PaymentMethod {
  return {
    id: account.paymentMethods.newId(),
    object: 'payment_method',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    created: account.now(),
    customer,
    livemode: false,
    metadata: {},
    type,
  };
}

function added(account: Account, method: PaymentMethod): PaymentMethod {
  account.paymentMethods.add(method);
  account.emit('payment_method.attached', method);
  return method;
}
