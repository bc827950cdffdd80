import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestServerRow, TestService } from '../support/service.js';
import { expectAnswer, success } from './answers.js';
import { APNS, addDevices, FCM, tokensOf } from './device-rows.js';

const OUTAGE = {
  result: 'error',
  msg: 'Neither Apple nor Google could be reached for this notification; send it again later',
  code: 'PUSH_PROVIDER_UNAVAILABLE',
};
const answerOf = (android: number, apple: number, goneAndroid: string[] = [], goneApple: string[] = []) =>
  success({
    total_android_devices: android,
    total_apple_devices: apple,
    deleted_devices: { android_devices: goneAndroid, apple_devices: goneApple },
    realm: null,
  });

/** The same vectors under both settings: what is answered while a provider is out of order differs, what is kept does not. */
describe.each([
  { setting: 'retry-later', outage: true },
  { setting: 'accept', outage: false },
])('with ON_PROVIDER_OUTAGE=$setting', ({ setting, outage }) => {
  let service: TestService;
  let server: TestServerRow;
  beforeAll(async () => {
    service = await TestService.start({ env: { ON_PROVIDER_OUTAGE: setting } });
  });
  afterAll(() => service.stop());
  beforeEach(async () => {
    await service.rows('DELETE FROM devices');
    service.apns.reset();
    service.fcm.reset();
    server = await service.addServer({ planType: 102 });
  });

  const notify = (json: object = {}) =>
    service.call('push/notify', { auth: server, json: { user_id: 10, apns_payload: { badge: 0 }, ...json } });

  it('50: a token that Google calls unregistered is gone, for other servers too, and is said to be', async () => {
    const elsewhere = await service.addServer();
    for (const one of [server, elsewhere]) await addDevices(service, one, { token: 't' }, { token: 'T' });
    service.fcm.script.forToken('t', { answer: { error: 'UNREGISTERED' } });
    expectAnswer(await notify({ android_devices: ['t', 'T'] }), 200, answerOf(2, 0, ['t']));
    for (const one of [server, elsewhere]) expect(await tokensOf(service, one)).toEqual(['T']);
  });

  it.each(['INVALID_ARGUMENT', 'SENDER_ID_MISMATCH', 'THIRD_PARTY_AUTH_ERROR'] as const)(
    '51: a device that Google refuses for %s is kept, and the call succeeds',
    async (error) => {
      await addDevices(service, server, { token: 't' });
      service.fcm.script.forToken('t', { answer: { error } });
      expectAnswer(await notify({ android_devices: ['t'] }), 200, answerOf(1, 0));
      expect(await tokensOf(service, server)).toEqual(['t']);
    },
  );

  it.each<[string, object]>([
    ['an internal error', { error: 'INTERNAL' }],
    ['being unavailable', { error: 'UNAVAILABLE' }],
    ['a spent quota', { error: 'QUOTA_EXCEEDED', headers: { 'retry-after': '60' } }],
    ['an error that nobody knows', { error: 'INTERNAL', status: 500, rawBody: 'what?' }],
  ])('51: a device that Google does not take for %s is kept', async (_name, answer) => {
    await addDevices(service, server, { token: 't' });
    service.fcm.script.forToken('t', { answer });
    const got = await notify({ android_devices: ['t'] });
    if (outage) {
      expectAnswer(got, 503, OUTAGE);
      expect(Number(got.headers['retry-after'])).toBeGreaterThan(0);
    } else {
      expectAnswer(got, 200, answerOf(1, 0));
    }
    expect(await tokensOf(service, server)).toEqual(['t']);
  });

  it.each(['BadDeviceToken', 'Unregistered', 'DeviceTokenNotForTopic'])(
    '52: an Apple device is gone for %s, on all servers, whatever the case',
    async (reason) => {
      const elsewhere = await service.addServer();
      await addDevices(service, server, { kind: APNS, token: 'aabb' }, { kind: APNS, token: 'cc' }, { token: 'aabb' });
      await addDevices(service, elsewhere, { kind: APNS, token: 'AABB', userId: 7 });
      service.clock.advance(60);
      service.apns.script.forToken('aabb', { answer: { reason } });
      expectAnswer(await notify({ apple_devices: ['aaBB', 'cc'] }), 200, answerOf(1, 2, [], ['aaBB']));
      expect(await tokensOf(service, server)).toEqual(['cc', 'aabb']);
      expect(await tokensOf(service, elsewhere)).toEqual([]);
    },
  );

  it.each<[string, object]>([
    ['an internal error', { answer: { reason: 'InternalServerError' } }],
    ['shutting down', { answer: { reason: 'Shutdown' } }],
    ['too many requests', { answer: { reason: 'TooManyRequests', headers: { 'retry-after': '60' } } }],
    ['a broken connection', { fault: { kind: 'destroy' } }],
  ])('52: an Apple device is kept for %s', async (_name, turn) => {
    await addDevices(service, server, { kind: APNS, token: 'aabb' });
    service.apns.script.forToken('aabb', turn);
    const got = await notify({ apple_devices: ['aabb'] });
    if (outage) expectAnswer(got, 503, OUTAGE);
    else expectAnswer(got, 200, answerOf(0, 1));
    expect(await tokensOf(service, server)).toEqual(['aabb']);
  });

  it.each(['ExpiredToken', 'PayloadTooLarge', 'TopicDisallowed', 'BadTopic'])(
    '52: an Apple device is kept for %s, which will not pass: the call succeeds',
    async (reason) => {
      await addDevices(service, server, { kind: APNS, token: 'aabb' });
      service.apns.script.forToken('aabb', { answer: { reason } });
      expectAnswer(await notify({ apple_devices: ['aabb'] }), 200, answerOf(0, 1));
      expect(await tokensOf(service, server)).toEqual(['aabb']);
    },
  );

  it('a notification that reached one device of several succeeds', async () => {
    await addDevices(service, server, { kind: APNS, token: 'aabb' }, { token: 't' });
    service.apns.script.forToken('aabb', { answer: { reason: 'InternalServerError' } });
    expectAnswer(await notify(), 200, answerOf(1, 1));
    expect(service.fcm.delivered).toBe(1);
  });

  it("a device registered after Apple learned of the token's end is a new one and stays", async () => {
    const died = service.clock.millis() - 3_600_000;
    const elsewhere = await service.addServer();
    await addDevices(service, server, { kind: APNS, token: 'aabb', registeredAt: new Date(died + 1_000) });
    await addDevices(service, elsewhere, { kind: APNS, token: 'aabb', registeredAt: new Date(died - 1_000) });
    service.apns.script.forToken('aabb', { answer: { reason: 'Unregistered', timestamp: died } });
    expectAnswer(await notify({ apple_devices: ['aabb'] }), 200, answerOf(0, 1));
    expect(await tokensOf(service, server)).toEqual(['aabb']);
    expect(await tokensOf(service, elsewhere)).toEqual([]);
  });
});

describe('deleted_devices', () => {
  let service: TestService;
  let server: TestServerRow;
  beforeAll(async () => {
    service = await TestService.start();
    server = await service.addServer({ planType: 102 });
  });
  afterAll(() => service.stop());

  const three = ['aaaa', 'bBBb', 'CCCC'];
  it.each<[string, 'android_devices' | 'apple_devices', string[], string[], string[]]>([
    [
      "54: Google's are compared exactly",
      'android_devices',
      ['aaaa', 'aaAA', 'bbbb', 'BBBB'],
      ['aaAA', 'bbbb', 'other', 'more'],
      ['more', 'other'],
    ],
    [
      "55: Apple's that are not there",
      'apple_devices',
      three,
      ['aaaa', 'bBBb', 'CCCC', 'ffff', 'cafe'],
      ['cafe', 'ffff'],
    ],
    ['56: a second spelling of an Apple token', 'apple_devices', three, ['AAAA', 'AAaa', 'BBBB'], ['AAaa']],
    [
      '57: second spellings and strangers',
      'apple_devices',
      [...three, 'dddd', 'EeeE'],
      ['AAAA', 'AAaa', 'BBBB', 'DDDD', 'eeEE', 'EEEE', 'other', 'more'],
      ['AAaa', 'EEEE', 'more', 'other'],
    ],
    ['58: repeats', 'apple_devices', three, ['AAAA', 'AAAA', 'MORE', 'MORE'], ['MORE']],
    ['repeats of Google tokens', 'android_devices', ['a'], ['b', 'b', 'a'], ['b']],
    ['of a user without devices are all', 'apple_devices', [], ['bb', 'BB', 'aa'], ['BB', 'aa', 'bb']],
  ])('%s', async (_name, list, registered, claimed, gone) => {
    await service.rows('DELETE FROM devices');
    const kind = list === 'apple_devices' ? APNS : FCM;
    await addDevices(service, server, ...registered.map((token) => ({ kind, token }) as const));
    const json = { user_id: 10, apns_payload: { badge: 0 }, [list]: claimed };
    const answer = await service.call('push/notify', { auth: server, json });
    const [android, apple] = kind === FCM ? [registered.length, 0] : [0, registered.length];
    expectAnswer(answer, 200, kind === FCM ? answerOf(android, apple, gone) : answerOf(android, apple, [], gone));
  });
});
