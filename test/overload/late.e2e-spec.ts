import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { LateDeliveries } from '../../src/push/late/late-deliveries.js';
import type { PushOutcome } from '../../src/push/push-outcome.js';
import { Attempt } from '../../src/push/repeats/attempt.js';
import { serverLastSeen } from '../api/activity.js';
import { APNS, addDevices, FCM, tokensOf } from '../api/device-rows.js';
import { EncryptedRealm, forAndroid, forApple } from '../e2ee/encrypted-realm.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { forwarded } from './forwarded.js';

const APPLE = 'c0ffee';
const BODY = { user_id: 10, gcm_payload: { event: 'message', content: 'hi' }, apns_payload: { alert: 'hi' } };
/** Not to be tried again within the request. */
const LATER = { answer: { reason: 'TooManyRequests' } };

let service: TestService;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start({ env: { E2EE_KEYS_FILE: 'test/fixtures/e2ee/keys.json' } });
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.apns.reset();
  service.fcm.reset();
  server = await service.addServer({ planType: 102 });
  await addDevices(service, server, { kind: APNS, token: APPLE }, { kind: FCM, token: 'android' });
});
afterEach(() => service.rows('DELETE FROM devices'));

const late = () => service.app.get(LateDeliveries).snapshot();
const ended = () => expect.poll(() => late().waiting, { timeout: 40_000 }).toBe(0);

it('a device that was not reached gets its notification after the answer, and is counted then', async () => {
  service.apns.script.forToken(APPLE, LATER, {});
  const answer = await service.call('push/notify', { auth: server, json: BODY });
  expect([answer.status, answer.body['total_apple_devices']]).toEqual([200, 1]);
  expect([service.apns.delivered, service.fcm.delivered]).toEqual([0, 1]);
  expect(await forwarded(service, server)).toEqual(['1']);
  const seen = await serverLastSeen(service, server);
  await ended();
  expect([service.apns.delivered, service.fcm.delivered]).toEqual([1, 1]);
  expect(await forwarded(service, server)).toEqual(['2']);
  // Nobody asked for anything meanwhile.
  expect(await serverLastSeen(service, server)).toEqual(seen);
});

it('a device that turns out to be gone after the answer is forgotten', async () => {
  service.apns.script.forToken(APPLE, LATER, { answer: { reason: 'Unregistered', timestamp: service.clock.millis() } });
  await service.rows('UPDATE devices SET registered_at = $1', [new Date(service.clock.millis() - 3_600_000)]);
  expect((await service.call('push/notify', { auth: server, json: BODY })).status).toBe(200);
  expect(await tokensOf(service, server)).toEqual([APPLE, 'android']);
  await ended();
  expect(await tokensOf(service, server)).toEqual(['android']);
});

it('an encrypted notification goes on being tried too', async () => {
  const realm = await EncryptedRealm.create(service);
  await realm.registerPhones();
  service.apns.script.forToken(APPLE, LATER, {});
  expect((await realm.notify([forApple, forAndroid])).body).toMatchObject({
    android_successfully_sent_count: 1,
    apple_successfully_sent_count: 0,
    delete_token_ids: [],
  });
  await ended();
  expect([service.apns.delivered, service.fcm.delivered]).toEqual([1, 1]);
  expect((await realm.counts()).find(([, property]) => property.includes('forwarded'))?.[2]).toBe(2);
});

it('what no device took is not tried on: its server sends it again', async () => {
  service.apns.script.otherwise(LATER);
  service.fcm.script.otherwise({ answer: { error: 'QUOTA_EXCEEDED', headers: { 'retry-after': '60' } } });
  expect((await service.call('push/notify', { auth: server, json: BODY })).status).toBe(503);
  expect(late().waiting).toBe(0);
});

it('what would come too late is given up at once', async () => {
  const before = late();
  service.apns.script.forToken(APPLE, {
    answer: { reason: 'TooManyRequests', headers: { 'retry-after': '90' } },
  });
  expect((await service.call('push/notify', { auth: server, json: BODY })).status).toBe(200);
  await ended();
  expect(late()).toEqual({ ...before, givenUp: before.givenUp + 1 });
});

it('what there is no room for is not dropped: the server sends it again, and it goes to the other phones only', async () => {
  const deliveries = service.app.get(LateDeliveries);
  let release = () => undefined as undefined;
  const released = new Promise<PushOutcome>((resolve) => {
    release = () => void resolve({ kind: 'rejected', reason: 'filler' });
  });
  while (deliveries.hasRoom(1)) {
    deliveries.take({
      ...{ key: 'filler', attempt: new Attempt(), outcome: { kind: 'try-later', reason: 'filler' } },
      endsAt: Number.POSITIVE_INFINITY,
      send: () => released,
      settle: async () => undefined,
    });
  }
  service.apns.script.forToken(APPLE, LATER);
  const refused = await service.call('push/notify', { auth: server, json: BODY });
  expect([refused.status, refused.body['code']]).toEqual([503, 'PUSH_SERVICE_OVERLOADED']);
  expect([service.apns.delivered, service.fcm.delivered]).toEqual([0, 1]);
  release();
  await ended();
  service.apns.script.clear();
  expect((await service.call('push/notify', { auth: server, json: BODY })).status).toBe(200);
  expect([service.apns.delivered, service.fcm.delivered]).toEqual([1, 1]);
  expect(await forwarded(service, server)).toEqual(['2']);
  expect(late().dropped).toBe(0);
});

// The last one, since it stops the service.
it('a stop does not wait for what is tried much later', async () => {
  service.apns.script.forToken(APPLE, { answer: { reason: 'TooManyRequests', headers: { 'retry-after': '40' } } });
  expect((await service.call('push/notify', { auth: server, json: BODY })).status).toBe(200);
  const deliveries = service.app.get(LateDeliveries);
  expect(deliveries.snapshot().waiting).toBe(1);
  const before = deliveries.snapshot().dropped;
  await deliveries.beforeApplicationShutdown();
  expect(deliveries.snapshot()).toMatchObject({ waiting: 0, dropped: before + 1 });
});
