import { afterEach, describe, expect, it } from 'vitest';
import type { PushOutcome } from '../../src/push/push-outcome.js';
import { until } from '../support/scripted-http2.js';
import { ProviderScene, type SceneOptions } from './provider-scene.js';

let scene: ProviderScene;
afterEach(() => scene.stop());
const start = async (kind: 'apns' | 'fcm', options?: SceneOptions) => {
  scene = await ProviderScene.start(kind, options);
  return scene;
};
const BAD = { answer: { reason: 'BadDeviceToken' } } as const;

/** How many outcomes there are of each kind and reason. */
function kinds(outcomes: readonly PushOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const name = 'reason' in outcome ? `${outcome.kind} ${outcome.reason}` : outcome.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('answers that ask to wait', () => {
  it('are waited for where all devices share the cause, and never repeated at once for one device that has too much', async () => {
    await start('apns');
    const tokens = scene.tokens(900);
    for (const [i, token] of tokens.entries()) {
      if (i % 3 === 1) {
        const busy = { answer: { reason: 'ServiceUnavailable', headers: { 'retry-after': '1' } } };
        scene.standIn.script.forToken(token, busy, {});
      }
      if (i % 3 === 2) {
        scene.standIn.script.forToken(token, {
          answer: { reason: 'TooManyRequests', headers: { 'retry-after': '1' } },
        });
      }
    }
    const outcomes = await scene.send(tokens);
    scene.tally('429 and 503 with Retry-After', tokens, outcomes);
    expect(kinds(outcomes)).toEqual({ delivered: 600, 'try-later TooManyRequests': 300 });
    const requests = (i: number) => scene.standIn.receivedFor(tokens[i]!).length;
    expect([requests(0), requests(1), requests(2)]).toEqual([1, 2, 1]);
  });

  it('of Google are handed on where they are too long', async () => {
    await start('fcm');
    scene.standIn.script.otherwise({
      answer: { error: 'QUOTA_EXCEEDED', headers: { 'retry-after': '120' } },
    } as object);
    const outcomes = await scene.send(scene.tokens(5));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'try-later', retryAfterSeconds: 120 });
    expect(scene.received).toHaveLength(5);
    // A spent quota is an answer: it says nothing against the service.
    expect(scene.provider.snapshot().breaker.failures).toBe(0);
  });
});

describe('a breaker', () => {
  it('opens for a provider that fails everybody, answers at once meanwhile, and closes after one probe', async () => {
    await start('apns', { breaker: { firstPauseMs: 1500 } });
    scene.standIn.script.otherwise({ answer: { reason: 'InternalServerError' } } as object);
    await scene.send(scene.tokens(30));
    expect(scene.provider.snapshot().breaker.state).toBe('open');
    expect(scene.logged).toEqual(['APNs keeps failing: sending to it pauses']);
    const before = scene.received.length;
    const refused = await scene.send(scene.tokens(500));
    expect(kinds(refused)).toEqual({ 'try-later breaker-open': 500 });
    expect(refused[0]?.kind === 'try-later' && refused[0].retryAfterSeconds).toBeGreaterThan(0);
    expect(scene.received).toHaveLength(before);
    // While it fails on, a whole burst costs the provider one request.
    await until(() => scene.provider.snapshot().breaker.state === 'half-open');
    expect(kinds(await scene.send(scene.tokens(100)))).toEqual({ 'try-later breaker-open': 100 });
    expect(scene.received).toHaveLength(before + 1);
    scene.standIn.script.clear();
    await until(() => scene.provider.snapshot().breaker.state === 'half-open');
    expect(kinds(await scene.send(scene.tokens(1)))).toEqual({ delivered: 1 });
    expect(kinds(await scene.send(scene.tokens(200)))).toEqual({ delivered: 200 });
    expect(scene.logged.at(-1)).toBe('APNs answers again');
  });

  it('opens for credentials that are refused', async () => {
    await start('fcm');
    scene.standIn.script.otherwise({ answer: { error: 'UNAUTHENTICATED' } } as object);
    await until(async () => {
      await scene.send(scene.tokens(1));
      return scene.provider.snapshot().breaker.state === 'open';
    });
    expect(scene.logged).toContain('FCM refused the credentials: UNAUTHENTICATED');
    expect(kinds(await scene.send(scene.tokens(5)))).toEqual({ 'try-later breaker-open': 5 });
  });

  it('stays closed whatever is said of single devices', async () => {
    await start('apns');
    const reasons = [
      'BadDeviceToken',
      'Unregistered',
      'TooManyRequests',
      'PayloadTooLarge',
      'TopicDisallowed',
      'BadTopic',
    ];
    const tokens = scene.tokens(600);
    for (const [i, token] of tokens.entries()) {
      scene.standIn.script.forToken(token, { answer: { reason: reasons[i % reasons.length] } } as object);
    }
    await scene.send(tokens);
    expect(scene.provider.snapshot().breaker).toMatchObject({ state: 'closed', failures: 0, opened: 0 });
  });
});

describe('provider tokens', () => {
  it('are signed twice at most while our clock is wrong, and work again when it is set right', async () => {
    await start('apns', { apns: { minTokenUpdateMs: 0 } });
    scene.standInClock.advance(2 * 3600);
    const tokens = scene.tokens(500);
    const outcomes = await scene.send(tokens);
    scene.tally('expired provider token', tokens, outcomes);
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['try-later']));
    expect(new Set(scene.received.map(({ headers }) => headers['authorization'])).size).toBe(2);
    expect(scene.logged[0]).toBe('APNs refused the credentials: ExpiredProviderToken');
    scene.clock.advance(2 * 3600);
    await until(async () => (await scene.send(scene.tokens(1)))[0]?.kind === 'delivered');
    expect(kinds(await scene.send(scene.tokens(100)))).toEqual({ delivered: 100 });
  });

  it('go over new connections where Apple finds that one changes them too often', async () => {
    await start('apns');
    expect(kinds(await scene.send(scene.tokens(50)))).toEqual({ delivered: 50 });
    const { opened } = scene.standIn.sessions;
    // Our clock is set back a little: the token in use is from the future now, and its successor comes too early for Apple.
    scene.clock.advance(-45);
    expect(kinds(await scene.send(scene.tokens(50)))).toEqual({ delivered: 50 });
    expect(scene.standIn.sessions.opened).toBeGreaterThan(opened);
    expect(new Set(scene.received.map(({ headers }) => headers['authorization'])).size).toBe(2);
    expect(scene.received.some(({ reason }) => reason === 'TooManyProviderTokenUpdates')).toBe(true);
  });
});

describe('certificates', () => {
  it.each<[string, string, SceneOptions]>([
    ['of an unknown authority', 'CERT_SIGNATURE_FAILURE', { otherAuthority: true }],
    ['for another name', 'ERR_TLS_CERT_ALTNAME_INVALID', { host: '127.0.0.2' }],
  ])('%s get nothing', async (_name, code, options) => {
    await start('apns', options);
    const tokens = scene.tokens(200);
    const outcomes = await scene.send(tokens);
    scene.tally(code, tokens, outcomes);
    expect(kinds(outcomes)).toEqual({ 'try-later unreachable': 200 });
    expect(scene.received).toHaveLength(0);
    expect(scene.logged).toEqual([`APNs cannot be reached: ${code}`]);
  });
});

describe('bad tokens', () => {
  it('and new ones use other connections than those of proven tokens', async () => {
    await start('apns');
    const sessionsOf = (tokens: readonly string[]) =>
      new Set(tokens.flatMap((token) => scene.standIn.receivedFor(token).at(-1)?.session ?? []));
    const [proven, dead, fresh] = [scene.tokens(20), scene.tokens(20), scene.tokens(20)];
    for (const token of dead) scene.standIn.script.forToken(token, BAD as object);
    await scene.send([...proven, ...dead]);
    // They were judged by their age; now the dead ones are known, and the new ones are new.
    const now = scene.clock.now();
    await scene.send([...proven, ...dead]);
    await scene.send(fresh, 40_000, now);
    const main = sessionsOf(proven);
    for (const session of [...sessionsOf(dead), ...sessionsOf(fresh)]) expect(main.has(session)).toBe(false);
    await scene.send(fresh, 40_000, now);
    for (const session of sessionsOf(fresh)) expect(main.has(session)).toBe(true);
    const pools = scene.provider.snapshot().pools;
    expect(pools.map(({ name, sessions }) => [name, sessions > 0])).toEqual([
      ['main', true],
      ['unproven', true],
    ]);
  });
});

describe('what operators are told of credentials', () => {
  it.each([
    ['apns', 'signing-key'],
    ['fcm', 'service-account'],
  ] as const)('of %s is the kind of key, its id and the age of the token', async (provider, kind) => {
    await start(provider);
    expect(scene.provider.credentialFacts()).toEqual({ kind, keyId: expect.any(String) });
    await scene.send(scene.tokens(1));
    scene.clock.advance(600);
    const facts = scene.provider.credentialFacts();
    expect(facts?.tokenAgeSeconds).toBeGreaterThanOrEqual(600);
    expect(facts?.tokenAgeSeconds).toBeLessThan(660);
  });
});
