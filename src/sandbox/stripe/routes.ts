import type { Account } from './account.js';
import { createCheckoutSession, expireCheckoutSession, listCheckoutSessions } from './checkout.js';
import {
  createBalanceTransaction,
  createCustomer,
  finished,
  listBalanceTransactions,
  listCustomers,
  updateCustomer,
} from './customers.js';
import { listEvents } from './events.js';
import { createInvoiceItem, deleteInvoiceItem, listInvoiceItems } from './invoice-items.js';
import { finalizeInvoice, markUncollectible, payInvoice, sendInvoice, voidInvoice } from './invoice-lifecycle.js';
import { createInvoice, deleteInvoice, listInvoices, listLines, retrieveInvoice, updateInvoice } from './invoices.js';
import type { Parameters } from './parameters.js';
import { attachPaymentMethod, detachPaymentMethod, listPaymentMethods } from './payment-methods.js';
import { createPortalConfiguration, createPortalSession, listPortalConfigurations } from './portal.js';
import type { Table } from './table.js';

type Handler = (account: Account, parameters: Parameters, id: string) => object;

/** A route that a request matched. */
export interface Route {
  /** Method and pattern, by which faults and hooks name it. */
  readonly endpoint: string;
  readonly handler: Handler;
  readonly id: string;
}

function retrieve(table: (account: Account) => Table<{ readonly id: string }>): Handler {
  return (account, parameters, id) => finished(parameters, table(account).get(id));
}

/** The part of Stripe's API that is spoken. */
const ROUTES: Readonly<Record<string, Handler>> = {
  'POST /v1/customers': createCustomer,
  'GET /v1/customers': listCustomers,
  'GET /v1/customers/:id': retrieve((account) => account.customers),
  'POST /v1/customers/:id': updateCustomer,
  'POST /v1/customers/:id/balance_transactions': createBalanceTransaction,
  'GET /v1/customers/:id/balance_transactions': listBalanceTransactions,
  'GET /v1/customers/:id/payment_methods': listPaymentMethods,
  'GET /v1/payment_methods': (account, parameters) => listPaymentMethods(account, parameters),
  'GET /v1/payment_methods/:id': retrieve((account) => account.paymentMethods),
  'POST /v1/payment_methods/:id/attach': attachPaymentMethod,
  'POST /v1/payment_methods/:id/detach': detachPaymentMethod,
  'POST /v1/checkout/sessions': createCheckoutSession,
  'GET /v1/checkout/sessions': listCheckoutSessions,
  'GET /v1/checkout/sessions/:id': retrieve((account) => account.checkoutSessions),
  'POST /v1/checkout/sessions/:id/expire': expireCheckoutSession,
  'GET /v1/setup_intents/:id': retrieve((account) => account.setupIntents),
  'POST /v1/invoices': createInvoice,
  'GET /v1/invoices': listInvoices,
  'GET /v1/invoices/:id': retrieveInvoice,
  'POST /v1/invoices/:id': updateInvoice,
  'DELETE /v1/invoices/:id': deleteInvoice,
  'GET /v1/invoices/:id/lines': listLines,
  'POST /v1/invoices/:id/finalize': finalizeInvoice,
  'POST /v1/invoices/:id/pay': payInvoice,
  'POST /v1/invoices/:id/void': voidInvoice,
  'POST /v1/invoices/:id/send': sendInvoice,
  'POST /v1/invoices/:id/mark_uncollectible': markUncollectible,
  'POST /v1/invoiceitems': createInvoiceItem,
  'GET /v1/invoiceitems': listInvoiceItems,
  'GET /v1/invoiceitems/:id': retrieve((account) => account.invoiceItems),
  'DELETE /v1/invoiceitems/:id': deleteInvoiceItem,
  'POST /v1/billing_portal/configurations': createPortalConfiguration,
  'GET /v1/billing_portal/configurations': listPortalConfigurations,
  'POST /v1/billing_portal/sessions': createPortalSession,
  'GET /v1/events': listEvents,
  'GET /v1/events/:id': retrieve((account) => account.events),
};

const COMPILED = Object.entries(ROUTES).map(([endpoint, handler]) => {
  const [method = '', pattern = ''] = endpoint.split(' ');
  return { endpoint, handler, method, path: new RegExp(`^${pattern.replace(':id', '([^/]+)')}$`) };
});

/** The names of all endpoints. */
export const STRIPE_ENDPOINTS: readonly string[] = Object.keys(ROUTES);

/** The route of a request. */
export function findRoute(method: string, path: string): Route | undefined {
  for (const { endpoint, handler, method: own, path: pattern } of COMPILED) {
    const match = own === method ? pattern.exec(path) : null;
    if (match) return { endpoint, handler, id: decodeURIComponent(match[1] ?? '') };
  }
  return undefined;
}
