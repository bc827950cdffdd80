import { describe, expect, it } from 'vitest';
import type { PushFailureSum } from '../../registration/counts/push-history.js';
import { pushRemarks } from './push-remarks.js';
import type { PushFacts } from './push-status.js';

const NOW = new Date('2026-05-17T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);
const NOTHING_FAILED = { 'token-gone': 0, rejected: 0, 'try-later': 0, 'not-configured': 0 };
const days = (received: number) => [{ day: '2026-05-17', received, delivered: received, failed: NOTHING_FAILED }];

/** All is well with 8 users, unless said otherwise. */
function facts(given: Partial<PushFacts> = {}, canPush = true, reason = 'No plan few users', end?: number): PushFacts {
  return {
    now: NOW,
    permission: { canPush, reason, expectedEndTimestamp: end ?? null, serverFeatureLevel: 300 },
    uploadedAt: hoursAgo(1),
    isStale: false,
    version: '10.0',
    featureLevel: 300,
    lastRequestAt: NOW,
    people: { users: 8, guests: 1 },
    devices: { apple: 1, android: 1 },
    configured: { apns: true, fcm: true },
    days: days(3),
    failures: [],
    realms: [],
    policy: { freeUsers: 10, auditLogStaleHours: 48 },
    ...given,
  };
}

const codes = (of: PushFacts) => pushRemarks(of).map(({ code, severity }) => `${severity} ${code}`);

describe('remarks about pushes', () => {
  const CASES: readonly (readonly [string, PushFacts, string[]])[] = [
    ['all is well', facts(), ['ok allowed']],
    [
      'there are too many users',
      facts({ people: { users: 11, guests: 0 } }, false, 'Plan!'),
      ['problem too-many-users'],
    ],
    [
      'nothing was uploaded',
      facts({ uploadedAt: null, isStale: true }, false, 'Missing data'),
      ['problem missing-data'],
    ],
    [
      'the last upload is too old',
      facts({ uploadedAt: hoursAgo(49), isStale: true }, false, 'Missing data'),
      ['problem missing-data'],
    ],
    ['an upload is late', facts({ uploadedAt: hoursAgo(25) }), ['ok allowed', 'warning uploads-late']],
    [
      'there is a plan, and no upload',
      facts({ uploadedAt: null, isStale: true }, true, 'Active plan'),
      ['ok allowed', 'warning uploads-late'],
    ],
    ['the plan ends', facts({}, true, 'Scheduled end', 1_800_000_000), ['warning plan-ends']],
    ['nobody has a phone', facts({ devices: { apple: 0, android: 0 } }), ['ok allowed', 'problem no-devices']],
    ['the server sends nothing', facts({ days: days(0) }), ['ok allowed', 'warning nothing-sent']],
  ];

  it.each(CASES)('when %s', (_, given, expected) => {
    expect(codes(given)).toEqual(expected);
  });

  it('say of every refusal by a provider what it means, and what to do', () => {
    const failure = (kind: PushFailureSum['kind'], pushes: number): PushFailureSum => {
      return { provider: 'apns', kind, pushes, lastDay: '2026-05-16' };
    };
    const failures = [
      failure('token-gone', 3),
      failure('rejected', 1),
      failure('try-later', 1_200),
      failure('not-configured', 2),
    ];
    const [, ...remarks] = pushRemarks(facts({ failures }));
    expect(remarks.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'problem apns-rejected',
      'problem apns-not-configured',
      'warning apns-try-later',
      'ok apns-token-gone',
    ]);
    expect(remarks.map(({ text }) => text)).toEqual([
      'Apple refused 1 push for good (in the last 7 days, most recently on 2026-05-16).',
      '2 pushes for iPhones and iPads went nowhere, since this service has no access to Apple (in the last 7 days, most recently on 2026-05-16).',
      'Apple did not take 1,200 pushes at once, because of an outage or too many at a time (in the last 7 days, most recently on 2026-05-16).',
      'Apple refused 3 pushes as unregistered, since the app is no longer installed there (in the last 7 days, most recently on 2026-05-16).',
    ]);
    expect(remarks.filter(({ advice }) => advice === '')).toEqual([]);
  });
});
