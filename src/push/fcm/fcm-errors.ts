import { z } from 'zod';
import type { PushOutcome } from '../push-outcome.js';

/**
 * What an error means here. `gone`: the token is dead; `rejected`: this message will never be taken; `credential`: our service
 * account is refused, rejected likewise but an operator is told; `later`: not taken, to be repeated only after the time Google
 * names; `again`: a fault of the service that may be over in a moment; `renew`: the access token is refused.
 */
export type FcmMeaning = 'gone' | 'rejected' | 'credential' | 'later' | 'again' | 'renew';

/** FCM's own error codes (REST reference, ErrorCode): in `details`, they say more than the status. */
export const FCM_ERROR_CODES: Readonly<Record<string, FcmMeaning>> = {
  UNSPECIFIED_ERROR: 'rejected',
  INVALID_ARGUMENT: 'rejected',
  UNREGISTERED: 'gone',
  SENDER_ID_MISMATCH: 'rejected',
  QUOTA_EXCEEDED: 'later',
  UNAVAILABLE: 'again',
  INTERNAL: 'again',
  THIRD_PARTY_AUTH_ERROR: 'rejected',
};

/** Google's general statuses (google.rpc.Code), where no error code of FCM's own is given. */
export const GOOGLE_STATUSES: Readonly<Record<string, FcmMeaning>> = {
  CANCELLED: 'again',
  UNKNOWN: 'again',
  INVALID_ARGUMENT: 'rejected',
  DEADLINE_EXCEEDED: 'again',
  // Without FCM's UNREGISTERED this is a wrong project, not a dead device.
  NOT_FOUND: 'rejected',
  ALREADY_EXISTS: 'rejected',
  PERMISSION_DENIED: 'credential',
  UNAUTHENTICATED: 'renew',
  RESOURCE_EXHAUSTED: 'later',
  FAILED_PRECONDITION: 'rejected',
  ABORTED: 'again',
  OUT_OF_RANGE: 'rejected',
  UNIMPLEMENTED: 'rejected',
  INTERNAL: 'again',
  UNAVAILABLE: 'again',
  DATA_LOSS: 'again',
};

const FCM_ERROR_TYPE = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';

const refusalSchema = z.object({
  error: z.object({
    status: z.string().optional(),
    details: z
      .array(z.looseObject({ '@type': z.string().optional(), errorCode: z.string().optional() }))
      .optional()
      .catch(undefined),
  }),
});

/** The word that names an error and what it means; `meaning` undefined: unknown, and its HTTP status says nothing either. */
export interface FcmRefusal {
  readonly reason: string;
  readonly meaning: FcmMeaning | undefined;
}

/** Reads an answer other than 200. */
export function fcmRefusal(httpStatus: number, body: string): FcmRefusal {
  const { code, status } = errorWords(body);
  if (code !== undefined) {
    return { reason: code, meaning: lookUp(FCM_ERROR_CODES, code) ?? byHttpStatus(httpStatus) };
  }
  if (status !== undefined) {
    return { reason: status, meaning: lookUp(GOOGLE_STATUSES, status) ?? byHttpStatus(httpStatus) };
  }
  return { reason: `Status${httpStatus}`, meaning: byHttpStatus(httpStatus) };
}

/** The outcome of a refusal. `retryAfter`: seconds Google asked to wait. */
export function fcmOutcome(
  meaning: FcmMeaning | undefined,
  reason: string,
  retryAfter: number | undefined,
): PushOutcome {
  if (meaning === 'gone') return { kind: 'token-gone', reason };
  if (meaning === 'later' || meaning === 'again' || meaning === 'renew') {
    return { kind: 'try-later', reason, ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }) };
  }
  return { kind: 'rejected', reason };
}

function errorWords(body: string): { readonly code?: string; readonly status?: string } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return {};
  }
  const parsed = refusalSchema.safeParse(json);
  if (!parsed.success) return {};
  const { details, status } = parsed.data.error;
  const code = details?.find((detail) => detail['@type'] === FCM_ERROR_TYPE)?.errorCode;
  return { ...(code === undefined ? {} : { code }), ...(status === undefined ? {} : { status }) };
}

function lookUp(table: Readonly<Record<string, FcmMeaning>>, word: string): FcmMeaning | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

function byHttpStatus(status: number): FcmMeaning | undefined {
  if (status === 401) return 'renew';
  if (status === 429) return 'later';
  return status >= 500 ? 'again' : undefined;
}
