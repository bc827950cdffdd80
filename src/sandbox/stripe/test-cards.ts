/** How a card behaves. */
export interface TestCard {
  /** Stripe's test number (docs.stripe.com/testing). */
  readonly number: string;
  /** The payment method that stands for it in Stripe's test mode. */
  readonly token?: string;
  readonly brand: string;
  readonly label: string;
  /** Why it cannot even be saved. */
  readonly refusedAtSetup?: Decline;
  /** Why charging it fails. */
  readonly refusedAtCharge?: Decline;
  /** Its holder must prove who they are when it is saved. */
  readonly authenticatedAtSetup?: boolean;
  /** Its holder must prove who they are whenever it is charged. */
  readonly authenticatedAtCharge?: boolean;
}

/** A refusal in Stripe's terms, with the sentence that Stripe shows the card's holder. */
export interface Decline {
  readonly code: string;
  readonly declineCode?: string;
  readonly message: string;
}

/** The refusals that this stand-in can give, by their decline code or, where they have none, their code. */
export const DECLINES = {
  generic_decline: { code: 'card_declined', declineCode: 'generic_decline', message: 'Your card was declined.' },
  insufficient_funds: {
    code: 'card_declined',
    declineCode: 'insufficient_funds',
    message: 'Your card has insufficient funds.',
  },
  lost_card: { code: 'card_declined', declineCode: 'lost_card', message: 'Your card was declined.' },
  expired_card: { code: 'expired_card', message: 'Your card has expired.' },
  incorrect_cvc: { code: 'incorrect_cvc', message: "Your card's security code is incorrect." },
  processing_error: {
    code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
  },
} as const satisfies Record<string, Decline>;

export type DeclineName = keyof typeof DECLINES;

/** What {@link TestCard.authenticatedAtCharge} answers where nobody is there to authenticate. */
export const AUTHENTICATION_NEEDED: Decline = {
  code: 'invoice_payment_intent_requires_action',
  message:
    'This payment requires additional user action before it can be completed successfully. ' +
    'Payment can be completed using the PaymentIntent associated with the invoice.',
};

/** Cards to choose from. The first is an ordinary one. */
export const TEST_CARDS: readonly TestCard[] = [
  { number: '4242424242424242', token: 'pm_card_visa', brand: 'visa', label: 'Visa that works' },
  { number: '5555555555554444', token: 'pm_card_mastercard', brand: 'mastercard', label: 'Mastercard that works' },
  {
    number: '4000000000000341',
    token: 'pm_card_chargeCustomerFail',
    brand: 'visa',
    label: 'Can be saved, declines when charged',
    refusedAtCharge: DECLINES.generic_decline,
  },
  {
    number: '4000008260003178',
    token: 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
    brand: 'visa',
    label: 'Asks for authentication, then has insufficient funds',
    authenticatedAtSetup: true,
    refusedAtCharge: DECLINES.insufficient_funds,
  },
  {
    number: '4000002500003155',
    token: 'pm_card_authenticationRequiredOnSetup',
    brand: 'visa',
    label: 'Asks for authentication once',
    authenticatedAtSetup: true,
  },
  {
    number: '4000002760003184',
    token: 'pm_card_authenticationRequired',
    brand: 'visa',
    label: 'Asks for authentication every time',
    authenticatedAtSetup: true,
    authenticatedAtCharge: true,
  },
  refusing('4000000000000002', 'generic_decline', 'Declines'),
  refusing('4000000000009995', 'insufficient_funds', 'Declines: insufficient funds'),
  refusing('4000000000009987', 'lost_card', 'Declines: reported lost'),
  refusing('4000000000000069', 'expired_card', 'Declines: expired'),
  refusing('4000000000000127', 'incorrect_cvc', 'Declines: wrong security code'),
  refusing('4000000000000119', 'processing_error', 'Declines: processing error'),
];

function refusing(number: string, name: DeclineName, label: string): TestCard {
  return { number, brand: 'visa', label, refusedAtSetup: DECLINES[name], refusedAtCharge: DECLINES[name] };
}

/** A card by its number or the name of its test payment method. */
export function testCard(numberOrToken: string): TestCard | undefined {
  return TEST_CARDS.find(({ number, token }) => number === numberOrToken || token === numberOrToken);
}
