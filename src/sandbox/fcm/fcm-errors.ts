/**
 * Google's answers to a refused message: HTTP status, `error.status` and `FcmError.errorCode` ("ErrorCode" of the FCM HTTP v1
 * reference, and google.rpc.Status).
 */
export const FCM_ERRORS = {
  UNREGISTERED: { code: 404, status: 'NOT_FOUND', message: 'Requested entity was not found.' },
  INVALID_ARGUMENT: {
    code: 400,
    status: 'INVALID_ARGUMENT',
    message: 'The registration token is not a valid FCM registration token',
  },
  SENDER_ID_MISMATCH: { code: 403, status: 'PERMISSION_DENIED', message: 'SenderId mismatch' },
  QUOTA_EXCEEDED: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded.' },
  UNAVAILABLE: { code: 503, status: 'UNAVAILABLE', message: 'The service is currently unavailable.' },
  INTERNAL: { code: 500, status: 'INTERNAL', message: 'Internal error encountered.' },
  THIRD_PARTY_AUTH_ERROR: {
    code: 401,
    status: 'UNAUTHENTICATED',
    message: 'Auth error from APNS or Web Push Service',
  },
} as const;

export type FcmErrorCode = keyof typeof FCM_ERRORS;

export interface GoogleError {
  readonly code: number;
  readonly message: string;
  readonly status: string;
  readonly details?: readonly Readonly<Record<string, unknown>>[];
}

/** The error of FCM itself for one of its codes. */
export function fcmError(errorCode: FcmErrorCode, message?: string): GoogleError {
  const known = FCM_ERRORS[errorCode];
  return {
    ...known,
    ...(message === undefined ? {} : { message }),
    details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }],
  };
}

/** What Google's front end says to a body that does not fit the schema: no FcmError, but the field at fault. */
export function badRequest(message: string, field?: string): GoogleError {
  const fieldViolations = [{ ...(field ? { field } : {}), description: message }];
  return {
    code: 400,
    message,
    status: 'INVALID_ARGUMENT',
    details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations }],
  };
}

/** A missing, unknown, expired or revoked bearer token. */
export function unauthenticated(): GoogleError {
  return {
    code: 401,
    message:
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    status: 'UNAUTHENTICATED',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'ACCESS_TOKEN_TYPE_UNSUPPORTED',
        domain: 'googleapis.com',
      },
    ],
  };
}

/** A good token of an account that may not send for this project. */
export function permissionDenied(project: string): GoogleError {
  return {
    code: 403,
    message: `Permission 'cloudmessaging.messages.create' denied on resource '//cloudresourcemanager.googleapis.com/projects/${project}' (or it may not exist).`,
    status: 'PERMISSION_DENIED',
  };
}
