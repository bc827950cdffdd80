import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { ApnsProvider } from '../../src/push/push-provider.js';
import { APNS, addDevices, tokensOf } from '../api/device-rows.js';
import { APPLE, delivered, EncryptedRealm, forApple } from '../e2ee/encrypted-realm.js';
import { KEYS_ENV } from '../e2ee/sealed.js';
import { callApi } from '../support/api-client.js';
import { until } from '../support/scripted-http2.js';
import { type TestServerRow, TestService } from '../support/service.js';

let service: TestService;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start({ env: KEYS_ENV });
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.rows('DELETE FROM devices');
  service.apns.reset();
  service.fcm.reset();
  // What an earlier test counted is out of the window.
  service.clock.advance(3600);
  server = await service.addServer({ planType: 102, featureLevel: 468 });
});

const notify = (userId = 10, json: object = {}) =>
  service.call('push/notify', { auth: server, json: { user_id: userId, apns_payload: { badge: 0 }, ...json } });
const hex = (i: number) => i.toString(16).padStart(8, '0');

/** So many Apple phones of one user; their tokens. */
async function phones(count: number, userId = 10, app = 'org.zulip.Zulip'): Promise<string[]> {
  const tokens = Array.from({ length: count }, (_, i) => hex(userId * 1000 + i));
  await addDevices(service, server, ...tokens.map((token) => ({ kind: APNS, token, userId, iosAppId: app }) as const));
  return tokens;
}
const BAD = { answer: { reason: 'BadDeviceToken' } };

describe('when nearly every token of an app is called bad', () => {
  it('nothing is deleted or reported as gone, until tokens live again; other apps go on as usual', async () => {
    const app = 'org.zulip.Wrong';
    const tokens = await phones(60, 10, app);
    service.apns.script.otherwise(BAD);
    const answer = await notify(10, { apple_devices: tokens });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      total_apple_devices: 60,
      deleted_devices: { android_devices: [], apple_devices: [] },
    });
    expect(await tokensOf(service, server)).toHaveLength(60);

    const [other] = await phones(1, 11);
    const gone = await notify(11, { apple_devices: [other] });
    expect(gone.body).toMatchObject({ deleted_devices: { apple_devices: [other] } });

    service.apns.script.clear();
    const alive = await phones(70, 12, app);
    expect((await notify(12)).status).toBe(200);
    service.apns.script.forToken(alive[0]!, BAD);
    const one = await notify(12, { apple_devices: alive });
    expect(one.body).toMatchObject({ deleted_devices: { apple_devices: [alive[0]] } });
  });

  it('devices that take encrypted notifications are kept as well', async () => {
    const realm = await EncryptedRealm.create(service, server);
    await realm.registerPhones();
    await phones(60, 10, 'example.app');
    service.apns.script.otherwise(BAD);
    await notify();
    expect(await realm.notify([forApple])).toEqual(delivered(0, 0));
    expect(await realm.expired()).toEqual([]);
    service.apns.script.clear();
    service.clock.advance(60);
    expect(await realm.notify([forApple])).toEqual(delivered(0, 1));
    expect(service.apns.receivedFor(APPLE)).toHaveLength(2);
  });
});

describe('when Apple fails everybody', () => {
  it('notifications are answered 503 without being sent, and go through again soon after the outage', async () => {
    await phones(30);
    service.apns.script.otherwise({ answer: { reason: 'ServiceUnavailable' } });
    expect((await notify()).status).toBe(503);
    const sent = service.apns.received.length;
    const answer = await notify();
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: 'PUSH_PROVIDER_UNAVAILABLE' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    // At most the probe.
    expect(service.apns.received.length - sent).toBeLessThanOrEqual(1);
    service.apns.script.clear();
    await until(async () => (await notify()).status === 200);
    await until(async () => {
      const before = service.apns.delivered;
      await notify();
      return service.apns.delivered - before === 30;
    });
    expect(service.app.get(ApnsProvider, { strict: false }).snapshot().breaker.state).toBe('closed');
  });
});

describe('several nodes', () => {
  it('show Apple the same provider token, which no dump of the database contains', async () => {
    const { settings, databaseUrl, clock } = service;
    const second = await createApp({ settings, databaseUrl, clock });
    await second.listen(0, '127.0.0.1');
    try {
      await phones(1);
      const nodes = [service.origin, await second.getUrl()];
      const tokens = async () => {
        service.apns.reset();
        for (const node of nodes) {
          const json = { user_id: 10, apns_payload: { badge: 0 } };
          const { status } = await callApi(node, '/api/v1/remotes/push/notify', { auth: server, json });
          expect(status).toBe(200);
        }
        const shown = service.apns.received.map(({ headers }) => headers['authorization'] ?? '');
        expect(shown).toHaveLength(2);
        return new Set(shown);
      };
      const first = await tokens();
      expect(first.size).toBe(1);
      service.clock.advance(51 * 60);
      const next = await tokens();
      expect(next.size).toBe(1);
      expect(next).not.toEqual(first);
      const rows = await service.rows<{ row: string; key_id: string }>(
        'SELECT t::text AS row, key_id FROM provider_tokens t',
      );
      expect(rows.map(({ key_id }) => key_id)).toEqual([settings.apns.keyId]);
      const jwt = [...next][0]!.replace('bearer ', '');
      const dump = rows[0]!.row;
      for (const part of jwt.split('.')) expect(dump).not.toContain(part);
      const pem = readFileSync(settings.apns.keyFile!, 'utf8').split('\n')[1]!;
      expect(dump).not.toContain(pem);
    } finally {
      await second.close();
    }
  });

  it('sign their own while the table cannot be reached', async () => {
    await phones(1);
    service.clock.advance(51 * 60);
    await service.rows('ALTER TABLE provider_tokens RENAME TO provider_tokens_away');
    try {
      expect((await notify()).status).toBe(200);
      expect(service.apns.delivered).toBe(1);
    } finally {
      await service.rows('ALTER TABLE provider_tokens_away RENAME TO provider_tokens');
    }
  });
});
