import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { LocalLimits } from '../../src/protocol/rate-limit/local-limits.js';
import { RedisLimits } from '../../src/protocol/rate-limit/redis-limits.js';
import { callApi } from '../support/api-client.js';
import { MovableClock } from '../support/movable-clock.js';
import { lacks } from '../support/optional.js';
import { TestRedis } from '../support/redis.js';
import { TestService } from '../support/service.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function aRedis(): Promise<TestRedis> {
  const redis = await TestRedis.start();
  closers.push(() => redis.stop());
  return redis;
}

/** Longer than a busy machine keeps Redis from answering, milliseconds: for tests in which it always answers in the end. */
const PATIENT = 10_000;

async function limitsOf(url: string, deadline?: number): Promise<RedisLimits> {
  const limits = new RedisLimits(url, new LocalLimits(new MovableClock()), undefined, deadline);
  closers.push(() => limits.onApplicationShutdown());
  await limits.onModuleInit();
  return limits;
}

const outcomes = async (limits: RedisLimits, times: number, ttl = 60_000, limit = 5) => {
  const all = [];
  for (let i = 0; i < times; i++) all.push((await limits.increment('server:1', ttl, limit)).isBlocked);
  return all;
};

describe.skipIf(lacks('redis'))('with Redis', () => {
  it('counts in the same way as in the process, and lets a client through that waits as told', async () => {
    const limits = await limitsOf((await aRedis()).url, PATIENT);
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await limits.increment('k', 2_000, 3));
    expect(answers.map(({ isBlocked, totalHits }) => [isBlocked, totalHits])).toEqual([
      [false, 1],
      [false, 2],
      [false, 3],
      [true, 3],
    ]);
    const wait = answers[3]?.timeToBlockExpire ?? 0;
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(2_000);
    await sleep(wait + 1);
    expect((await limits.increment('k', 2_000, 3)).isBlocked).toBe(false);
  });

  it('adds up what all nodes count', async () => {
    const redis = await aRedis();
    const env = { REDIS_URL: redis.url, RATE_LIMIT_PER_MINUTE: '6' };
    const one = await TestService.start({ env });
    closers.push(() => one.stop());
    const other = await createApp({ settings: one.settings, databaseUrl: one.databaseUrl });
    closers.push(() => other.close());
    await other.listen(0, '127.0.0.1');
    const auth = await one.addServer();
    const statuses = [];
    for (let i = 0; i < 4; i++) {
      for (const origin of [one.origin, await other.getUrl()]) {
        const request = { auth, form: { user_id: 1 } };
        statuses.push((await callApi(origin, '/api/v1/remotes/push/unregister/all', request)).status);
      }
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
    // Each node has been told how long that is true, and does not ask again before: also where Redis stops to answer.
    redis.stall();
    for (const origin of [one.origin, await other.getUrl()]) {
      const answer = await callApi(origin, '/api/v1/remotes/push/unregister/all', { auth, form: { user_id: 1 } });
      expect([answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([429, true]);
    }
    redis.resume();
  });

  it('counts alone while Redis is gone, and together again when it is back', async () => {
    const redis = await aRedis();
    const limits = await limitsOf(redis.url, PATIENT);
    expect(await outcomes(limits, 6)).toEqual([false, false, false, false, false, true]);
    await redis.kill();
    // The process has counted nothing itself yet: its own limit begins.
    expect(await outcomes(limits, 6)).toEqual([false, false, false, false, false, true]);
    await redis.start();
    // The new server has counted nothing: as soon as it is asked, requests pass again.
    while ((await outcomes(limits, 1))[0]) await sleep(50);
    expect(await outcomes(limits, 4)).toEqual([false, false, false, false]);
    expect(await outcomes(limits, 1)).toEqual([true]);
  });

  it('knows whether Redis answers', async () => {
    const redis = await aRedis();
    const limits = await limitsOf(redis.url);
    expect(await limits.answers()).toBe(true);
    redis.stall();
    expect(await limits.answers()).toBe(false);
    redis.resume();
    while (!(await limits.answers())) await sleep(50);
    await redis.kill();
    expect(await limits.answers()).toBe(false);
  });

  it('waits for a Redis that has stalled only once in a while', async () => {
    const redis = await aRedis();
    const limits = await limitsOf(redis.url);
    expect(await outcomes(limits, 3)).toEqual([false, false, false]);
    redis.stall();
    expect(await outcomes(limits, 6)).toEqual([false, false, false, false, false, true]);
    redis.resume();
    while ((await outcomes(limits, 1))[0]) await sleep(50);
  });
});

it('starts and limits without a Redis that answers', async () => {
  const service = await TestService.start({ env: { REDIS_URL: 'redis://127.0.0.1:1', RATE_LIMIT_PER_MINUTE: '2' } });
  closers.push(() => service.stop());
  const auth = await service.addServer();
  const statuses = [];
  for (let i = 0; i < 3; i++) {
    statuses.push((await service.call('push/unregister/all', { auth, form: { user_id: 1 } })).status);
  }
  expect(statuses).toEqual([200, 200, 429]);
});
