import { parseSettings } from '../../src/config/settings.js';
import { StripeBillingGateway } from '../../src/plans/stripe/stripe-billing-gateway.js';
import { StripeStandIn } from '../../src/sandbox/stripe/stripe-stand-in.js';
import { MovableClock } from '../support/movable-clock.js';

/** The secret of webhooks. */
export const WEBHOOK_SECRET = 'whsec_sandbox';

/** The period of every line. */
export const period = { start: new Date('2026-01-01T00:00:00Z'), end: new Date('2026-02-01T00:00:00Z') };

let keys = 0;

/** An idempotency key that was never used. */
export const key = () => `test:${++keys}`;

/** The gateway in front of a stand-in, with one customer. */
export async function billingWorld() {
  const clock = new MovableClock();
  const standIn = new StripeStandIn({ clock, secretKey: 'sk_test_sandbox' });
  await standIn.start();
  const gateway = new StripeBillingGateway(
    parseSettings({
      STRIPE_SECRET_KEY: 'sk_test_sandbox',
      STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      STRIPE_API_ORIGIN: standIn.origin,
    }),
    clock,
  );
  const details = { description: 'chat.zulip.test', email: 'ann@zulip.test', metadata: { remote_server_uuid: 'u' } };
  const customerId = (await gateway.createCustomer(details, key())).id;

  /** An open invoice of so many cents. */
  async function openInvoice(cents = 2000, collection: 'card' | 'invoice' = 'card'): Promise<string> {
    const invoice = await gateway.createInvoice(
      {
        customerId,
        collection,
        autoAdvance: collection === 'invoice',
        statementDescriptor: 'Zulip Basic',
        metadata: { plan_tier: '103' },
        ...(collection === 'invoice' ? { daysUntilDue: 1 } : {}),
      },
      key(),
    );
    const line = { customerId, invoiceId: invoice.id, description: 'Zulip Basic', period };
    await gateway.addInvoiceLine({ ...line, price: { amount: cents } }, key());
    return (await gateway.finalizeInvoice(invoice.id, key())).id;
  }

  return { clock, standIn, gateway, customerId, openInvoice };
}
