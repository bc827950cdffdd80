import { afterEach, describe, expect, it } from 'vitest';
import type { PushOutcome } from '../../src/push/push-outcome.js';
import { until } from '../support/scripted-http2.js';
import { ProviderScene, type SceneOptions } from './provider-scene.js';

const BURST = 5000;
/** What a server says that goes away gracefully: it still answers whatever has begun (RFC 9113, 6.8). */
const LAST_STREAM = 2 ** 31 - 1;
const BOTH = ['apns', 'fcm'] as const;

let scene: ProviderScene;
afterEach(() => scene.stop());
const start = async (kind: 'apns' | 'fcm', options?: SceneOptions) => {
  scene = await ProviderScene.start(kind, options);
  return scene;
};

/** Everything sent now arrives, once. */
async function expectRecovery(): Promise<void> {
  let outcomes: PushOutcome[] = [];
  await until(async () => {
    outcomes = await scene.send(scene.tokens(1));
    return outcomes[0]?.kind === 'delivered';
  });
  const tokens = scene.tokens(100);
  const tally = scene.tally('afterwards', tokens, await scene.send(tokens));
  expect(tally).toMatchObject({ delivered: 100, lost: 0, doubled: 0 });
}

/** Sends the burst; every delivery has an outcome that fits what the stand-in saw. */
async function burst(name: string, knowable: boolean, count = BURST) {
  const tokens = scene.tokens(count);
  const tally = scene.tally(name, tokens, await scene.send(tokens));
  expect(tally.delivered + tally.tryLater).toBe(count);
  expect(tally.delivered).toBeGreaterThan(0);
  expect(tally.lost).toBe(0);
  if (knowable) expect(tally).toMatchObject({ doubled: 0, unheard: 0 });
  return { tally, tokens };
}

describe.each(BOTH)('a burst to %s', (kind) => {
  it('arrives once through two GOAWAYs', async () => {
    await start(kind);
    for (const part of [5, 2]) scene.after(BURST / part, () => scene.standIn.goAway(0, LAST_STREAM));
    await burst('GOAWAY', true);
    expect(scene.standIn.sessions.opened).toBeGreaterThanOrEqual(3);
    await expectRecovery();
  });

  it('arrives once although connections are narrowed to one stream and widened again', async () => {
    await start(kind);
    scene.after(BURST / 5, () => scene.standIn.limitStreams(1));
    scene.after(BURST / 5 + 200, () => scene.standIn.limitStreams(200));
    await burst('one stream', true);
    await expectRecovery();
  });

  it('leaves connections that swallow everything', async () => {
    await start(kind);
    scene.after(BURST / 5, () => scene.proxy.halfOpen());
    const { tokens } = await burst('half-open', false);
    expectSameIds(tokens);
    expect(scene.standIn.sessions.opened).toBeGreaterThanOrEqual(2);
    await expectRecovery();
  });

  it('ends as try-later where connections are refused, and the next one arrives', async () => {
    await start(kind);
    await scene.send(scene.tokens(10));
    await scene.proxy.refuse();
    const tokens = scene.tokens(BURST);
    const outcomes = await scene.send(tokens);
    expect(scene.tally('refused connections', tokens, outcomes)).toMatchObject({ tryLater: BURST, unheard: 0 });
    expect(new Set(outcomes.map((outcome) => outcome.kind === 'try-later' && outcome.reason))).toEqual(
      new Set(['unreachable']),
    );
    await scene.proxy.accept();
    await expectRecovery();
  });
});

describe('a burst to apns alone', () => {
  it('arrives once although every hundredth request is refused unprocessed', async () => {
    await start('apns');
    for (let i = 0; i < 40; i++) {
      scene.standIn.script.next(...Array.from({ length: 99 }, () => ({})), { fault: { kind: 'reset' } });
    }
    await burst('refused streams', true);
    await expectRecovery();
  });

  it('loses nothing that counts as delivered when connections break in the middle of an answer', async () => {
    await start('apns');
    for (const part of [5, 3, 2]) scene.after(BURST / part, () => scene.proxy.cutAfter(777));
    const { tokens } = await burst('cut', false);
    // Only what was under way when a connection broke can have been sent again.
    const again = scene.received.length - new Set(scene.received.map(({ token }) => token)).size;
    expect(again).toBeLessThan(BURST);
    expectSameIds(tokens);
    await expectRecovery();
  });

  it('survives a stall of the network', async () => {
    await start('apns');
    scene.after(BURST / 5, () => {
      scene.proxy.stall();
      setTimeout(() => scene.proxy.resume(), 5000);
    });
    const { tokens } = await burst('stall', false);
    expectSameIds(tokens);
    await expectRecovery();
  });
});

/** Apple can tell that a message came twice by its id. */
function expectSameIds(tokens: readonly string[]): void {
  if (scene.kind !== 'apns') return;
  const ids = new Map<string, string | undefined>();
  for (const { token, headers } of scene.received) {
    const known = ids.get(token);
    if (known !== undefined) expect(headers['apns-id']).toBe(known);
    ids.set(token, headers['apns-id']);
  }
  expect(tokens.some((token) => ids.has(token))).toBe(true);
}
