import Stripe from 'stripe';
import { STRIPE_VERSION } from '../../src/sandbox/stripe/account.js';
import { StripeStandIn, type StripeStandInOptions } from '../../src/sandbox/stripe/stripe-stand-in.js';
import { MovableClock } from '../support/movable-clock.js';

/** A stand-in and Stripe's own library in front of it. */
export async function stripeWorld(options: StripeStandInOptions = {}) {
  const clock = new MovableClock();
  const standIn = new StripeStandIn({ clock, webhookRetryPauses: [20, 20, 20], ...options });
  await standIn.start();
  const stripe = new Stripe('sk_test_sandbox', {
    apiVersion: STRIPE_VERSION as Stripe.LatestApiVersion,
    protocol: 'http',
    host: '127.0.0.1',
    port: standIn.port,
    maxNetworkRetries: 0,
    telemetry: false,
  });
  return { clock, standIn, stripe };
}

/** A draft with one line of so many cents. */
export async function draftOf(stripe: Stripe, customer: string, cents: number, more: Stripe.InvoiceCreateParams = {}) {
  const invoice = await stripe.invoices.create({ customer, ...more });
  await stripe.invoiceItems.create({
    customer,
    invoice: invoice.id,
    currency: 'usd',
    amount: cents,
    description: 'Plan',
  });
  return invoice.id;
}

/** The error that a call ends with. */
export async function failure(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  return await call.then(
    () => {
      throw new Error('the call did not fail');
    },
    (error: Stripe.errors.StripeError) => error,
  );
}
