import { randomBytes } from 'node:crypto';
import type { Account } from './account.js';
import type { Parameters } from './parameters.js';
import { invalidParameter } from './stripe-failure.js';
import type { Address, BalanceTransaction, Customer } from './stripe-objects.js';
import { page } from './table.js';

/** `POST /v1/customers` */
export function createCustomer(account: Account, parameters: Parameters): Customer {
  const customer: Customer = {
    id: account.customers.newId(),
    object: 'customer',
    address: null,
    balance: 0,
    created: account.now(),
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    email: null,
    invoice_prefix: randomBytes(4).toString('hex').toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
  change(account, customer, parameters);
  account.customers.add(customer);
  account.emit('customer.created', customer);
  return customer;
}

/** `POST /v1/customers/:id` */
export function updateCustomer(account: Account, parameters: Parameters, id: string): Customer {
  const customer = account.customers.get(id);
  change(account, customer, parameters);
  account.emit('customer.updated', customer);
  return customer;
}

/** `GET /v1/customers` */
export function listCustomers(account: Account, parameters: Parameters) {
  const email = parameters.text('email');
  const matching = account.customers.all().filter((one) => email === undefined || one.email === email);
  return finished(parameters, page(matching, parameters, '/v1/customers'));
}

/** `POST /v1/customers/:id/balance_transactions`: a negative amount is a credit. */
export function createBalanceTransaction(account: Account, parameters: Parameters, id: string): BalanceTransaction {
  const customer = account.customers.get(id);
  const amount = parameters.integer('amount');
  if (amount === undefined) {
    throw invalidParameter('amount', 'Missing required param: amount.', 'parameter_missing');
  }
  const currency = parameters.required('currency');
  const description = parameters.text('description') ?? null;
  const metadata = parameters.metadata();
  parameters.finish();
  return moveBalance(account, customer, { amount, currency, description, metadata, type: 'adjustment', invoice: null });
}

/** `GET /v1/customers/:id/balance_transactions` */
export function listBalanceTransactions(account: Account, parameters: Parameters, id: string) {
  const own = account.balanceTransactions.all().filter(({ customer }) => customer === account.customers.get(id).id);
  return finished(parameters, page(own, parameters, `/v1/customers/${id}/balance_transactions`));
}

/** Changes a customer's balance and notes why. */
export function moveBalance(
  account: Account,
  customer: Customer,
  move: Pick<BalanceTransaction, 'amount' | 'currency' | 'description' | 'metadata' | 'type' | 'invoice'>,
): BalanceTransaction {
  customer.balance += move.amount;
  customer.currency ??= move.currency;
  return account.balanceTransactions.add({
    id: account.balanceTransactions.newId(),
    object: 'customer_balance_transaction',
    created: account.now(),
    credit_note: null,
    customer: customer.id,
    ending_balance: customer.balance,
    livemode: false,
    ...move,
  });
}

/** An address as parameters carry it, missing parts as null. */
export function readAddress(parameters: Parameters): Address {
  const part = (name: string) => parameters.text(name) || null;
  return {
    city: part('city'),
    country: part('country'),
    line1: part('line1'),
    line2: part('line2'),
    postal_code: part('postal_code'),
    state: part('state'),
  };
}

/** The answer, once every parameter has been read. */
export function finished<T>(parameters: Parameters, answer: T): T {
  parameters.finish();
  return answer;
}

function change(account: Account, customer: Customer, parameters: Parameters): void {
  const changed: Partial<Customer> = {};
  for (const name of ['description', 'email', 'name', 'phone'] as const) {
    const value = parameters.text(name);
    if (value !== undefined) changed[name] = value === '' ? null : value;
  }
  if (changed.email && !/^[^@\s]+@[^@\s]+$/.test(changed.email)) {
    throw invalidParameter('email', 'Invalid email address.', 'email_invalid');
  }
  if (parameters.has('address')) changed.address = readAddress(parameters.nested('address'));
  const settings = parameters.nested('invoice_settings');
  const method = settings.text('default_payment_method');
  if (method) {
    const found = account.paymentMethods.get(method, 'invoice_settings[default_payment_method]');
    if (found.customer !== customer.id) {
      throw invalidParameter(
        'invoice_settings[default_payment_method]',
        `The customer does not have a payment method with the ID ${method}. The payment method must be attached to the customer.`,
        'resource_missing',
      );
    }
  }
  const metadata = parameters.metadata();
  parameters.finish();
  Object.assign(customer, changed);
  if (method !== undefined) customer.invoice_settings.default_payment_method = method || null;
  mergeMetadata(customer.metadata, metadata);
}

/** Metadata is added to what is there; an empty value removes a key. */
export function mergeMetadata(target: Record<string, string>, changes: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(changes)) {
    if (value === '') delete target[key];
    else target[key] = value;
  }
}
