import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type TestServerRow, TestService } from '../support/service.js';
import { realmLastSeen, serverLastSeen } from './activity.js';
import { APNS, addDevices } from './device-rows.js';

const U = '5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10';
const RECEIVED = 'mobile_pushes_received::day';
const FORWARDED = 'mobile_pushes_forwarded::day';
const END_OF_DAY = new Date('2026-05-18T00:00:00Z');

let service: TestService;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start();
  // Set once: a clock that goes back would have to sign anew for Apple, who takes that amiss.
  service.clock.set('2026-05-17T12:00:00Z');
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.apns.reset();
  service.fcm.reset();
  await service.rows('DELETE FROM devices');
  server = await service.addServer({ planType: 102 });
  // One of three devices is refused for good: aimed at three, two reached.
  await addDevices(service, server, ...['one', 'two'].map((token) => ({ token, userUuid: U })));
  await addDevices(service, server, { kind: APNS, token: 'aa', userUuid: U });
  service.fcm.script.forToken('two', { answer: { error: 'SENDER_ID_MISMATCH' } });
});

const notify = (json: object = {}) =>
  service.call('push/notify', { auth: server, json: { user_uuid: U, apns_payload: { badge: 0 }, ...json } });

const row = (property: string, value: number, end_time = END_OF_DAY) => ({
  property,
  value: String(value),
  end_time,
  subgroup: null,
  remote_id: null,
});
const serverCounts = async () => {
  await service.addUp();
  return service.rows(
    `SELECT property, value, end_time, subgroup, remote_id FROM remote_installation_counts WHERE server_id = $1
     ORDER BY end_time, property DESC`,
    [server.id],
  );
};
const realmCounts = async () => {
  await service.addUp();
  return service.rows(
    `SELECT property, value, end_time, subgroup, remote_id, realm_id, remote_realm_id FROM remote_realm_counts
     WHERE server_id = $1 ORDER BY end_time, property DESC`,
    [server.id],
  );
};

it('F1, F2, F3: counts for the server, and for the realm from when it is known', async () => {
  const uuid = randomUUID();
  expect((await notify()).body).toMatchObject({ total_android_devices: 2, total_apple_devices: 1 });
  expect(await serverCounts()).toEqual([row(RECEIVED, 3), row(FORWARDED, 2)]);
  expect(await realmCounts()).toEqual([]);

  expect((await notify({ realm_uuid: uuid })).body['realm']).toBeNull();
  expect(await serverCounts()).toEqual([row(RECEIVED, 6), row(FORWARDED, 4)]);
  expect(await realmCounts()).toEqual([]);

  const realm = await service.addRealm(server, { uuid });
  expect((await notify({ realm_uuid: uuid })).status).toBe(200);
  expect(await serverCounts()).toEqual([row(RECEIVED, 9), row(FORWARDED, 6)]);
  const ofRealm = { realm_id: null, remote_realm_id: realm.id };
  expect(await realmCounts()).toEqual([
    { ...row(RECEIVED, 3), ...ofRealm },
    { ...row(FORWARDED, 2), ...ofRealm },
  ]);
});

it('F4: a user without devices changes nothing', async () => {
  const realm = await service.addRealm(server);
  expect((await notify({ user_uuid: randomUUID(), realm_uuid: realm.uuid })).status).toBe(200);
  expect([await serverCounts(), await realmCounts()]).toEqual([[], []]);
});

it('F5: what is refused is not counted', async () => {
  const foreign = await service.addRealm(await service.addServer());
  expect((await notify({ realm_uuid: foreign.uuid })).status).toBe(403);
  expect((await notify({ gcm_options: { invalid: true } })).status).toBe(400);
  expect((await notify({ user_uuid: 'x' })).status).toBe(400);
  expect([await serverCounts(), await realmCounts()]).toEqual([[], []]);
});

it('what nobody took counts as received only', async () => {
  service.fcm.script.forToken('one', { answer: { error: 'INVALID_ARGUMENT' } });
  service.apns.script.otherwise({ answer: { reason: 'TopicDisallowed' } });
  expect((await notify()).status).toBe(200);
  expect(await serverCounts()).toEqual([row(RECEIVED, 3)]);
});

it('a device known by number and UUID counts once', async () => {
  await addDevices(service, server, { token: 'one' });
  expect((await notify({ user_id: 10 })).status).toBe(200);
  expect(await serverCounts()).toEqual([row(RECEIVED, 3), row(FORWARDED, 2)]);
});

it('fifty notifications at once lose no count', async () => {
  const realm = await service.addRealm(server);
  const answers = await Promise.all(Array.from({ length: 50 }, () => notify({ realm_uuid: realm.uuid })));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
  expect(await serverCounts()).toEqual([row(RECEIVED, 150), row(FORWARDED, 100)]);
  expect((await realmCounts()).map(({ value }) => value)).toEqual(['150', '100']);
});

// The last one, since it moves the clock on.
it('F6: a notification across midnight is received on the old day and forwarded on the new one', async () => {
  service.clock.set('2026-05-17T23:59:50Z');
  // The day changes while the provider has the message in hand.
  service.apns.once('request', () => service.clock.set('2026-05-18T00:00:01Z'));
  service.fcm.script.otherwise({ answer: { error: 'INVALID_ARGUMENT' } });
  service.fcm.script.forToken('one', { answer: { error: 'INVALID_ARGUMENT' } });
  expect((await notify()).status).toBe(200);
  expect(await serverCounts()).toEqual([row(RECEIVED, 3), row(FORWARDED, 1, new Date('2026-05-19T00:00:00Z'))]);
});

it('moves the times of last requests with the first notification of every ten seconds', async () => {
  const realm = await service.addRealm(server);
  const timesAfter = async (time: string) => {
    service.clock.set(time);
    expect((await notify({ realm_uuid: realm.uuid })).status).toBe(200);
    return [await serverLastSeen(service, server), await realmLastSeen(service, realm)].map((at) => Number(at));
  };
  const first = await timesAfter('2026-05-20T12:00:01Z');
  expect(Math.min(...first)).toBeGreaterThanOrEqual(Date.parse('2026-05-20T12:00:01Z'));
  expect(await timesAfter('2026-05-20T12:00:05Z')).toEqual(first);
  const third = await timesAfter('2026-05-20T12:00:20Z');
  expect(Math.min(...third)).toBeGreaterThanOrEqual(Date.parse('2026-05-20T12:00:20Z'));
  // Each notification counts all the same.
  const day = new Date('2026-05-21T00:00:00Z');
  expect(await serverCounts()).toEqual([row(RECEIVED, 9, day), row(FORWARDED, 6, day)]);
});
