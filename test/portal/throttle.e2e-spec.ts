import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { BrowserClient } from '../support/browser-client.js';
import { lacks } from '../support/optional.js';
import { TestRedis } from '../support/redis.js';
import { TestService } from '../support/service.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

// A node whose Redis takes too long counts alone for a while: on a busy machine this is tried again.
describe.skipIf(lacks('redis'))('two nodes with a Redis', () => {
  it('count wrong tries together, and leave no keys of who tried nothing wrong', {
    timeout: 180_000,
    retry: 2,
  }, async () => {
    const redis = await TestRedis.start();
    closers.push(() => redis.stop());
    const service = await TestService.start({ env: { REDIS_URL: redis.url } });
    closers.push(() => service.stop());
    const { settings, databaseUrl, clock } = service;
    const second = await createApp({ settings, databaseUrl, clock });
    closers.push(() => second.close());
    await second.listen(0, '127.0.0.1');
    const server = await service.addServer();
    const browsers = [new BrowserClient(service.origin), new BrowserClient(await second.getUrl())];
    for (const browser of browsers) await browser.open('/serverlogin/');
    const tries = async (key: string, count: number) => {
      const statuses = [];
      for (let i = 0; i < count; i++) {
        const fields = { zulip_org_id: server.uuid, zulip_org_key: key };
        statuses.push((await browsers[i % 2]?.submit('/serverlogin/', fields))?.status);
      }
      return statuses;
    };
    expect(await tries(server.key, 2)).toEqual([200, 200]);
    const client = new Redis(redis.url);
    closers.push(() => client.disconnect());
    const left = await client.keys('*');
    expect(left).toHaveLength(2);
    for (const key of left) expect(await client.pttl(key)).toBeGreaterThan(0);
    expect((await tries('wrong', 24)).filter((status) => status === 429)).toHaveLength(4);
  });
});
