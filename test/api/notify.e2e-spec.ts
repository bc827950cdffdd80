import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestServerRow, TestService } from '../support/service.js';
import { realmLastSeen, serverLastSeen } from './activity.js';
import { expectAnswer, refused, success } from './answers.js';
import { APNS, addDevices, addEncryptedDevice, devicesOf, FCM, tokensOf } from './device-rows.js';

const U = '5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10';
const CAN_PUSH = { can_push: true, expected_end_timestamp: null };
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i).join(',');
const totals = (android: number, apple: number, realm: unknown = null) =>
  success({
    total_android_devices: android,
    total_apple_devices: apple,
    deleted_devices: { android_devices: [], apple_devices: [] },
    realm,
  });

let service: TestService;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.rows('DELETE FROM devices');
  service.apns.reset();
  service.fcm.reset();
  server = await service.addServer({ featureLevel: 235, planType: 102 });
});

const notify = (json: object) => service.call('push/notify', { auth: server, json });
const sentToApple = () => service.apns.received.map(({ body }) => body);
const sentToAndroid = () => service.fcm.received.map(({ body }) => (body as { message: Message }).message);

interface Message {
  readonly token: string;
  readonly data: Readonly<Record<string, string>>;
  readonly android: { readonly priority: string };
}

it('42: a device is aimed at, reached and counted', async () => {
  await addDevices(service, server, { token: 'aaaaaa' });
  expectAnswer(await notify({ user_id: 10, gcm_payload: { event: 'message' } }), 200, totals(1, 0));
  expect(sentToAndroid()).toEqual([{ token: 'aaaaaa', data: { event: 'message' }, android: { priority: 'HIGH' } }]);
});

it('44: devices known by number and UUID are one; a long removal keeps the largest 200 ids', async () => {
  const realm = await service.addRealm(server);
  for (const token of ['aaaaaa', 'aaaabb']) await addDevices(service, server, { token }, { token, userUuid: U });
  await addDevices(service, server, { kind: APNS, token: 'aaaa' });
  const before = service.clock.millis();
  const removal = { event: 'remove', zulip_message_ids: ids(1, 249) };
  const answer = await notify({
    user_id: 10,
    user_uuid: U,
    realm_uuid: realm.uuid,
    gcm_payload: removal,
    apns_payload: { badge: 0, custom: { zulip: removal } },
    gcm_options: {},
  });
  expectAnswer(answer, 200, totals(2, 1, CAN_PUSH));
  expect(await devicesOf(service, server)).toMatchObject([
    { user_uuid: U, token: 'aaaaaa', user_id: null, remote_realm_id: realm.id },
    { user_uuid: U, token: 'aaaabb', user_id: null, remote_realm_id: realm.id },
    { user_id: '10', token: 'aaaa', remote_realm_id: realm.id },
  ]);
  const kept = { event: 'remove', zulip_message_ids: ids(50, 249) };
  expect(sentToAndroid().map(({ data }) => data)).toEqual([kept, kept]);
  expect(sentToApple()).toEqual([{ zulip: kept, aps: { badge: 0 } }]);
  for (const seen of [await realmLastSeen(service, realm), await serverLastSeen(service, server)]) {
    expect(seen?.getTime()).toBeGreaterThanOrEqual(before);
  }
});

it('45: devices of no realm come to the realm that is named; those of another one stay there', async () => {
  const [realm, other] = [await service.addRealm(server), await service.addRealm(server)];
  await addDevices(service, server, { token: 'a', userUuid: U }, { token: 'b', userUuid: U, realmId: other.id });
  await addDevices(service, server, { token: 'c', userUuid: '00000000-0000-4000-8000-000000000001' });
  expectAnswer(await notify({ user_uuid: U, realm_uuid: realm.uuid }), 200, totals(2, 0, CAN_PUSH));
  const realms = (await devicesOf(service, server)).map((row) => row.remote_realm_id);
  expect(realms).toEqual([realm.id, other.id, null]);
});

it.each([
  ['46: ids of a removal are sorted', '3,1,2', '1,2,3'],
  [
    'ids of a removal are numbers of 64 bits',
    '9007199254740993, 9007199254740992,-1',
    '-1,9007199254740992,9007199254740993',
  ],
])('%s', async (_name, given, sent) => {
  await addDevices(service, server, { token: 'a' }, { kind: APNS, token: 'aa' });
  const removal = { event: 'remove', zulip_message_ids: given };
  await notify({ user_id: 10, gcm_payload: removal, apns_payload: { badge: 0, custom: { zulip: removal } } });
  expect(sentToAndroid()[0]?.data).toEqual({ event: 'remove', zulip_message_ids: sent });
  expect(sentToApple()).toEqual([{ zulip: { event: 'remove', zulip_message_ids: sent }, aps: { badge: 0 } }]);
});

describe('options for Google', () => {
  it.each([
    ['47: an unknown priority', { priority: 'invalid' }, "Invalid GCM option to bouncer: priority 'invalid'"],
    ['48: an unknown option', { invalid: true }, 'Invalid GCM options to bouncer: {"invalid":true}'],
    ['an unknown option beside a good one', { priority: 'high', a: [1] }, 'Invalid GCM options to bouncer: {"a":[1]}'],
  ])('%s is refused, and then nothing is sent at all', async (_name, gcm_options, msg) => {
    await addDevices(service, server, { token: 'a' }, { kind: APNS, token: 'aa' });
    expectAnswer(await notify({ user_id: 10, gcm_payload: { event: 'message' }, gcm_options }), 400, refused(msg));
    expect([service.apns.received, service.fcm.received]).toEqual([[], []]);
  });

  it('do not matter to a user without an Android device', async () => {
    await addDevices(service, server, { kind: APNS, token: 'aa' });
    expectAnswer(await notify({ user_id: 10, gcm_options: { invalid: true } }), 200, totals(0, 1));
  });

  it.each<[string, object, object, string]>([
    ['49: a new message is urgent', {}, { event: 'message' }, 'HIGH'],
    ['49: a removal is not', {}, { event: 'remove' }, 'NORMAL'],
    ['49: what names no event is not', {}, {}, 'NORMAL'],
    ['a stated priority counts for a new message', { priority: 'normal' }, { event: 'message' }, 'NORMAL'],
    ['a stated priority counts for a removal', { priority: 'high' }, { event: 'remove' }, 'HIGH'],
  ])('%s', async (_name, gcm_options, gcm_payload, priority) => {
    await addDevices(service, server, { token: 'a' });
    expectAnswer(await notify({ user_id: 10, gcm_options, gcm_payload }), 200, totals(1, 0));
    expect(sentToAndroid().map(({ android }) => android)).toEqual([{ priority }]);
  });
});

it('53: an Apple device without app id is counted and not sent to', async () => {
  await addDevices(service, server, { kind: APNS, token: 'aa', iosAppId: null }, { kind: APNS, token: 'bb' });
  expectAnswer(await notify({ user_id: 10, apns_payload: { badge: 0 } }), 200, totals(0, 2));
  expect(service.apns.received.map(({ token }) => token)).toEqual(['bb']);
});

describe('a device that takes encrypted notifications by now', () => {
  it.each<[string, { kind: 1 | 2; token: string; elsewhere?: boolean }, { kind: 1 | 2; token: string }, boolean]>([
    [
      '61: loses its legacy row, whatever the case of an Apple token',
      { kind: APNS, token: 'ABCDEF0123456789' },
      { kind: APNS, token: 'abcdef0123456789' },
      false,
    ],
    [
      '61: keeps the legacy row of another realm',
      { kind: APNS, token: 'ABCDEF0123456789', elsewhere: true },
      { kind: APNS, token: 'abcdef0123456789' },
      true,
    ],
    [
      '61: keeps the legacy row of the other kind',
      { kind: FCM, token: 'abcdef0123456789' },
      { kind: APNS, token: 'abcdef0123456789' },
      true,
    ],
    [
      '62: keeps the legacy row of a Google token in another case',
      { kind: FCM, token: 'FCM-TOKEN-AAAA' },
      { kind: FCM, token: 'fcm-token-aaaa' },
      true,
    ],
    [
      '62: loses the legacy row of the same Google token',
      { kind: FCM, token: 'fcm-token' },
      { kind: FCM, token: 'fcm-token' },
      false,
    ],
  ])('%s', async (_name, { elsewhere, ...encrypted }, legacy, kept) => {
    const [realm, other] = [await service.addRealm(server), await service.addRealm(server)];
    await addEncryptedDevice(service, server, { ...encrypted, realmId: realm.id });
    await addDevices(service, server, { ...legacy, userUuid: U, realmId: elsewhere ? other.id : realm.id });
    const [android, apple] = legacy.kind === APNS ? [0, Number(kept)] : [Number(kept), 0];
    const answer = await notify({ user_uuid: U, realm_uuid: realm.uuid, apns_payload: { badge: 0 } });
    expectAnswer(answer, 200, totals(android, apple, CAN_PUSH));
    expect(await tokensOf(service, server)).toEqual(kept ? [legacy.token] : []);
    expect(service.apns.received.length + service.fcm.received.length).toBe(kept ? 1 : 0);
  });
});

describe('a message to Apple', () => {
  it.each<[string, object, object]>([
    [
      '63: has what stands under custom at the top',
      { alert: { title: 't' }, badge: 0, custom: { zulip: { a: 1 } } },
      { zulip: { a: 1 }, aps: { alert: { title: 't' }, badge: 0 } },
    ],
    [
      '64: of Zulip 1.6 is put into the form of later versions',
      { alert: 'x', message_ids: [5] },
      { zulip: { message_ids: [5] }, aps: { alert: 'x', badge: 0 } },
    ],
  ])('%s', async (_name, apns_payload, body) => {
    await addDevices(service, server, { kind: APNS, token: 'aa', iosAppId: 'example.app' });
    expectAnswer(await notify({ user_id: 10, apns_payload }), 200, totals(0, 1));
    expect(sentToApple()).toEqual([body]);
    const headers = service.apns.received[0]?.headers ?? {};
    expect(headers['apns-topic']).toBe('example.app');
    expect(Math.abs(Number(headers['apns-expiration']) - service.clock.seconds() - 86_400)).toBeLessThan(120);
    expect(Object.keys(headers)).not.toContain('apns-push-type');
    expect(Object.keys(headers)).not.toContain('apns-priority');
  });
});

it('numbers beyond 2^53 reach the phones as they were written', async () => {
  await addDevices(service, server, { token: 'a' }, { kind: APNS, token: 'aa' });
  const raw =
    '{"user_id":10,"gcm_payload":{"id":9007199254740993,"f":1.0},"apns_payload":{"custom":{"zulip":{"id":9007199254740993}}}}';
  expect((await service.call('push/notify', { auth: server, raw })).status).toBe(200);
  expect(sentToAndroid()[0]?.data).toEqual({ id: '9007199254740993', f: '1.0' });
  expect(service.apns.received[0]?.rawBody).toBe('{"zulip":{"id":9007199254740993},"aps":{}}');
});

describe('push/notify refuses and sends nothing', () => {
  const notInteger = refused('request["user_id"] is not an integer');
  it.each<[string, string, unknown]>([
    ['59: what is no JSON', 'not json', refused('Malformed JSON')],
    ['60: a user id that is text', '{"user_id":"x"}', notInteger],
    ['a user id that is digits in quotes', '{"user_id":"10"}', notInteger],
    ['a user id with a point', '{"user_id":10.0}', notInteger],
    ['a user id of true', '{"user_id":true}', notInteger],
    ['a user id beyond 64 bits', '{"user_id":9223372036854775808}', refused('request["user_id"] is out of range')],
    ['a list in place of the object', '[]', refused('request is not a dict')],
    ['no user', '{}', refused('Missing user_id or user_uuid')],
    ['a user of null', '{"user_id":null,"user_uuid":null}', refused('Missing user_id or user_uuid')],
    ['a payload that is text', '{"user_id":10,"apns_payload":"x"}', refused('request["apns_payload"] is not a dict')],
    ['a payload of null', '{"user_id":10,"gcm_payload":null}', refused('request["gcm_payload"] is not a dict')],
    [
      'tokens that are text',
      '{"user_id":10,"android_devices":"a"}',
      refused('request["android_devices"] is not a list'),
    ],
    [
      'a token that is none',
      '{"user_id":10,"apple_devices":["a",1]}',
      refused('request["apple_devices"][1] is not a string'),
    ],
    [
      'a UUID that is none',
      '{"user_uuid":"x"}',
      refused('Invalid request["user_uuid"]: Value error, Not a valid UUID'),
    ],
    ['a realm without the UUID of the user', `{"user_id":10,"realm_uuid":"${U}"}`, refused('Missing user_uuid')],
    [
      'ids of a removal that are none',
      '{"user_id":10,"gcm_payload":{"event":"remove","zulip_message_ids":"1,x"}}',
      refused('Invalid zulip_message_ids in gcm_payload'),
    ],
  ])('%s', async (_name, raw, body) => {
    await addDevices(service, server, { token: 'a' }, { kind: APNS, token: 'aa' });
    expectAnswer(await service.call('push/notify', { auth: server, raw }), 400, body);
    expect([service.apns.received, service.fcm.received]).toEqual([[], []]);
  });

  it("another server's realm, and changes nothing", async () => {
    const foreign = await service.addRealm(await service.addServer());
    await addDevices(service, server, { token: 'a' }, { token: 'a', userUuid: U });
    const answer = await notify({ user_id: 10, user_uuid: U, realm_uuid: foreign.uuid });
    expect([answer.status, answer.body['code']]).toEqual([403, 'REMOTE_REALM_SERVER_MISMATCH_ERROR']);
    expect(await tokensOf(service, server)).toEqual(['a', 'a']);
    expect(service.fcm.received).toEqual([]);
  });
});

describe('the devices of a user', () => {
  it('are those of the number or the UUID, of this server alone', async () => {
    const elsewhere = await service.addServer();
    await addDevices(service, server, { token: 'a' }, { token: 'b', userUuid: U }, { token: 'c', userId: 11 });
    await addDevices(service, elsewhere, { token: 'd' }, { token: 'e', userUuid: U });
    expectAnswer(await notify({ user_id: 10, user_uuid: U }), 200, totals(2, 0));
    expect(
      sentToAndroid()
        .map(({ token }) => token)
        .sort(),
    ).toEqual(['a', 'b']);
  });

  it('known by number and UUID in different case are one Apple device', async () => {
    await addDevices(service, server, { kind: APNS, token: 'c0ffee' }, { kind: APNS, token: 'C0FFEE', userUuid: U });
    expectAnswer(await notify({ user_id: 10, user_uuid: U, apns_payload: { badge: 0 } }), 200, totals(0, 1));
    expect(await tokensOf(service, server)).toEqual(['C0FFEE']);
    expect(service.apns.received).toHaveLength(1);
  });

  it('may be none', async () => {
    expectAnswer(await notify({ user_id: 10, apns_payload: { badge: 0 } }), 200, totals(0, 0));
  });
});
