/** The error object of Stripe's API (docs.stripe.com/api/errors). */
export interface StripeErrorBody {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  readonly message: string;
  readonly code?: string;
  readonly decline_code?: string;
  readonly param?: string;
  readonly charge?: string;
  readonly doc_url?: string;
  readonly payment_method?: unknown;
}

/** A refusal as Stripe words it. */
export class StripeFailure extends Error {
  override readonly name = 'StripeFailure';

  constructor(
    readonly status: number,
    readonly body: StripeErrorBody,
    /** False: the request was turned away before it began, so its idempotency key stays unused. */
    readonly executed = true,
  ) {
    super(body.message);
  }
}

/** A parameter is missing, unknown or malformed: nothing was executed. */
export function invalidParameter(param: string, message: string, code?: string): StripeFailure {
  const body = { type: 'invalid_request_error', message, param, ...(code ? { code } : {}) } as const;
  return new StripeFailure(400, body, false);
}

/** The request is well formed but the object's state does not allow it. */
export function refused(message: string, code?: string): StripeFailure {
  return new StripeFailure(400, { type: 'invalid_request_error', message, ...(code ? { code } : {}) });
}

/** There is no such object. */
export function missing(kind: string, id: string, param = 'id', status = 404): StripeFailure {
  return new StripeFailure(status, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${kind}: '${id}'`,
    param,
    doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
  });
}

/** A charge was refused; the card's holder may read the message. */
export function cardError(code: string, declineCode: string | undefined, message: string, charge?: string) {
  return new StripeFailure(402, {
    type: 'card_error',
    code,
    message,
    ...(declineCode ? { decline_code: declineCode } : {}),
    ...(charge ? { charge } : {}),
    doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`,
  });
}

/** The same key with other parameters. */
export function keyReused(key: string): StripeFailure {
  const message =
    'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
    `Try using a key other than '${key}' if you meant to execute a different request.`;
  return new StripeFailure(400, { type: 'idempotency_error', message }, false);
}

/** The same key while the first request still runs. */
export function keyInUse(key: string): StripeFailure {
  const message = `There is currently another in-progress request using this idempotency key: ${key}.`;
  return new StripeFailure(409, { type: 'idempotency_error', code: 'idempotency_key_in_use', message }, false);
}

/** Too many requests; nothing was executed. */
export function rateLimited(): StripeFailure {
  const message =
    'Request rate limit exceeded. You can learn more about rate limits at https://stripe.com/docs/rate-limits.';
  return new StripeFailure(429, { type: 'invalid_request_error', code: 'rate_limit', message }, false);
}

/** Stripe's own trouble. */
export function internalError(executed: boolean): StripeFailure {
  const message = 'An unknown error occurred.';
  return new StripeFailure(500, { type: 'api_error', message }, executed);
}

/** No key, or a wrong one. */
export function unauthorized(): StripeFailure {
  const message = 'Invalid API Key provided.';
  return new StripeFailure(401, { type: 'invalid_request_error', message }, false);
}
