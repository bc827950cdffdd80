import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { Clock } from '../../common/clock.js';
import { ProviderToken } from './provider-token.js';
import { type ApnsSigningKey, MemoryTokenStore, type ProviderTokenStore } from './provider-token-store.js';
import { openToken, sealToken } from './token-seal.js';

class SetClock extends Clock {
  at = Date.parse('2026-03-01T12:00:00Z');
  now(): Date {
    return new Date(this.at);
  }
}

const MINUTE = 60_000;
const aKey = (): ApnsSigningKey => ({
  key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  keyId: 'KEY',
  teamId: 'TEAM',
});

/** Nodes with clocks of their own that share a key and a store. */
function nodes(count: number, store: ProviderTokenStore = new MemoryTokenStore()) {
  const key = aKey();
  const states: boolean[] = [];
  return Array.from({ length: count }, () => {
    const clock = new SetClock();
    return { clock, states, token: new ProviderToken(key, clock, store, (works) => void states.push(works)) };
  });
}
const aToken = () => nodes(1)[0]!;

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
    expect(token.issuedAt).toBe(clock.at);
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
    expect(await Promise.all([token.expired(first), token.expired(first)])).toEqual([true, true]);
    const second = await token.get();
    expect(second).not.toBe(first);
    expect(await token.expired(first)).toBe(true);
    expect(await token.get()).toBe(second);
    expect(await token.expired(second)).toBe(false);
    expect(await token.get()).toBe(second);
  });

  it('is one for all nodes, also when they start together', async () => {
    const three = nodes(3);
    const together = await Promise.all(three.map(({ token }) => token.get()));
    expect(new Set(together).size).toBe(1);
    for (const { clock } of three) clock.at += 51 * MINUTE;
    const renewed = await Promise.all(three.map(({ token }) => token.get()));
    expect(new Set(renewed).size).toBe(1);
    expect(renewed[0]).not.toBe(together[0]);
  });

  it('is given up early once in 20 minutes by all nodes together, who then share the new one', async () => {
    const [a, b] = nodes(2) as [ReturnType<typeof aToken>, ReturnType<typeof aToken>];
    const first = await a.token.get();
    await b.token.get();
    expect(await Promise.all([a.token.expired(first), b.token.expired(first)])).toEqual([true, true]);
    const second = await a.token.get();
    expect(second).not.toBe(first);
    expect(await b.token.get()).toBe(second);
    a.clock.at += 19 * MINUTE;
    expect(await a.token.expired(second)).toBe(false);
    b.clock.at += 21 * MINUTE;
    expect(await b.token.expired(second)).toBe(true);
    expect(await b.token.get()).not.toBe(second);
  });

  it('is signed alone while the store fails or hangs, and shared again afterwards', async () => {
    const store = new MemoryTokenStore();
    let fault: 'none' | 'fails' | 'hangs' = 'fails';
    const through = <T>(answer: () => Promise<T>): Promise<T> => {
      if (fault === 'hangs') return new Promise(() => undefined);
      return fault === 'fails' ? Promise.reject(new Error('down')) : answer();
    };
    const broken: ProviderTokenStore = {
      read: (key) => through(() => store.read(key)),
      replace: (key, seen, next) => through(() => store.replace(key, seen, next)),
    };
    const [a, b] = nodes(2, broken) as [ReturnType<typeof aToken>, ReturnType<typeof aToken>];
    const own = await a.token.get();
    expect(await a.token.get()).toBe(own);
    expect(a.states).toEqual([false]);
    expect(await b.token.get()).not.toBe(own);
    fault = 'hangs';
    for (const { clock } of [a, b]) clock.at += 51 * MINUTE;
    expect(decodeJwt(await a.token.get()).iat).toBe(a.clock.seconds());
    fault = 'none';
    for (const { clock } of [a, b]) clock.at += 51 * MINUTE;
    const shared = await a.token.get();
    expect(await b.token.get()).toBe(shared);
    expect(a.states.at(-1)).toBe(true);
  });

  it('takes the place of a kept one that another key sealed', async () => {
    const store = new MemoryTokenStore();
    const old = aKey();
    await store.replace(old, undefined, { token: 'unreadable', issuedAt: new SetClock().at });
    const blind: ProviderTokenStore = {
      read: async (key) => {
        const kept = await store.read(key);
        return kept?.token === 'unreadable' ? { ...kept, token: undefined } : kept;
      },
      replace: (key, seen, next) => store.replace(key, seen, next),
    };
    const [a, b] = nodes(2, blind) as [ReturnType<typeof aToken>, ReturnType<typeof aToken>];
    const token = await a.token.get();
    expect(token).not.toBe('unreadable');
    expect(await b.token.get()).toBe(token);
  });
});

describe('a sealed token', () => {
  it('is opened by the same key only, and never looks the same', async () => {
    const key = aKey();
    const sealed = await sealToken(key, 'a.b.c');
    expect(await openToken(key, sealed)).toBe('a.b.c');
    expect(await sealToken(key, 'a.b.c')).not.toBe(sealed);
    expect(await openToken({ ...key, keyId: 'OTHER' }, sealed)).toBeUndefined();
    expect(await openToken(aKey(), sealed)).toBeUndefined();
    expect(await openToken(key, 'not sealed at all')).toBeUndefined();
    expect(sealed).not.toContain(Buffer.from('a.b.c').toString('base64url'));
  });
});
