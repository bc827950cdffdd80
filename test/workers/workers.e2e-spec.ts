import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { ServiceChild } from '../process/service-child.js';
import { Surroundings } from '../process/surroundings.js';
import { until } from '../support/scripted-http2.js';

let around: Surroundings;
beforeAll(async () => {
  around = await Surroundings.create();
});
afterEach(() => around.endChildren());
afterAll(() => around.remove());

/** The processes that say in their log lines that they listen. */
function listeners(service: ServiceChild): number[] {
  return [...service.stdout.matchAll(/"pid":(\d+)[^\n]*listening on/g)].map(([, pid]) => Number(pid));
}

/** The processes that answered, by the log lines of their requests. */
function answerers(service: ServiceChild): Set<number> {
  return new Set(
    [...service.stdout.matchAll(/"pid":(\d+)[^\n]*"route":"\/health\/live"/g)].map(([, pid]) => Number(pid)),
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** On a connection of its own: whoever accepts that answers. */
const live = (service: ServiceChild) =>
  service.call('/health/live', { method: 'GET', headers: { connection: 'close' } });

it('shares the port among workers, replaces one that is killed, and ends in order', async () => {
  const service = around.spawn({ WORKERS: '2', LOG_LEVEL: 'debug' });
  await until(() => listeners(service).length === 2 || !service.running);
  const workers = listeners(service);
  expect(workers).not.toContain(service.pid);
  // Many at once, so that no worker is fast enough for all of them.
  while (answerers(service).size < 2) await Promise.all(Array.from({ length: 20 }, () => live(service)));
  expect([...answerers(service)].toSorted()).toEqual(workers.toSorted());

  const [victim = 0, survivor = 0] = workers;
  process.kill(victim, 'SIGKILL');
  await until(() => !isAlive(victim));
  for (let i = 0; i < 20; i++) expect((await live(service)).status).toBe(200);
  await until(() => listeners(service).length === 3 || !service.running);
  const replacement = listeners(service)[2] ?? 0;
  while (!answerers(service).has(replacement)) await Promise.all(Array.from({ length: 20 }, () => live(service)));
  expect(isAlive(survivor)).toBe(true);

  expect(await service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  expect([...workers, replacement].filter(isAlive)).toEqual([]);
  expect(service.stderr).toBe('');
  // One secret for all, made before the workers started.
  expect(readdirSync(join(around.directory, 'data')).filter((name) => name.includes('secret'))).toEqual([
    'session-secret',
  ]);
});

it('ends in order when a terminal interrupts all processes at once', async () => {
  const service = around.spawn({ WORKERS: '2' });
  await until(() => listeners(service).length === 2 || !service.running);
  for (const pid of listeners(service)) process.kill(pid, 'SIGINT');
  expect(await service.stop('SIGINT')).toEqual({ code: 0, signal: null });
  expect(listeners(service).filter(isAlive)).toEqual([]);
});

it('leaves no worker behind when it is killed itself', async () => {
  const service = around.spawn({ WORKERS: '2' });
  await until(() => listeners(service).length === 2 || !service.running);
  await service.stop('SIGKILL');
  while (listeners(service).some(isAlive)) await sleep(50);
});

it('does not start where a worker cannot, and says why', async () => {
  const first = await around.spawn({ WORKERS: '1' }).listening();
  const port = new URL(first.origin).port;
  const second = around.spawn({ WORKERS: '2', PORT: port });
  const { code } = await second.ended;
  expect(code).toBe(1);
  expect(second.stdout + second.stderr).toContain('EADDRINUSE');
  await first.stop();
});
