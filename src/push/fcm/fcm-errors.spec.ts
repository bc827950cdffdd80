import { describe, expect, it } from 'vitest';
import { FCM_ERROR_CODES, fcmOutcome, fcmRefusal, GOOGLE_STATUSES } from './fcm-errors.js';

function refusal(status: string, errorCode?: string): string {
  const details = [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [] },
    ...(errorCode ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }] : []),
  ];
  return JSON.stringify({ error: { code: 400, message: 'm', status, details } });
}
const kindOf = (httpStatus: number, body: string) => {
  const { meaning, reason } = fcmRefusal(httpStatus, body);
  return fcmOutcome(meaning, reason, undefined).kind;
};

describe("FCM's errors", () => {
  it.each([
    ['UNSPECIFIED_ERROR', 'rejected'],
    ['INVALID_ARGUMENT', 'rejected'],
    ['UNREGISTERED', 'token-gone'],
    ['SENDER_ID_MISMATCH', 'rejected'],
    ['QUOTA_EXCEEDED', 'try-later'],
    ['UNAVAILABLE', 'try-later'],
    ['INTERNAL', 'try-later'],
    ['THIRD_PARTY_AUTH_ERROR', 'rejected'],
  ])('%s leads to %s', (code, kind) => {
    expect(kindOf(400, refusal('INVALID_ARGUMENT', code))).toBe(kind);
  });

  it.each([
    ['CANCELLED', 'try-later'],
    ['UNKNOWN', 'try-later'],
    ['INVALID_ARGUMENT', 'rejected'],
    ['DEADLINE_EXCEEDED', 'try-later'],
    ['NOT_FOUND', 'rejected'],
    ['ALREADY_EXISTS', 'rejected'],
    ['PERMISSION_DENIED', 'rejected'],
    ['UNAUTHENTICATED', 'try-later'],
    ['RESOURCE_EXHAUSTED', 'try-later'],
    ['FAILED_PRECONDITION', 'rejected'],
    ['ABORTED', 'try-later'],
    ['OUT_OF_RANGE', 'rejected'],
    ['UNIMPLEMENTED', 'rejected'],
    ['INTERNAL', 'try-later'],
    ['UNAVAILABLE', 'try-later'],
    ['DATA_LOSS', 'try-later'],
  ])('the general status %s leads to %s', (status, kind) => {
    expect(kindOf(400, refusal(status))).toBe(kind);
  });

  it('are all covered above', () => {
    expect(Object.keys(FCM_ERROR_CODES)).toHaveLength(8);
    expect(Object.keys(GOOGLE_STATUSES)).toHaveLength(16);
  });

  it('of a dead device are told from those of a wrong project', () => {
    expect(kindOf(404, refusal('NOT_FOUND', 'UNREGISTERED'))).toBe('token-gone');
    expect(kindOf(404, refusal('NOT_FOUND'))).toBe('rejected');
    expect(kindOf(404, '<html>')).toBe('rejected');
  });

  it.each(['', '<html>', '{}', '{"error":"x"}', 'null'])('are judged by the status where the body is %j', (body) => {
    expect(fcmRefusal(503, body)).toEqual({ reason: 'Status503', meaning: 'again' });
    expect(fcmRefusal(429, body)).toEqual({ reason: 'Status429', meaning: 'later' });
    expect(fcmRefusal(401, body)).toEqual({ reason: 'Status401', meaning: 'renew' });
    expect(fcmRefusal(400, body)).toEqual({ reason: 'Status400', meaning: undefined });
  });

  it('unknown to the table are rejections', () => {
    expect(fcmRefusal(400, refusal('INVALID_ARGUMENT', 'NOVELTY'))).toEqual({ reason: 'NOVELTY', meaning: undefined });
    expect(fcmOutcome(undefined, 'NOVELTY', undefined)).toEqual({ kind: 'rejected', reason: 'NOVELTY' });
  });
});
