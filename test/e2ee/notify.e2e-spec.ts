import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { population, report, setPlan } from '../permission/population.js';
import { TestService } from '../support/service.js';
import {
  ANDROID,
  APPLE,
  APS,
  bothGone,
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

describe('an encrypted notification', () => {
  it('103, 110: reaches a phone of each kind as it was given, and counts for the realm alone', async () => {
    await realm.registerPhones();
    await report(service, realm.server.id, [{ realmId: realm.id, extraData: population([1, 1, 0, 6, 2]) }]);
    expect(await realm.notify([forApple, forAndroid])).toEqual(delivered(1, 1));
    const [apple] = service.apns.receivedFor(APPLE);
    expect(apple?.body).toEqual({ push_key_id: 2408, encrypted_data: 'c2VjcmV0', aps: APS });
    expect(apple?.headers).toMatchObject({
      'apns-topic': 'example.app',
      'apns-priority': '10',
      'apns-push-type': 'alert',
    });
    expect(apple?.headers).not.toHaveProperty('apns-expiration');
    expect(service.fcm.receivedFor(ANDROID).map(({ body }) => body)).toEqual([
      {
        message: {
          token: ANDROID,
          data: { push_key_id: '2408', encrypted_data: 'c2VjcmV0' },
          android: { priority: 'HIGH' },
        },
      },
    ]);
    expect(await realm.counts()).toEqual([
      ['realm', 'mobile_pushes_forwarded::day', 2],
      ['realm', 'mobile_pushes_received::day', 2],
    ]);
    const [seen] = await service.rows('SELECT 1 FROM remote_realm_activity WHERE realm_id = $1', [realm.id]);
    expect(seen).toBeDefined();
  });

  it('of a removal wakes the app quietly', async () => {
    await realm.registerPhones();
    const quiet = { apns_priority: 5, apns_push_type: 'background' };
    const answer = await realm.notify([
      { ...forApple, http_headers: quiet, payload },
      { ...forAndroid, fcm_priority: 'normal' },
    ]);
    expect(answer).toEqual(delivered(1, 1));
    const [apple] = service.apns.received;
    expect(apple?.headers).toMatchObject({ 'apns-priority': '5', 'apns-push-type': 'background' });
    expect(apple?.body).toEqual({ ...payload, aps: APS });
    expect(service.fcm.received[0]?.body).toMatchObject({ message: { android: { priority: 'NORMAL' } } });
  });

  it('of Zulip 11 names devices by their numbers and keys by accounts', async () => {
    const { apple, android } = await realm.registerPhones();
    const data = { push_account_id: 10, encrypted_data: 'c2VjcmV0' };
    const requests = [
      { device_id: apple, http_headers: HEADERS, payload: { ...data, aps: APS } },
      { device_id: android, fcm_priority: 'high', payload: data },
      { device_id: 999_999_999, fcm_priority: 'high', payload: data },
    ];
    expect(await realm.notify(requests)).toEqual(delivered(1, 1, { delete_device_ids: [999_999_999] }));
    expect(service.apns.received[0]?.body).toEqual({ ...data, aps: APS });
    expect(service.fcm.received[0]?.body).toMatchObject({
      message: { data: { push_account_id: '10', encrypted_data: 'c2VjcmV0' } },
    });
  });

  it('to two accounts on one phone is two messages', async () => {
    await realm.registerPhones();
    const second = { ...forAndroid, payload: { ...payload, push_key_id: 2409 } };
    expect(await realm.notify([forAndroid, second])).toEqual(delivered(2, 0));
    expect(service.fcm.receivedFor(ANDROID)).toHaveLength(2);
  });

  it('keeps a key id that JavaScript cannot hold', async () => {
    await realm.registerPhones();
    const raw = JSON.stringify({ realm_uuid: realm.uuid, push_requests: [forApple, forAndroid] }).replaceAll(
      '2408',
      '9007199254740993',
    );
    const answer = await service.call('push/e2ee/notify', { auth: realm.server, raw });
    expect({ status: answer.status, body: answer.body }).toEqual(delivered(1, 1));
    expect(service.apns.received[0]?.rawBody).toContain('"push_key_id":9007199254740993');
    expect(service.fcm.received[0]?.rawBody).toContain('"push_key_id":"9007199254740993"');
  });

  it('104: to dead tokens marks them, and names them to the server', async () => {
    await realm.registerPhones();
    service.fcm.script.forToken(ANDROID, { answer: { error: 'UNREGISTERED' } });
    service.apns.script.forToken(APPLE, { answer: { reason: 'BadDeviceToken' } });
    expect(await realm.notify([forApple, forAndroid])).toEqual(delivered(0, 0, bothGone));
    expect(await realm.expired()).toEqual([ANDROID, APPLE]);
  });

  it('104: leaves a device alone that registered after Apple learned of its death', async () => {
    await realm.registerPhones();
    const before = service.clock.millis() - 60_000;
    service.apns.script.forToken(APPLE, { answer: { reason: 'Unregistered', timestamp: before } });
    expect(await realm.notify([forApple])).toEqual(delivered(0, 0));
    expect(await realm.expired()).toEqual([]);
  });

  it('104: marks the token in its own realm only', async () => {
    await realm.registerPhones();
    const first = realm;
    realm = await EncryptedRealm.create(service, realm.server);
    await realm.registerPhones();
    service.fcm.script.forToken(ANDROID, { answer: { error: 'UNREGISTERED' } });
    expect(await realm.notify([forAndroid])).toEqual(delivered(0, 0, { delete_token_ids: [tokenId(ANDROID)] }));
    expect(await realm.expired()).toEqual([ANDROID]);
    realm = first;
    expect(await realm.expired()).toEqual([]);
  });

  it('105: to devices that are dead already is not sent', async () => {
    await realm.registerPhones();
    await service.rows('UPDATE encrypted_devices SET expired_at = now() WHERE remote_realm_id = $1', [realm.id]);
    expect(await realm.notify([forApple, forAndroid])).toEqual(delivered(0, 0, bothGone));
    expect([service.apns.received, service.fcm.received]).toEqual([[], []]);
    expect(await realm.counts()).toEqual([['realm', 'mobile_pushes_received::day', 2]]);
  });

  it('106: to devices that are not known, or are of another realm, names them to the server', async () => {
    await realm.registerPhones();
    const unknown = { ...forAndroid, token_id: tokenId('unknown') };
    const odd = { ...forAndroid, token_id: 'AAAA' };
    expect(await realm.notify([unknown, forAndroid, odd])).toEqual(
      delivered(1, 0, { delete_token_ids: [tokenId('unknown'), 'AAAA'] }),
    );
    realm = await EncryptedRealm.create(service, realm.server);
    expect(await realm.notify([forApple, forAndroid])).toEqual(delivered(0, 0, bothGone));
  });

  it('to nobody is answered too', async () => {
    expect(await realm.notify([])).toEqual(delivered(0, 0));
    expect(await realm.counts()).toEqual([]);
  });

  it('tells the realm when its permission is going to end', async () => {
    await report(service, realm.server.id, [{ realmId: realm.id, extraData: population([11, 0, 0, 0, 0]) }]);
    const end = new Date('2023-12-03T00:00:00Z');
    await setPlan(service, { realmId: realm.id }, { kind: 'ending', nextCycleAt: end });
    const status = { realm_push_status: { can_push: true, expected_end_timestamp: 1_701_561_600 } };
    expect(await realm.notify([])).toEqual(delivered(0, 0, status));
  });
});
