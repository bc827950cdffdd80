import { describe, expect, it } from 'vitest';
import { type PushCase, pushStanding } from './push-standing.js';

const NOW = new Date('2026-11-25T12:00:00Z');
const ago = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);
const ALLOWED = { canPush: true, expectedEndTimestamp: null, reason: 'Active plan', serverFeatureLevel: 300 };
const TOO_MANY = { ...ALLOWED, canPush: false, reason: 'Push notifications access with 10+ users requires a plan.' };
const MISSING = { ...ALLOWED, canPush: false, reason: 'Missing data' };

const A_CASE: PushCase = {
  ...{ now: NOW, isServer: true, realms: 0, permission: ALLOWED, deactivatedAt: undefined, uploadedAt: ago(1) },
  ...{ registeredAt: ago(900), lastRequestAt: ago(1), outgrownAt: null, freeSince: null, users: 20 },
  ...{ staleHours: 48, freeUsers: 10, failed: 0, delivered: 0 },
};

const CASES: readonly [string, Partial<PushCase>, string, Date | null][] = [
  ['all is well', {}, 'ok Allowed', null],
  ['a deactivated server', { deactivatedAt: ago(5), permission: MISSING }, 'bad Refused: deactivated', ago(5)],
  ['an old upload', { permission: MISSING, uploadedAt: ago(60) }, 'bad Refused: missing data', ago(12)],
  ['no upload', { permission: MISSING, uploadedAt: null }, 'bad Refused: missing data', ago(900)],
  ['growth', { permission: TOO_MANY, outgrownAt: ago(30) }, 'bad Refused: too many users without a plan', ago(30)],
  [
    'an end of a plan',
    { permission: TOO_MANY, outgrownAt: ago(30), freeSince: ago(3) },
    'bad Refused: too many users without a plan',
    ago(3),
  ],
  ['growth nobody saw', { permission: TOO_MANY }, 'bad Refused: too many users without a plan', null],
  [
    'a server with organizations',
    { permission: TOO_MANY, realms: 2 },
    'warn Refused as a whole: too many users without a plan',
    null,
  ],
  ['silence', { lastRequestAt: ago(25) }, 'warn Allowed, but the server is silent', ago(25)],
  ['no request ever', { lastRequestAt: null }, 'warn Allowed, but never used', null],
  ['an organization that is quiet', { isServer: false, lastRequestAt: null }, 'ok Allowed', null],
  ['more failures than deliveries', { failed: 5, delivered: 4 }, 'warn Allowed, but most pushes fail', null],
  ['some failures', { failed: 4, delivered: 5 }, 'ok Allowed', null],
  [
    'an announced end',
    { permission: { ...ALLOWED, expectedEndTimestamp: 1_798_761_600 } },
    'warn Allowed until 2027-01-01',
    null,
  ],
];

describe('what an operator hears first of pushes', () => {
  it.each(CASES)('with %s', (_, given, words, since) => {
    const standing = pushStanding({ ...A_CASE, ...given });
    expect([`${standing.kind} ${standing.text}`, standing.since]).toEqual([words, since]);
    expect(standing.advice).not.toBe('');
  });
});
