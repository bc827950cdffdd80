import { BillingProblem, type BillingProblemDetail, type BillingProblemKind } from './billing-problem.js';

/** The errors of Stripe's library by their type, as ours. What is not here is `refused`. */
const KINDS: Readonly<Record<string, BillingProblemKind>> = {
  StripeCardError: 'card',
  StripeRateLimitError: 'temporary',
  StripeConnectionError: 'temporary',
  StripeAPIError: 'temporary',
  StripeAuthenticationError: 'not-configured',
  StripePermissionError: 'not-configured',
};

/** The members that errors of Stripe's library have. */
interface VendorError {
  readonly type: string;
  readonly message?: string;
  readonly statusCode?: number;
  readonly code?: string;
  readonly decline_code?: string;
  readonly param?: string;
  readonly requestId?: string;
}

/** Turns an error of Stripe's library into one of ours; anything else is a bug and stays what it is. */
export function billingProblem(error: unknown): unknown {
  if (!isVendorError(error)) return error;
  const kind = kindOf(error);
  const detail: BillingProblemDetail = {
    type: error.type,
    ...(error.statusCode === undefined ? {} : { status: error.statusCode }),
    ...(error.code ? { code: error.code } : {}),
    ...(error.decline_code ? { declineCode: error.decline_code } : {}),
    ...(error.param ? { param: error.param } : {}),
    ...(error.requestId ? { requestId: error.requestId } : {}),
  };
  // Only what Stripe says about a card is meant for its holder; other messages may quote what was sent.
  return new BillingProblem(kind, detail, kind === 'card' ? error.message : undefined);
}

function kindOf(error: VendorError): BillingProblemKind {
  if (error.code === 'resource_missing' && error.statusCode === 404) return 'missing';
  // Another request with the same key is still running; it will have an answer soon.
  if (error.statusCode === 409 || error.code === 'idempotency_key_in_use' || error.code === 'lock_timeout') {
    return 'temporary';
  }
  return KINDS[error.type] ?? 'refused';
}

function isVendorError(error: unknown): error is VendorError {
  return (
    error instanceof Error && 'type' in error && typeof error.type === 'string' && /^Stripe\w*Error$/.test(error.type)
  );
}
