import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { population, report } from '../permission/population.js';
import { TestService } from '../support/service.js';
import {
  ANDROID,
  APPLE,
  delivered,
  EncryptedRealm,
  forAndroid,
  forApple,
  HEADERS,
  payload,
} from './encrypted-realm.js';
import { KEYS_ENV, tokenId } from './sealed.js';

let service: TestService;
let realm: EncryptedRealm;
beforeAll(async () => {
  service = await TestService.start({ env: KEYS_ENV });
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.apns.reset();
  service.fcm.reset();
  realm = await EncryptedRealm.create(service);
});

describe('an encrypted notification is refused', () => {
  it('108: for a realm that nobody registered', async () => {
    expect(await realm.notify([forApple], { realm_uuid: randomUUID() })).toEqual({
      status: 403,
      body: { result: 'error', msg: 'Organization not registered', code: 'MISSING_REMOTE_REALM' },
    });
  });

  it("for another server's realm", async () => {
    const answer = await realm.notify([forApple], {}, await service.addServer());
    expect([answer.status, answer.body['code']]).toEqual([403, 'REMOTE_REALM_SERVER_MISMATCH_ERROR']);
  });

  it.each([235, null])('109: to 100 users without a plan, feature level %s', async (featureLevel) => {
    await realm.registerPhones();
    await service.rows('UPDATE remote_servers SET last_api_feature_level = $2 WHERE id = $1', [
      realm.server.id,
      featureLevel,
    ]);
    await report(service, realm.server.id, [{ realmId: realm.id, extraData: population([100, 0, 0, 0, 0]) }]);
    expect(await realm.notify([forApple, forAndroid])).toEqual({
      status: 400,
      body: {
        result: 'error',
        msg: "Your plan doesn't allow sending push notifications. Reason provided by the server: Push notifications access with 10+ users requires signing up for a plan. https://zulip.com/plans/",
        code: 'PUSH_NOTIFICATIONS_DISALLOWED',
      },
    });
    expect([service.apns.received, service.fcm.received, await realm.counts()]).toEqual([[], [], []]);
  });

  const wrongKind = 'A push request is for another kind of device than the one it names';
  const malformed: readonly [string, unknown, string][] = [
    [
      "with an Android request for Apple's device",
      [forAndroid, { ...forAndroid, token_id: tokenId(APPLE) }],
      wrongKind,
    ],
    ["with an Apple request for Android's device", [{ ...forApple, token_id: tokenId(ANDROID) }], wrongKind],
    ['with an id that is not base64', [{ ...forApple, token_id: '*' }], '`token_id` is not Base64 encoded'],
    ['without requests', undefined, 'request["push_requests"] field is missing'],
    ['with requests that are no list', {}, 'request["push_requests"] is not a list'],
    ['with a request that is none', [5], 'request["push_requests"][0] is not a dict'],
    [
      'without an id',
      [{ ...forApple, token_id: undefined }],
      'request["push_requests"][0]["token_id"] field is missing',
    ],
    [
      'without a kind',
      [{ ...forApple, http_headers: undefined }],
      'request["push_requests"][0]["fcm_priority"] field is missing',
    ],
    [
      'without a payload',
      [{ ...forApple, payload: undefined }],
      'request["push_requests"][0]["payload"] field is missing',
    ],
    [
      'without data',
      [{ ...forApple, payload: { push_key_id: 1 } }],
      'request["push_requests"][0]["payload"]["encrypted_data"] field is missing',
    ],
    [
      'without a key',
      [{ ...forApple, payload: { encrypted_data: 'x' } }],
      'request["push_requests"][0]["payload"]["push_key_id"] field is missing',
    ],
    [
      'with a key that is no number',
      [{ ...forApple, payload: { ...payload, push_key_id: '1' } }],
      'request["push_requests"][0]["payload"]["push_key_id"] is not an integer',
    ],
    [
      'with an unknown priority',
      [forApple, { ...forAndroid, fcm_priority: 'HIGH' }],
      'Invalid request["push_requests"][1]["fcm_priority"]',
    ],
    [
      'with a priority that Apple does not know',
      [{ ...forApple, http_headers: { ...HEADERS, apns_priority: 9 } }],
      'Invalid request["push_requests"][0]["http_headers"]["apns_priority"]',
    ],
    [
      'with a push type that Apple does not know',
      [{ ...forApple, http_headers: { ...HEADERS, apns_push_type: 'shout' } }],
      'Invalid request["push_requests"][0]["http_headers"]["apns_push_type"]',
    ],
    [
      'with a device number that is none',
      [{ ...forApple, device_id: 'x' }],
      'request["push_requests"][0]["device_id"] is not an integer',
    ],
  ];
  it.each(malformed)('%s', async (_, requests, msg) => {
    await realm.registerPhones();
    expect(await realm.notify(requests)).toEqual({ status: 400, body: { result: 'error', msg, code: 'BAD_REQUEST' } });
    expect([service.apns.received, service.fcm.received, await realm.counts()]).toEqual([[], [], []]);
  });
});

describe('an encrypted notification during an outage', () => {
  const INTERNAL = { answer: { error: 'INTERNAL' } } as const;

  it('107: of Google, where Apple is not configured, reaches nobody and forgets nobody', async () => {
    const NO_APPLE = { APNS_KEY_FILE: '', APNS_KEY_ID: '', APNS_TEAM_ID: '' };
    const lone = await TestService.start({ env: { ...KEYS_ENV, ...NO_APPLE } });
    try {
      const far = await EncryptedRealm.create(lone);
      await far.registerPhones();
      lone.fcm.script.otherwise(INTERNAL);
      expect(await far.notify([forApple, forAndroid])).toEqual(delivered(0, 0));
      expect(await far.expired()).toEqual([]);
    } finally {
      await lone.stop();
    }
  });

  it('of all providers is to be sent again', async () => {
    await realm.registerPhones();
    service.fcm.script.otherwise(INTERNAL);
    service.apns.script.otherwise({ answer: { reason: 'InternalServerError' } });
    const answer = await service.call('push/e2ee/notify', {
      auth: realm.server,
      json: { realm_uuid: realm.uuid, push_requests: [forApple, forAndroid] },
    });
    expect([answer.status, answer.body['code']]).toEqual([503, 'PUSH_PROVIDER_UNAVAILABLE']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(await realm.expired()).toEqual([]);
  });

  it('of one provider is accepted for the phones of the other', async () => {
    await realm.registerPhones();
    service.fcm.script.otherwise(INTERNAL);
    expect(await realm.notify([forApple, forAndroid])).toEqual(delivered(0, 1));
  });

  it('of all providers is accepted where the operator wants that', async () => {
    const patient = await TestService.start({ env: { ...KEYS_ENV, ON_PROVIDER_OUTAGE: 'accept' } });
    try {
      const far = await EncryptedRealm.create(patient);
      await far.registerPhones();
      patient.fcm.script.otherwise(INTERNAL);
      expect(await far.notify([forAndroid])).toEqual(delivered(0, 0));
    } finally {
      await patient.stop();
    }
  });
});
