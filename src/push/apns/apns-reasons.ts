import type { PushOutcome } from '../push-outcome.js';

/**
 * What a reason word means here. `gone`: the token is dead; `rejected`: this message will never be taken; `credential`: our key
 * or certificate is refused, rejected likewise but an operator is told; `later`: not taken, and not to be repeated at once;
 * `again`: a fault of the service that may be over in a moment; `renew`: the provider token must be signed afresh.
 */
export type ApnsMeaning = 'gone' | 'rejected' | 'credential' | 'later' | 'again' | 'renew' | 'token-updates';

/**
 * Every reason of Apple's documentation ("Handling notification responses from APNs", Response error strings). That only three
 * of them remove a device is a rule of this protocol: `ExpiredToken` is not among them.
 */
export const APNS_REASONS: Readonly<Record<string, ApnsMeaning>> = {
  // 400
  BadCollapseId: 'rejected',
  BadDeviceToken: 'gone',
  BadExpirationDate: 'rejected',
  BadMessageId: 'rejected',
  BadPriority: 'rejected',
  BadTopic: 'rejected',
  DeviceTokenNotForTopic: 'gone',
  DuplicateHeaders: 'rejected',
  IdleTimeout: 'again',
  InvalidPushType: 'rejected',
  MissingDeviceToken: 'rejected',
  MissingTopic: 'rejected',
  PayloadEmpty: 'rejected',
  TopicDisallowed: 'rejected',
  // 400, broadcast channels, which are not used here
  BadChannelId: 'rejected',
  ChannelNotRegistered: 'rejected',
  FeatureNotEnabled: 'rejected',
  MissingChannelId: 'rejected',
  // 403
  BadCertificate: 'credential',
  BadCertificateEnvironment: 'credential',
  BadEnvironmentKeyIdInToken: 'credential',
  // The same, as the servers spell it.
  BadEnvironmentKeyInToken: 'credential',
  ExpiredProviderToken: 'renew',
  Forbidden: 'credential',
  InvalidProviderToken: 'credential',
  MissingProviderToken: 'credential',
  UnrelatedKeyIdInToken: 'credential',
  // 404, 405
  BadPath: 'rejected',
  MethodNotAllowed: 'rejected',
  // 410
  ExpiredToken: 'rejected',
  Unregistered: 'gone',
  // 413
  PayloadTooLarge: 'rejected',
  // 429
  TooManyProviderTokenUpdates: 'token-updates',
  TooManyRequests: 'later',
  // 500, 503
  InternalServerError: 'again',
  ServiceUnavailable: 'again',
  Shutdown: 'again',
};

/** What an answer of Apple's means; undefined: its reason is not in the table and its status says nothing either. */
export function apnsMeaning(status: number, reason: string): ApnsMeaning | undefined {
  const known = Object.hasOwn(APNS_REASONS, reason) ? APNS_REASONS[reason] : undefined;
  if (known) return known;
  if (status === 429) return 'later';
  return status >= 500 ? 'again' : undefined;
}

/** The reason and time in the JSON body of a refusal; a body of any other form gives the status as the reason. */
export function apnsRefusal(status: number, body: string): { readonly reason: string; readonly since?: Date } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    parsed = undefined;
  }
  const { reason, timestamp } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<
    string,
    unknown
  >;
  return {
    reason: typeof reason === 'string' && reason !== '' ? reason : `Status${status}`,
    // Milliseconds since the epoch, sent with 410 only.
    ...(status === 410 && typeof timestamp === 'number' && timestamp > 0 ? { since: new Date(timestamp) } : {}),
  };
}

/** The outcome of a refusal. `retryAfter`: seconds Apple asked to wait. */
export function apnsOutcome(
  meaning: ApnsMeaning | undefined,
  reason: string,
  since: Date | undefined,
  retryAfter: number | undefined,
): PushOutcome {
  if (meaning === 'gone') return { kind: 'token-gone', reason, ...(since ? { since } : {}) };
  if (meaning === 'later' || meaning === 'again' || meaning === 'renew' || meaning === 'token-updates') {
    return { kind: 'try-later', reason, ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }) };
  }
  return { kind: 'rejected', reason };
}
