import { describe, expect, it } from 'vitest';
import { APNS_REASONS, apnsMeaning, apnsOutcome, apnsRefusal } from './apns-reasons.js';

/** Every reason with the kind of outcome it must lead to, by hand. */
const EXPECTED: Record<string, string[]> = {
  'token-gone': ['BadDeviceToken', 'DeviceTokenNotForTopic', 'Unregistered'],
  'try-later': [
    'ExpiredProviderToken',
    'IdleTimeout',
    'InternalServerError',
    'ServiceUnavailable',
    'Shutdown',
    'TooManyProviderTokenUpdates',
    'TooManyRequests',
  ],
  rejected: [
    'BadCertificate',
    'BadCertificateEnvironment',
    'BadChannelId',
    'BadCollapseId',
    'BadEnvironmentKeyIdInToken',
    'BadEnvironmentKeyInToken',
    'BadExpirationDate',
    'BadMessageId',
    'BadPath',
    'BadPriority',
    'BadTopic',
    'ChannelNotRegistered',
    'DuplicateHeaders',
    'ExpiredToken',
    'FeatureNotEnabled',
    'Forbidden',
    'InvalidProviderToken',
    'InvalidPushType',
    'MethodNotAllowed',
    'MissingChannelId',
    'MissingDeviceToken',
    'MissingProviderToken',
    'MissingTopic',
    'PayloadEmpty',
    'PayloadTooLarge',
    'TopicDisallowed',
    'UnrelatedKeyIdInToken',
  ],
};

describe("Apple's reasons", () => {
  it.each(Object.entries(EXPECTED))('that lead to %s', (kind, reasons) => {
    const found = Object.entries(APNS_REASONS)
      .filter(([reason, meaning]) => apnsOutcome(meaning, reason, undefined, undefined).kind === kind)
      .map(([reason]) => reason);
    expect(found.toSorted()).toEqual(reasons);
  });

  it('unknown to the table are judged by the status', () => {
    expect(apnsMeaning(400, 'Novelty')).toBeUndefined();
    expect(apnsMeaning(429, 'Novelty')).toBe('later');
    expect(apnsMeaning(502, 'Novelty')).toBe('again');
    expect(apnsMeaning(400, 'constructor')).toBeUndefined();
    expect(apnsOutcome(undefined, 'Novelty', undefined, undefined)).toEqual({ kind: 'rejected', reason: 'Novelty' });
  });

  it('come with the time of the end of a registration in milliseconds', () => {
    const body = '{"reason":"Unregistered","timestamp":1700000000123}';
    expect(apnsRefusal(410, body)).toEqual({ reason: 'Unregistered', since: new Date(1700000000123) });
    expect(apnsRefusal(400, body)).toEqual({ reason: 'Unregistered' });
  });

  it.each(['', 'not json', '[]', 'null', '{"reason":5}'])('are replaced by the status where the body is %j', (body) => {
    expect(apnsRefusal(503, body)).toEqual({ reason: 'Status503' });
  });

  it('keep what the provider asked to wait', () => {
    expect(apnsOutcome('later', 'TooManyRequests', undefined, 7)).toEqual({
      kind: 'try-later',
      reason: 'TooManyRequests',
      retryAfterSeconds: 7,
    });
  });
});
