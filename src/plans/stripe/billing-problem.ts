/** Why the payment provider did not do what it was asked. */
export type BillingProblemKind =
  /** A card was refused. */
  | 'card'
  /** Connection, time limit, rate limit, trouble of the provider's own. Whether it was done is not known: ask again with the same key. */
  | 'temporary'
  /** The object does not exist. */
  | 'missing'
  /** The provider refuses the request as it stands: a bug of ours, or a state that we did not know of. */
  | 'refused'
  /** No key is set, or the provider does not take it. */
  | 'not-configured';

/** Texts for people, by kind; a card's refusal has the provider's own words. */
const MESSAGES: Readonly<Record<Exclude<BillingProblemKind, 'card'>, string>> = {
  temporary: 'Our payment provider cannot be reached at the moment. Please try again in a few minutes.',
  missing: 'Something went wrong. Please contact support.',
  refused: 'Something went wrong. Please contact support.',
  'not-configured': 'Payments are not set up on this service. Please contact support.',
};

/** The provider's classification, for the log. It carries nothing about the customer. */
export interface BillingProblemDetail {
  readonly status?: number;
  readonly type?: string;
  readonly code?: string;
  readonly declineCode?: string;
  readonly param?: string;
  readonly requestId?: string;
}

/** A call to the payment provider failed. */
export class BillingProblem extends Error {
  override readonly name = 'BillingProblem';
  /** For the person at the browser. */
  readonly userMessage: string;

  constructor(
    readonly kind: BillingProblemKind,
    readonly detail: BillingProblemDetail = {},
    cardMessage?: string,
  ) {
    const { status, type, code } = detail;
    super(`payment provider: ${kind} (${[status, type, code].filter((part) => part !== undefined).join(' ')})`);
    this.userMessage = kind === 'card' ? (cardMessage ?? 'Your card was declined.') : MESSAGES[kind];
  }
}

/** Why a webhook is not believed. */
export type WebhookRefusal =
  | 'not-configured'
  | 'unsigned'
  | 'wrong-signature'
  | 'too-old'
  | 'wrong-version'
  | 'malformed';

/** A webhook that is not to be acted on. */
export class WebhookRefused extends Error {
  override readonly name = 'WebhookRefused';

  constructor(readonly reason: WebhookRefusal) {
    super(`webhook refused: ${reason}`);
  }
}
