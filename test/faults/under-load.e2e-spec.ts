import { constants } from 'node:http2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import type { BusyHost } from './under-load/busy-host.js';
import { LoadScene } from './under-load/load-scene.js';

/** Each goes to two phones, one of Apple's and one of Google's. */
const NOTIFICATIONS = 25_000;

let database: TestDatabase;
let scene: LoadScene;
beforeAll(async () => {
  database = await createTestDatabase();
  scene = await LoadScene.start(database.url);
});
afterAll(async () => {
  await scene.stop();
  await database.drop();
});

/** What befalls a provider; each is over when it resolves. */
const TROUBLES: Readonly<Record<string, (host: BusyHost) => Promise<void> | void>> = {
  stalls: (host) => host.stall(3_000),
  'refuses streams': (host) => host.reset(300),
  'says goodbye': (host) => host.goAway(),
  'drops to one stream': (host) => host.narrow(2_000),
  'breaks streams off': (host) => host.reset(100, constants.NGHTTP2_INTERNAL_ERROR),
  'is cut off': (host) => host.cut(),
  'says goodbye again': (host) => host.goAway(),
  'has no answer but 503': (host) => host.fail(1_500),
  'refuses connections': (host) => host.refuse(1_500),
};
const STEPS = 2 * Object.keys(TROUBLES).length + 1;

it('50,000 pushes arrive, each once, through providers that stall, reset, say goodbye and drop to one stream in turn', async () => {
  const { apple, google } = scene;
  const troubles = async () => {
    for (const befall of Object.values(TROUBLES)) {
      for (const host of [apple, google]) {
        await host.taken(NOTIFICATIONS / STEPS / 2);
        await befall(host);
      }
    }
    // Until here one phone of each user was reached. Now none is, and servers are told to come again.
    await apple.taken(NOTIFICATIONS / STEPS / 2);
    await Promise.all([apple.refuse(1_500), google.refuse(1_500)]);
  };
  const load = scene.load();
  const sent = await load.run(NOTIFICATIONS, troubles());
  const tally = await scene.tally('50,000 pushes', sent);
  expect(sent.accepted).toBe(sent.notifications);
  expect(Object.keys(sent.answers)).toEqual(['200', '503']);
  for (const sums of Object.values(tally)) {
    expect(sums).toMatchObject({ taken: sent.notifications, missing: 0, doubled: 0 });
  }
}, 240_000);
