/**
 * What became of one delivery: a closed set. Providers map every answer of Apple or Google to one of these by a table; nothing
 * outside the provider folders knows a vendor's reason words. Exceptions mean a bug, never a refused push.
 */
export type PushOutcome =
  /** The provider took it. */
  | { readonly kind: 'delivered' }
  /** The token is dead. `since`: when Apple learned of it (410 answers); a registration later than that is a new device. */
  | { readonly kind: 'token-gone'; readonly reason: string; readonly since?: Date }
  /** Refused for good: sending the same again would be refused again. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Not taken for a transient reason; `retryAfterSeconds` is what the provider asked for, if it did. */
  | { readonly kind: 'try-later'; readonly reason: string; readonly retryAfterSeconds?: number }
  /** This provider has no credentials here. */
  | { readonly kind: 'not-configured' };

/** The kinds of outcome, for tables and metrics. */
export const PUSH_OUTCOME_KINDS = ['delivered', 'token-gone', 'rejected', 'try-later', 'not-configured'] as const;
