import { describe, expect, it } from 'vitest';
import type { PushOutcome } from '../push-outcome.js';
import { TokenTrust } from './token-trust.js';

const GONE: PushOutcome = { kind: 'token-gone', reason: 'BadDeviceToken' };
const FINE: PushOutcome = { kind: 'delivered' };
const HOUR = 3_600_000;
const NOW = Date.parse('2026-03-01T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW - hours * HOUR);

/** One delivery: answers whether the token was trusted, and learns what came of it. */
function send(trust: TokenTrust, token: string, registeredAt: Date | undefined, outcome: PushOutcome, now = NOW) {
  const trusted = trust.trusts(token, registeredAt, now);
  trust.learn(token, trusted, outcome, now);
  return trusted;
}

describe('TokenTrust', () => {
  it('trusts what was registered a day ago, or at a time nobody knows', () => {
    const trust = new TokenTrust();
    expect(trust.trusts('old', hoursAgo(24), NOW)).toBe(true);
    expect(trust.trusts('unknown', undefined, NOW)).toBe(true);
    expect(trust.trusts('new', hoursAgo(23), NOW)).toBe(false);
  });

  it('trusts a new token once it was delivered to', () => {
    const trust = new TokenTrust();
    const later: PushOutcome = { kind: 'try-later', reason: 'timeout' };
    expect(send(trust, 'new', hoursAgo(1), later)).toBe(false);
    expect(send(trust, 'new', hoursAgo(1), FINE)).toBe(false);
    expect(send(trust, 'new', hoursAgo(1), FINE)).toBe(true);
  });

  it('does not trust a token that was called dead, for an hour or until it is delivered to', () => {
    const trust = new TokenTrust();
    expect(send(trust, 'a', hoursAgo(100), GONE)).toBe(true);
    expect(send(trust, 'a', hoursAgo(100), FINE)).toBe(false);
    expect(send(trust, 'a', hoursAgo(100), GONE)).toBe(true);
    expect(trust.trusts('a', hoursAgo(100), NOW + HOUR - 1)).toBe(false);
    expect(trust.trusts('a', hoursAgo(100), NOW + HOUR)).toBe(true);
  });

  it('withdraws its trust from a new token that turns out dead', () => {
    const trust = new TokenTrust();
    send(trust, 'a', hoursAgo(1), FINE);
    send(trust, 'a', hoursAgo(1), GONE);
    expect(trust.trusts('a', hoursAgo(1), NOW + 2 * HOUR)).toBe(false);
  });

  it('remembers a bounded number of each', () => {
    const trust = new TokenTrust(10);
    for (let i = 0; i < 15; i++) {
      send(trust, `new ${i}`, hoursAgo(1), FINE);
      send(trust, `dead ${i}`, hoursAgo(100), GONE);
    }
    const kept = Array.from({ length: 15 }, (_, i) => i);
    expect(kept.filter((i) => trust.trusts(`new ${i}`, hoursAgo(1), NOW))).toEqual(kept.slice(5));
    expect(kept.filter((i) => !trust.trusts(`dead ${i}`, hoursAgo(100), NOW))).toEqual(kept.slice(5));
  });
});
