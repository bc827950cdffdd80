import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { Clock } from '../../common/clock.js';
import { ProviderToken } from './provider-token.js';

class SetClock extends Clock {
  at = Date.parse('2026-03-01T12:00:00Z');
  now(): Date {
    return new Date(this.at);
  }
}

function aToken() {
  const clock = new SetClock();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { clock, token: new ProviderToken(privateKey, 'KEY', 'TEAM', clock) };
}
const MINUTE = 60_000;

describe('ProviderToken', () => {
  it('is signed once for many requests', async () => {
    const { token } = aToken();
    const tokens = await Promise.all(Array.from({ length: 50 }, () => token.get()));
    expect(new Set(tokens).size).toBe(1);
  });

  it('is kept for 50 minutes, then signed with the new time', async () => {
    const { clock, token } = aToken();
    const first = await token.get();
    clock.at += 50 * MINUTE - 1;
    expect(await token.get()).toBe(first);
    clock.at += 1;
    const second = await token.get();
    expect(decodeJwt(second).iat).toBe(clock.seconds());
  });

  it('is signed afresh when the clock was set back', async () => {
    const { clock, token } = aToken();
    await token.get();
    clock.at -= MINUTE;
    expect(decodeJwt(await token.get()).iat).toBe(clock.seconds());
  });

  it('is given up once when called expired, and an older one does not count', async () => {
    const { token } = aToken();
    const first = await token.get();
    expect(token.expired(first)).toBe(true);
    const second = await token.get();
    expect(second).not.toBe(first);
    expect(token.expired(first)).toBe(true);
    expect(await token.get()).toBe(second);
    expect(token.expired(second)).toBe(false);
    expect(await token.get()).toBe(second);
  });
});
