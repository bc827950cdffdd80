import { PAGE_ERRORS } from './page-errors.js';

/** One kind of error that a client may be told: its HTTP status, the `code` of the answer, and the text with `{placeholders}`. */
export interface ErrorDefinition {
  readonly status: number;
  /** Absent where the protocol's answer carries none. */
  readonly code?: string;
  readonly msg: string;
}

/**
 * Every error the service answers, by a stable name of our own. Texts and codes are part of the wire protocol: real Zulip
 * servers show them to their administrators or act on them, so they change only with the protocol. README.md lists them, and a
 * test compares the two.
 */
export const ERROR_CATALOGUE = {
  'auth.header-missing': { status: 401, code: 'UNAUTHORIZED', msg: 'Missing authorization header for basic auth' },
  'auth.header-invalid': { status: 401, code: 'UNAUTHORIZED', msg: 'Invalid authorization header for basic auth' },
  'auth.not-basic': { status: 400, code: 'BAD_REQUEST', msg: 'This endpoint requires HTTP basic authentication.' },
  'auth.user-key': { status: 400, code: 'BAD_REQUEST', msg: 'Must validate with valid Zulip server API key' },
  'auth.server-unknown': {
    status: 401,
    code: 'UNAUTHORIZED',
    msg: 'Zulip server auth failure: {role} is not registered -- did you run `manage.py register_server`?',
  },
  'auth.key-mismatch': {
    status: 401,
    code: 'UNAUTHORIZED',
    msg: 'Zulip server auth failure: key does not match role {role}',
  },
  'auth.server-deactivated': {
    status: 401,
    code: 'UNAUTHORIZED',
    msg: 'The mobile push notification service registration for your server has been deactivated',
  },
  'auth.wrong-host': {
    status: 401,
    code: 'UNAUTHORIZED',
    msg: 'Invalid subdomain for push notifications bouncer',
  },

  'http.method-not-allowed': { status: 405, msg: 'Method Not Allowed' },
  'http.not-found': { status: 404, code: 'BAD_REQUEST', msg: 'Not found' },
  'http.body-too-large': { status: 413, code: 'BAD_REQUEST', msg: 'Request body is too large (limit: 25 MiB)' },
  'http.bad-request': { status: 400, code: 'BAD_REQUEST', msg: 'Malformed request' },
  'http.too-slow': { status: 408, code: 'BAD_REQUEST', msg: 'The request took too long to arrive' },
  'http.headers-too-large': { status: 431, code: 'BAD_REQUEST', msg: 'The request header is too large' },
  'http.unavailable': { status: 503, code: 'INTERNAL_SERVER_ERROR', msg: 'Service temporarily unavailable' },
  'http.internal': { status: 500, msg: 'Internal server error' },

  ...PAGE_ERRORS,

  'params.missing': { status: 400, code: 'REQUEST_VARIABLE_MISSING', msg: "Missing '{name}' argument" },
  'params.duplicate': { status: 400, code: 'BAD_REQUEST', msg: "Duplicate '{name}' argument" },
  'params.malformed-form': { status: 400, code: 'BAD_REQUEST', msg: 'Malformed form data' },
  'params.malformed-json': { status: 400, code: 'BAD_REQUEST', msg: 'Malformed JSON' },
  'params.not-json': { status: 400, code: 'BAD_REQUEST', msg: '{name} is not valid JSON' },
  'params.not-of-type': { status: 400, code: 'BAD_REQUEST', msg: '{name} is not {type}' },
  'params.blank': { status: 400, code: 'BAD_REQUEST', msg: '{name} cannot be blank' },
  'params.too-long': { status: 400, code: 'BAD_REQUEST', msg: '{name} is too long (limit: {limit} characters)' },
  'params.not-length': { status: 400, code: 'BAD_REQUEST', msg: '{name} is not length {length}' },
  'params.format': { status: 400, code: 'BAD_REQUEST', msg: '{name} has invalid format' },
  'params.out-of-range': { status: 400, code: 'BAD_REQUEST', msg: '{name} is out of range' },
  'params.not-allowed': { status: 400, code: 'BAD_REQUEST', msg: 'Invalid {name}' },
  'params.unexpected-key': { status: 400, code: 'BAD_REQUEST', msg: 'Argument "{key}" at {name} is unexpected' },
  'params.value': { status: 400, code: 'BAD_REQUEST', msg: 'Invalid {name}: Value error, {detail}' },
  'params.field-missing': { status: 400, code: 'BAD_REQUEST', msg: '{name} field is missing' },

  'registration.hostname': { status: 400, code: 'BAD_REQUEST', msg: '{problem}' },
  'registration.email': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'Invalid server administrator email address: {reason}',
  },
  'registration.uuid': { status: 400, code: 'BAD_REQUEST', msg: 'Invalid UUID' },
  'registration.key-mismatch': {
    status: 400,
    code: 'INVALID_ZULIP_SERVER',
    msg: 'Zulip server auth failure: key does not match role {role}',
  },
  'registration.deactivated': {
    status: 401,
    code: 'REALM_DEACTIVATED',
    msg: 'The mobile push notification service registration for your server has been deactivated',
  },
  'registration.hostname-taken': {
    status: 400,
    code: 'HOSTNAME_ALREADY_IN_USE_BOUNCER_ERROR',
    msg: 'A server with hostname {hostname} already exists',
  },

  'rate.limited': { status: 429, code: 'RATE_LIMIT_HIT', msg: 'API usage exceeded rate limit' },

  'transfer.budget': {
    status: 429,
    code: 'RATE_LIMIT_HIT',
    msg: 'The global limits on recent usage of this endpoint have been reached. Please try again later or reach out to {support} for assistance.',
  },
  'transfer.not-registered': { status: 400, code: 'BAD_REQUEST', msg: '{hostname} not yet registered' },
  'transfer.not-found': { status: 400, code: 'BAD_REQUEST', msg: 'Registration not found for this hostname' },
  'transfer.ambiguous': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'Several registrations share this hostname. Please contact {support} for assistance.',
  },
  'transfer.not-prepared': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'The host reported it has no verification secret.',
  },
  'transfer.host-status': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'Unexpected status code received from the host: {status}',
  },
  'transfer.host-tls': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'SSL error occurred while communicating with the host.',
  },
  'transfer.host-connection': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'Connection error occurred while communicating with the host.',
  },
  'transfer.host-timeout': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'The request timed out while communicating with the host.',
  },
  'transfer.host-failure': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'An error occurred while communicating with the host.',
  },
  'transfer.host-answer': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'An error occurred while parsing the response from the host.',
  },
  'transfer.secret-malformed': { status: 400, code: 'BAD_REQUEST', msg: 'The verification secret is malformed' },
  'transfer.secret-invalid': { status: 400, code: 'BAD_REQUEST', msg: 'The verification secret is invalid' },
  'transfer.secret-expired': { status: 400, code: 'BAD_REQUEST', msg: 'The verification secret has expired' },
  'transfer.secret-other-host': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'The verification secret is for a different hostname',
  },

  'realm.missing': { status: 403, code: 'MISSING_REMOTE_REALM', msg: 'Organization not registered' },
  'realm.other-server': {
    status: 403,
    code: 'REMOTE_REALM_SERVER_MISMATCH_ERROR',
    msg: 'Your organization is registered to a different Zulip server. Please contact Zulip support for assistance in resolving this issue.',
  },
  'realm.duplicate': { status: 400, code: 'BAD_REQUEST', msg: 'Duplicate registration detected.' },

  'upload.property': { status: 400, code: 'BAD_REQUEST', msg: 'Invalid property {property}' },
  'upload.event-type': { status: 400, code: 'BAD_REQUEST', msg: 'Invalid event type.' },
  'upload.out-of-order': { status: 400, code: 'BAD_REQUEST', msg: 'Data is out of order.' },
  'upload.audit-data': { status: 400, code: 'BAD_REQUEST', msg: 'Malformed audit log data' },

  'billing.not-reconciled': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: "Couldn't reconcile billing data between server and realm. Please contact {support}",
  },
  'billing.failed': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'Something went wrong. Please contact {support}.',
  },
  'billing.refused': { status: 400, code: 'BAD_REQUEST', msg: '{problem}' },
  'billing.webhook': { status: 400, code: 'BAD_REQUEST', msg: 'The event was not accepted: {reason}' },

  'device.token-type': { status: 400, code: 'BAD_REQUEST', msg: 'Invalid token type' },
  'device.token-length': { status: 400, code: 'BAD_REQUEST', msg: 'Empty or invalid length token' },
  'device.apns-token': { status: 400, code: 'BAD_REQUEST', msg: 'Invalid APNS token' },
  'device.app-id-missing': { status: 400, code: 'BAD_REQUEST', msg: 'Missing ios_app_id' },
  'device.user-missing': { status: 400, code: 'BAD_REQUEST', msg: 'Missing user_id or user_uuid' },
  'device.user-uuid-missing': { status: 400, code: 'BAD_REQUEST', msg: 'Missing user_uuid' },
  'device.not-found': { status: 400, code: 'BAD_REQUEST', msg: 'Token does not exist' },
  'device.not-recognized': {
    status: 400,
    code: 'INVALID_REMOTE_PUSH_DEVICE_TOKEN',
    msg: 'Device not recognized by the push bouncer',
  },

  'e2ee.public-key': { status: 400, code: 'INVALID_BOUNCER_PUBLIC_KEY', msg: 'Invalid bouncer_public_key' },
  'e2ee.registration': { status: 400, code: 'BAD_REQUEST', msg: 'Invalid encrypted_push_registration' },
  'e2ee.expired': { status: 400, code: 'REQUEST_EXPIRED', msg: 'Request expired' },
  'e2ee.token-id': { status: 400, code: 'BAD_REQUEST', msg: '`token_id` is not Base64 encoded' },
  'e2ee.wrong-kind': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'A push request is for another kind of device than the one it names',
  },

  'push.gcm-option': { status: 400, code: 'BAD_REQUEST', msg: '{problem}' },
  'push.outage': {
    status: 503,
    code: 'PUSH_PROVIDER_UNAVAILABLE',
    msg: 'Neither Apple nor Google could be reached for this notification; send it again later',
  },
  'push.overload': {
    status: 503,
    code: 'PUSH_SERVICE_OVERLOADED',
    msg: 'Too many notifications are being sent at this moment; send it again later',
  },
  'push.removal': { status: 400, code: 'BAD_REQUEST', msg: '{problem}' },
  'push.not-allowed-old-server': {
    status: 400,
    code: 'INVALID_ZULIP_SERVER',
    msg: "Your plan doesn't allow sending push notifications.",
  },
  'push.not-allowed': {
    status: 400,
    code: 'PUSH_NOTIFICATIONS_DISALLOWED',
    msg: "Your plan doesn't allow sending push notifications. Reason provided by the server: {reason}",
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorName = keyof typeof ERROR_CATALOGUE;

/** Keys of an answer beside `result`, `msg` and `code`. */
export type ErrorExtra = Readonly<Record<string, unknown>>;

/**
 * An error meant for the client. Thrown by name; the one filter turns it into the protocol's envelope.
 *
 * @example throw new AppError('params.missing', { name: 'token' }, { var_name: 'token' })
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly definition: ErrorDefinition;
  /** The text for the client. It may quote what the client sent, so it never goes to a log. */
  readonly clientMessage: string;

  constructor(
    readonly errorName: ErrorName,
    values: Readonly<Record<string, string | number>> = {},
    readonly extra: ErrorExtra = {},
    /** Header fields of the answer. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(errorName);
    this.definition = ERROR_CATALOGUE[errorName];
    this.clientMessage = this.definition.msg.replace(/\{(\w+)\}/g, (whole, key: string) =>
      String(values[key] ?? whole),
    );
  }

  get status(): number {
    return this.definition.status;
  }

  /** The JSON object answered. */
  toBody(): Record<string, unknown> {
    const { code } = this.definition;
    return { result: 'error', msg: this.clientMessage, ...(code === undefined ? {} : { code }), ...this.extra };
  }
}
