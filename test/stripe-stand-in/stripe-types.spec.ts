import type Stripe from 'stripe';
import { describe, expectTypeOf, it } from 'vitest';
import type { PortalConfiguration, PortalSession, StripeEvent } from '../../src/sandbox/stripe/portal-objects.js';
import type {
  BalanceTransaction,
  CheckoutSession,
  Customer,
  Invoice,
  InvoiceItem,
  LineItem,
  PaymentMethod,
  SetupIntent,
} from '../../src/sandbox/stripe/stripe-objects.js';

/** Members that Stripe's library knows, but of another type. */
type Different<Ours, Theirs> = {
  [K in keyof Ours & keyof Theirs]: Ours[K] extends Theirs[K] ? never : K;
}[keyof Ours & keyof Theirs];

/** Members that Stripe's library does not know. */
type Unknown<Ours, Theirs> = Exclude<keyof Ours, keyof Theirs>;

type Card = NonNullable<PaymentMethod['card']>;
type BankAccount = NonNullable<PaymentMethod['us_bank_account']>;
type Portal = Stripe.BillingPortal.Configuration;

/** Both at once: `never` where the shapes agree. */
type Disagreement<Ours, Theirs> = Different<Ours, Theirs> | Unknown<Ours, Theirs>;

/**
 * Checked by the compiler. What is named is of another type: fractions of cents, which the library wraps and which go over the wire
 * as text, objects of which only a part is kept, and the list of all types of events.
 */
describe('what the stand-in answers', () => {
  it('has the shape that the library of Stripe expects', () => {
    expectTypeOf<Disagreement<Customer, Stripe.Customer>>().toEqualTypeOf<never>();
    expectTypeOf<Disagreement<BalanceTransaction, Stripe.CustomerBalanceTransaction>>().toEqualTypeOf<never>();
    expectTypeOf<Disagreement<PaymentMethod, Stripe.PaymentMethod>>().toEqualTypeOf<'card' | 'us_bank_account'>();
    expectTypeOf<Disagreement<Card, Stripe.PaymentMethod.Card>>().toEqualTypeOf<never>();
    expectTypeOf<Disagreement<BankAccount, Stripe.PaymentMethod.UsBankAccount>>().toEqualTypeOf<never>();
    expectTypeOf<Disagreement<SetupIntent, Stripe.SetupIntent>>().toEqualTypeOf<never>();
    expectTypeOf<Disagreement<CheckoutSession, Stripe.Checkout.Session>>().toEqualTypeOf<never>();
    expectTypeOf<Disagreement<Invoice, Stripe.Invoice>>().toEqualTypeOf<'lines'>();
    expectTypeOf<Disagreement<LineItem, Stripe.InvoiceLineItem>>().toEqualTypeOf<'pricing'>();
    expectTypeOf<Disagreement<InvoiceItem, Stripe.InvoiceItem>>().toEqualTypeOf<'pricing'>();
    expectTypeOf<Disagreement<PortalConfiguration, Portal>>().toEqualTypeOf<'features'>();
    expectTypeOf<Disagreement<PortalConfiguration['features'], Portal['features']>>().toEqualTypeOf<never>();
    expectTypeOf<Disagreement<PortalSession, Stripe.BillingPortal.Session>>().toEqualTypeOf<never>();
    expectTypeOf<Disagreement<StripeEvent, Stripe.EventBase>>().toEqualTypeOf<'type'>();
  });
});
