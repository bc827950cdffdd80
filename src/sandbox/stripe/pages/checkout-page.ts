import type { Account } from '../account.js';
import { completeCheckout } from '../checkout.js';
import type { FormTree } from '../form-encoding.js';
import { StripeFailure } from '../stripe-failure.js';
import type { CheckoutSession } from '../stripe-objects.js';
import { ADDRESS_FIELDS, CARD_FIELD, cards, chosenCard, field, typedAddress } from './form-fields.js';
import { htmlPage, type PageAnswer, redirect, template } from './layout.js';

const cardForm = template<object>(`{{#if error}}<p class="error" role="alert">{{error}}</p>{{/if}}
<p>{{email}}</p>
<form method="post">
${CARD_FIELD}
${ADDRESS_FIELDS}
<button name="action" value="save">Save card</button>
</form>
<p><a href="{{cancel}}">Back</a></p>`);

const authentication = template<object>(`<p>Your bank asks whether it is you.</p>
<form method="post">
{{#each kept}}<input type="hidden" name="{{@key}}" value="{{this}}">
{{/each}}<button name="action" value="complete">Complete authentication</button>
<button name="action" value="fail">Fail authentication</button>
</form>`);

/** `/c/pay/:id`: Checkout in setup mode, where a person chooses a card. */
export function checkoutPage(account: Account, id: string, form: FormTree | undefined): PageAnswer {
  const session = account.checkoutSessions.find(id);
  if (!session) return htmlPage('Not found', '<p>There is no such page.</p>', 404);
  if (session.status !== 'open') {
    return htmlPage('Checkout', `<p>This Checkout session is ${session.status} and cannot be used any more.</p>`, 410);
  }
  if (!form) return show(account, session);
  const card = chosenCard(form);
  if (!card) return show(account, session, 'Your card number is invalid.');
  const action = field(form, 'action');
  if (action === 'fail') {
    return show(account, session, 'We are unable to authenticate your payment method. Please choose another one.');
  }
  if (card.authenticatedAtSetup && action !== 'complete') {
    const kept = Object.fromEntries(Object.entries(form).filter(([name]) => name !== 'action'));
    return htmlPage('Authentication', authentication({ kept }));
  }
  const address = typedAddress(form);
  try {
    completeCheckout(account, session, { card, name: field(form, 'name') || null, address: address ?? null });
  } catch (error) {
    if (error instanceof StripeFailure) return show(account, session, error.body.message);
    throw error;
  }
  return redirect((session.success_url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', session.id));
}

function show(account: Account, session: CheckoutSession, error?: string): PageAnswer {
  const customer = account.customers.find(session.customer ?? '');
  const values = {
    error,
    cards,
    email: customer?.email,
    name: customer?.name ?? 'Sandbox Customer',
    address: customer?.address ?? {
      line1: '1 Sandbox Street',
      city: 'San Francisco',
      state: 'CA',
      postal_code: '94105',
      country: 'US',
    },
    cancel: session.cancel_url ?? '/',
  };
  return htmlPage('Save a card', cardForm(values), error ? 402 : 200);
}
