import { z } from 'zod';
import type {
  BillingAddress,
  BillingCustomer,
  BillingEvent,
  BillingInvoice,
  BillingInvoiceLine,
  CardSetup,
  DefaultPayment,
} from './billing-objects.js';

/**
 * Stripe's answers, of the API version that is pinned, as far as they are used. The library's types follow a newer version, so
 * what comes is checked here.
 */

const instant = z.int().transform((seconds) => new Date(seconds * 1000));
const text = z.string().nullish();
const metadata = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
/** An id, or the object where it was expanded. */
const reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);

const paymentMethod = z.object({
  id: z.string(),
  type: z.string(),
  card: z.object({ brand: z.string(), last4: z.string() }).nullish(),
});

const address = z.object({
  line1: text,
  line2: text,
  city: text,
  state: text,
  postal_code: text,
  country: text,
});

const customerAnswer = z.object({
  id: z.string(),
  created: instant,
  email: text,
  name: text,
  description: text,
  address: address.nullish(),
  balance: z.int(),
  invoice_settings: z.object({ default_payment_method: z.union([paymentMethod, z.string()]).nullish() }),
  metadata,
});

const invoiceAnswer = z.object({
  id: z.string(),
  customer: reference,
  status: z.enum(['draft', 'open', 'paid', 'void', 'uncollectible']),
  collection_method: z.enum(['charge_automatically', 'send_invoice']),
  number: text,
  total: z.int(),
  amount_due: z.int(),
  amount_paid: z.int(),
  created: instant,
  due_date: instant.nullish(),
  status_transitions: z.object({ paid_at: instant.nullish() }),
  statement_descriptor: text,
  hosted_invoice_url: text,
  metadata,
});

const lineAnswer = z.object({
  id: z.string(),
  description: text,
  amount: z.int(),
  quantity: z.int().nullish(),
  // A number with a fraction, which the library wraps.
  pricing: z.object({ unit_amount_decimal: z.unknown() }).nullish(),
  period: z.object({ start: instant, end: instant }),
  metadata,
});

const sessionAnswer = z.object({
  id: z.string(),
  status: z.enum(['open', 'complete', 'expired']),
  customer: reference.nullish(),
  url: text,
  setup_intent: z.union([z.string(), z.object({ payment_method: reference.nullish() })]).nullish(),
  metadata,
});

const eventAnswer = z.object({
  id: z.string(),
  type: z.string(),
  created: instant,
  data: z.object({ object: z.object({ id: z.string().default(''), customer: reference.nullish().catch(undefined) }) }),
});

/** A customer; the default payment method must have been expanded, or it is known by its id only. */
export function readCustomer(answer: unknown): BillingCustomer {
  const one = customerAnswer.parse(answer);
  const method = one.invoice_settings.default_payment_method;
  return {
    id: one.id,
    createdAt: one.created,
    balance: one.balance,
    metadata: one.metadata,
    ...present('email', one.email),
    ...present('name', one.name),
    ...present('description', one.description),
    ...present('address', one.address ? readAddress(one.address) : undefined),
    ...present('defaultPayment', method ? readDefault(method) : undefined),
  };
}

export function readInvoice(answer: unknown): BillingInvoice {
  const one = invoiceAnswer.parse(answer);
  return {
    id: one.id,
    customerId: one.customer,
    status: one.status,
    collection: one.collection_method === 'send_invoice' ? 'invoice' : 'card',
    total: one.total,
    amountDue: one.amount_due,
    amountPaid: one.amount_paid,
    createdAt: one.created,
    metadata: one.metadata,
    ...present('number', one.number),
    ...present('dueAt', one.due_date),
    ...present('paidAt', one.status_transitions.paid_at),
    ...present('statementDescriptor', one.statement_descriptor),
    ...present('hostedUrl', one.hosted_invoice_url),
  };
}

export function readLine(answer: unknown): BillingInvoiceLine {
  const one = lineAnswer.parse(answer);
  const unit = one.pricing ? Number(String(one.pricing.unit_amount_decimal)) : Number.NaN;
  return {
    id: one.id,
    description: one.description ?? '',
    amount: one.amount,
    quantity: one.quantity ?? 1,
    period: one.period,
    metadata: one.metadata,
    ...present('unitPrice', Number.isFinite(unit) ? unit : undefined),
  };
}

/** A visit to Checkout; the setup intent must have been expanded. */
export function readCardSetup(answer: unknown): CardSetup {
  const one = sessionAnswer.parse(answer);
  const intent = typeof one.setup_intent === 'object' ? one.setup_intent : undefined;
  return {
    id: one.id,
    status: one.status,
    metadata: one.metadata,
    ...present('customerId', one.customer),
    ...present('url', one.url),
    ...present('paymentMethodId', intent?.payment_method),
  };
}

export function readEvent(answer: unknown): BillingEvent {
  const { id, type, created, data } = eventAnswer.parse(answer);
  return { id, type, createdAt: created, objectId: data.object.id, ...present('customerId', data.object.customer) };
}

function readDefault(method: z.infer<typeof paymentMethod> | string): DefaultPayment {
  if (typeof method === 'string') return { id: method, kind: 'other' };
  if (method.type !== 'card' || !method.card) return { id: method.id, kind: 'other' };
  return { id: method.id, kind: 'card', brand: method.card.brand, last4: method.card.last4 };
}

function readAddress(one: z.infer<typeof address>): BillingAddress {
  return {
    ...present('line1', one.line1),
    ...present('line2', one.line2),
    ...present('city', one.city),
    ...present('state', one.state),
    ...present('postalCode', one.postal_code),
    ...present('country', one.country),
  };
}

/** `{ key: value }`, or nothing where the value is unset. */
function present<K extends string, V>(key: K, value: V | null | undefined): { [P in K]?: V } {
  return value === undefined || value === null ? {} : ({ [key]: value } as { [P in K]: V });
}
