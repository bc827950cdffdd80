import type { Account } from './account.js';
import { finished } from './customers.js';
import type { Parameters } from './parameters.js';
import { attachCard } from './payment-methods.js';
import { cardError, invalidParameter, refused } from './stripe-failure.js';
import type { Address, CheckoutSession, SetupIntent } from './stripe-objects.js';
import { page } from './table.js';
import type { Decline, TestCard } from './test-cards.js';

/** A Checkout session can be used for a day (docs.stripe.com/api/checkout/sessions, `expires_at`). */
const SESSION_SECONDS = 24 * 60 * 60;

/** `POST /v1/checkout/sessions`, in setup mode only. */
export function createCheckoutSession(account: Account, parameters: Parameters): CheckoutSession {
  const mode = parameters.choice('mode', ['setup', 'payment', 'subscription'] as const);
  if (mode !== 'setup') throw invalidParameter('mode', 'This stand-in knows Checkout in setup mode only.');
  const customer = parameters.text('customer') ?? null;
  if (customer !== null) account.customers.get(customer, 'customer');
  const types = parameters.list('payment_method_types');
  const currency = parameters.text('currency') ?? null;
  if (types.length === 0 && currency === null) {
    throw invalidParameter(
      'currency',
      'You must provide currency or payment_method_types in setup mode.',
      'parameter_missing',
    );
  }
  const update = parameters.nested('customer_update');
  if (parameters.has('customer_update') && customer === null) {
    throw invalidParameter('customer_update', 'customer_update can only be used with customer.');
  }
  const updates = {
    address: update.choice('address', ['auto', 'never'] as const) === 'auto',
    name: update.choice('name', ['auto', 'never'] as const) === 'auto',
  };
  const intent = setupIntent(account, customer, types);
  const id = account.checkoutSessions.newId();
  const session: CheckoutSession = {
    id,
    object: 'checkout.session',
    billing_address_collection: parameters.choice('billing_address_collection', ['auto', 'required'] as const) ?? null,
    cancel_url: parameters.text('cancel_url') ?? null,
    client_reference_id: parameters.text('client_reference_id') ?? null,
    created: account.now(),
    currency,
    customer,
    expires_at: account.now() + SESSION_SECONDS,
    livemode: false,
    metadata: parameters.metadata(),
    mode,
    payment_intent: null,
    payment_method_types: types,
    payment_status: 'no_payment_required',
    setup_intent: intent.id,
    status: 'open',
    success_url: parameters.required('success_url'),
    url: `${account.origin()}/c/pay/${id}`,
  };
  parameters.ignore('locale', 'submit_type', 'customer_email');
  parameters.finish();
  account.setupIntents.add(intent);
  account.checkoutUpdates.set(id, updates);
  return account.checkoutSessions.add(session);
}

/** `GET /v1/checkout/sessions` */
export function listCheckoutSessions(account: Account, parameters: Parameters) {
  const customer = parameters.text('customer');
  const status = parameters.text('status');
  const intent = parameters.text('setup_intent');
  const matching = account.checkoutSessions
    .all()
    .filter((one) => customer === undefined || one.customer === customer)
    .filter((one) => status === undefined || one.status === status)
    .filter((one) => intent === undefined || one.setup_intent === intent);
  return finished(parameters, page(matching, parameters, '/v1/checkout/sessions'));
}

/** `POST /v1/checkout/sessions/:id/expire` */
export function expireCheckoutSession(account: Account, parameters: Parameters, id: string): CheckoutSession {
  const session = account.checkoutSessions.get(id);
  parameters.finish();
  if (session.status !== 'open') {
    throw refused(`Only Checkout Sessions with a status in ["open"] can be expired. This one is ${session.status}.`);
  }
  return expireSession(account, session);
}

/** Ends a session that nobody used. */
export function expireSession(account: Account, session: CheckoutSession): CheckoutSession {
  session.status = 'expired';
  session.url = null;
  account.emit('checkout.session.expired', session);
  return session;
}

/** What a person typed on the Checkout page. */
export interface CheckoutForm {
  readonly card: TestCard;
  readonly name: string | null;
  readonly address: Address | null;
}

/**
 * The person presses "save". The card is kept with the customer, the session is complete.
 *
 * @throws StripeFailure with a card error that the page shows; the session stays open
 */
export function completeCheckout(account: Account, session: CheckoutSession, form: CheckoutForm): CheckoutSession {
  if (session.status !== 'open') throw refused('This Checkout Session is no longer active.');
  const decline: Decline | undefined = form.card.refusedAtSetup;
  if (decline) throw cardError(decline.code, decline.declineCode, decline.message);
  const customer = account.customers.find(session.customer ?? '');
  const method = attachCard(account, customer?.id ?? '', form.card, form);
  const updates = account.checkoutUpdates.get(session.id);
  if (customer && updates?.name && form.name) customer.name = form.name;
  if (customer && updates?.address && form.address) customer.address = form.address;
  const intent = account.setupIntents.get(session.setup_intent);
  intent.payment_method = method.id;
  intent.status = 'succeeded';
  session.status = 'complete';
  session.url = null;
  account.emit('setup_intent.succeeded', intent);
  account.emit('checkout.session.completed', session);
  return session;
}

function setupIntent(account: Account, customer: string | null, types: string[]): SetupIntent {
  const id = account.setupIntents.newId();
  return {
    id,
    object: 'setup_intent',
    client_secret: `${id}_secret_sandbox`,
    created: account.now(),
    customer,
    description: null,
    last_setup_error: null,
    livemode: false,
    metadata: {},
    payment_method: null,
    payment_method_types: types,
    status: 'requires_payment_method',
    usage: 'off_session',
  };
}
