import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/scripted-http2.js';
import type { ServiceChild } from './service-child.js';
import { registerPhones, Surroundings } from './surroundings.js';

let around: Surroundings;
let database: TestDatabase;
beforeAll(async () => {
  around = await Surroundings.create();
  database = await createTestDatabase();
});
afterEach(async () => {
  await around.endChildren();
  around.apns.reset();
  around.fcm.reset();
});
afterAll(async () => {
  await around.remove();
  await database.drop();
});

/** A service that has a notification under way: Google has taken its part, Apple does with the other what the test has said. */
async function withNotificationUnderWay(number: number) {
  const service = await around.startOn(database.url);
  const auth = await registerPhones(service, database.url, { apple: `c0ffee0${number}`, android: `android-${number}` });
  let answered = false;
  const answer = service
    .call('push/notify', { auth, json: { user_id: 10, apns_payload: { alert: 'hi' }, gcm_payload: { event: 'x' } } })
    .then((got) => got.status)
    .catch((error: NodeJS.ErrnoException) => error.code)
    .finally(() => {
      answered = true;
    });
  await until(() => around.fcm.delivered > 0);
  return { service, answer, isAnswered: () => answered };
}

async function untilNotReady(service: ServiceChild): Promise<unknown> {
  for (;;) {
    const { status, body } = await service.ready();
    if (status === 503) return body;
  }
}

describe('a service that is told to stop', () => {
  it.each([
    ['SIGTERM', 1],
    ['SIGINT', 2],
  ] as const)('by %s says so, finishes what is under way, and ends with status 0', async (signal, number) => {
    // Well below the 5 s after which the service would try again.
    around.apns.script.otherwise({ delayMs: 3_000 });
    const { service, answer, isAnswered } = await withNotificationUnderWay(number);
    service.kill(signal);
    expect(await untilNotReady(service)).toMatchObject({
      status: 'error',
      error: { service: { status: 'down', message: 'stopping' } },
    });
    expect((await service.call('/health/live', { method: 'GET' })).status).toBe(200);
    expect(isAnswered()).toBe(false);
    expect(await answer).toBe(200);
    expect(around.apns.delivered).toBe(1);
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(service.stderr).toBe('');
  });

  it('ends at once when it is told a second time', async () => {
    around.apns.script.otherwise({ fault: { kind: 'hang' } });
    const { service, answer } = await withNotificationUnderWay(3);
    service.kill('SIGTERM');
    await untilNotReady(service);
    service.kill('SIGTERM');
    expect(await service.ended).toEqual({ code: 1, signal: null });
    expect(await answer).toBe('ECONNRESET');
  });

  it('ends at once when nothing is under way, connections that idle or not', async () => {
    const service = await around.startOn(database.url);
    expect((await service.ready()).status).toBe(200);
    expect(await service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
