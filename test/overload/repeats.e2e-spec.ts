import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Repeats } from '../../src/push/repeats/repeats.js';
import { APNS, addDevices, FCM } from '../api/device-rows.js';
import { EncryptedRealm, forAndroid, forApple } from '../e2ee/encrypted-realm.js';
import { basic } from '../support/api-client.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { forwarded } from './forwarded.js';

const APPLE = 'c0ffee';
const ANDROID = 'android';
const BODY = { user_id: 10, gcm_payload: { event: 'message', content: 'hi' }, apns_payload: { alert: 'hi' } };
const TOTALS = { total_android_devices: 1, total_apple_devices: 1 };

let service: TestService;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start({ env: { E2EE_KEYS_FILE: 'test/fixtures/e2ee/keys.json' } });
  await service.rows(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'out of order' USING ERRCODE = '53100'; END $$`);
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.apns.reset();
  service.fcm.reset();
  server = await service.addServer({ planType: 102 });
  await addDevices(service, server, { kind: APNS, token: APPLE }, { kind: FCM, token: ANDROID });
});
afterEach(async () => {
  await mend();
  await service.rows('DELETE FROM devices');
});

const notify = (json: object = BODY, auth = server) => service.call('push/notify', { auth, json });
const rung = () => ({ apple: service.apns.delivered, android: service.fcm.delivered });
const remembered = () => service.app.get(Repeats).snapshot().remembered;

/** From now on nothing can be counted: what was sent is answered 503. */
const breakCounters = () =>
  service.rows('CREATE TRIGGER refuse BEFORE INSERT ON push_tallies FOR EACH ROW EXECUTE FUNCTION refuse()');
const mend = () => service.rows('DROP TRIGGER IF EXISTS refuse ON push_tallies');

/** Sends a request whose client will go away. */
function send(json: object, auth = server, path = 'notify'): ClientRequest {
  const sent = request(`${service.origin}/api/v1/remotes/push/${path}`, {
    method: 'POST',
    headers: { authorization: basic(auth), 'content-type': 'application/json' },
  });
  sent.on('error', () => undefined);
  sent.end(JSON.stringify(json));
  return sent;
}

describe('a notification that is repeated after a failure of ours', () => {
  it('does not ring twice, and is counted once', async () => {
    await breakCounters();
    expect((await notify()).status).toBe(503);
    expect((await notify()).status).toBe(503);
    expect(rung()).toEqual({ apple: 1, android: 1 });
    await mend();
    const answer = await notify();
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining(TOTALS)]);
    expect(rung()).toEqual({ apple: 1, android: 1 });
    expect(await forwarded(service, server)).toEqual(['2']);
    expect(remembered()).toBe(0);
  });

  it('rings on the phones that did not take it', async () => {
    service.apns.script.forToken(APPLE, { answer: { reason: 'TopicDisallowed' } }, {});
    await breakCounters();
    expect((await notify()).status).toBe(503);
    expect(rung()).toEqual({ apple: 0, android: 1 });
    await mend();
    expect((await notify()).body).toMatchObject(TOTALS);
    expect(rung()).toEqual({ apple: 1, android: 1 });
    expect(await forwarded(service, server)).toEqual(['2']);
  });

  it('is a new one after a success that arrived', async () => {
    await breakCounters();
    await notify();
    await mend();
    for (const times of [1, 2, 3]) {
      expect((await notify()).status).toBe(200);
      expect(rung()).toEqual({ apple: times, android: times });
    }
  });

  it('is a new one where the body or the server is another', async () => {
    await breakCounters();
    await notify();
    await mend();
    const other = await service.addServer({ planType: 102 });
    await addDevices(service, other, { token: 'elsewhere' });
    expect((await notify(BODY, other)).status).toBe(200);
    expect(service.fcm.receivedFor('elsewhere')).toHaveLength(1);
    expect((await notify({ ...BODY, apns_payload: { alert: 'ho' } })).status).toBe(200);
    expect(rung()).toEqual({ apple: 2, android: 3 });
  });

  it('is a new one when minutes have passed', async () => {
    await breakCounters();
    await notify();
    await mend();
    service.clock.advance(301);
    expect((await notify()).status).toBe(200);
    expect(rung()).toEqual({ apple: 2, android: 2 });
  });

  it('is not remembered where nobody took it', async () => {
    service.apns.script.otherwise({ answer: { reason: 'TooManyRequests', headers: { 'retry-after': '60' } } });
    service.fcm.script.otherwise({ answer: { error: 'QUOTA_EXCEEDED', headers: { 'retry-after': '60' } } });
    expect((await notify()).status).toBe(503);
    expect(remembered()).toBe(0);
  });
});

describe('a notification whose client went away before the answer', () => {
  it('does not ring twice when it comes again later', async () => {
    service.fcm.script.forToken(ANDROID, { delayMs: 1_500 }, {});
    const first = send(BODY);
    await once(service.apns, 'delivery');
    first.destroy();
    await once(service.fcm, 'delivery');
    expect((await notify()).body).toMatchObject(TOTALS);
    expect(rung()).toEqual({ apple: 1, android: 1 });
    expect(await forwarded(service, server)).toEqual(['2']);
    expect((await notify()).status).toBe(200);
    expect(rung()).toEqual({ apple: 2, android: 2 });
  });

  it('is waited for when it comes again while the first is on its way, twice too', async () => {
    service.fcm.script.forToken(ANDROID, { delayMs: 2_500 }, {});
    const first = send(BODY);
    await once(service.apns, 'delivery');
    first.destroy();
    await expect.poll(remembered, { timeout: 20_000 }).toBe(1);
    const answers = await Promise.all([notify(), notify()]);
    for (const { status, body } of answers) expect([status, body]).toEqual([200, expect.objectContaining(TOTALS)]);
    expect(rung()).toEqual({ apple: 1, android: 1 });
    expect(await forwarded(service, server)).toEqual(['2']);
  });

  it('leaves equal notifications of clients that are still there alone', async () => {
    const answers = await Promise.all([notify(), notify(), notify()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(rung()).toEqual({ apple: 3, android: 3 });
  });
});

describe('an encrypted notification', () => {
  it('does not ring twice after a failure, nor after a client that went away', async () => {
    const realm = await EncryptedRealm.create(service);
    await realm.registerPhones();
    const json = { realm_uuid: realm.uuid, push_requests: [forApple, forAndroid] };
    await breakCounters();
    expect((await realm.notify(json.push_requests)).status).toBe(503);
    await mend();
    const both = { android_successfully_sent_count: 1, apple_successfully_sent_count: 1 };
    expect((await realm.notify(json.push_requests)).body).toMatchObject(both);
    expect(rung()).toEqual({ apple: 1, android: 1 });

    service.fcm.script.otherwise({ delayMs: 1_500 });
    const first = send(json, realm.server, 'e2ee/notify');
    await once(service.apns, 'delivery');
    first.destroy();
    await once(service.fcm, 'delivery');
    expect((await realm.notify(json.push_requests)).body).toMatchObject(both);
    expect(rung()).toEqual({ apple: 2, android: 2 });
    expect((await realm.counts()).find(([, property]) => property.includes('forwarded'))?.[2]).toBe(4);
  });
});
