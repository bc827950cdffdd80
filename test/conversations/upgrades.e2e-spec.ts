import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SimulatedZulipServer } from '../../src/sandbox/zulip/zulip-server.js';
import { KEYS_ENV } from '../e2ee/sealed.js';
import { TestService } from '../support/service.js';
import { serving, ZulipHost } from '../transfer/zulip-host.js';
import { aZulip, encryptingPhones, HAMLET, MESSAGE, phones, received, serverId } from './zulip.js';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start({ env: { ...KEYS_ENV, OUTGOING_ALLOW: '127.0.0.0/8' } });
});
afterAll(() => service.stop());

const devicesOf = (id: string) =>
  service.rows<{ token: string; user_id: string | null; user_uuid: string | null; linked: boolean }>(
    `SELECT token, user_id, user_uuid, remote_realm_id IS NOT NULL AS linked FROM devices WHERE server_id = $1
     ORDER BY token, id`,
    [id],
  );
const byNumber = (token: string, linked = false) => ({ token, user_id: '10', user_uuid: null, linked });
const byUuid = (token: string, linked = false) => ({ token, user_id: null, user_uuid: HAMLET.uuid, linked });
const linksOf = async (table: string, id: string) => {
  const rows = await service.rows<{ linked: boolean }>(
    `SELECT remote_realm_id IS NOT NULL AS linked FROM ${table} WHERE server_id = $1 AND remote_id IS NOT NULL`,
    [id],
  );
  return rows.map(({ linked }) => linked);
};

describe('a server that is upgraded', () => {
  it('from 5.0 over 7.5 and 8.0 to 12.0 keeps its phones and gets its old rows linked to its realm', async () => {
    const five = await aZulip(service, '5.0');
    const { iphone, android } = phones();
    const { android: other } = phones();
    await five.register();
    five.countHour({ sent: 1, read: 2 });
    await five.upload();
    const id = await serverId(service, five);
    await five.pushRegister(HAMLET, iphone);
    await five.pushRegister(HAMLET, android);
    expect(await devicesOf(id)).toEqual([byNumber(android.token), byNumber(iphone.token)]);

    const seven = five.withVersion('7.5');
    await seven.pushRegister(HAMLET, android);
    await seven.pushRegister(HAMLET, other);
    // The app starts anew; this server was set back to the old version for a while.
    await five.pushRegister(HAMLET, other);
    expect(await devicesOf(id)).toEqual([
      byUuid(android.token),
      byUuid(other.token),
      byNumber(other.token),
      byNumber(iphone.token),
    ]);
    expect(await seven.notify(HAMLET, MESSAGE)).toMatchObject({ total_android_devices: 2, total_apple_devices: 1 });
    for (const phone of [iphone, android, other]) expect(received(service, phone)).toHaveLength(1);
    expect(await devicesOf(id)).toEqual([byUuid(android.token), byUuid(other.token), byNumber(iphone.token)]);
    expect([await linksOf('remote_realm_audit_log', id), await linksOf('remote_realm_counts', id)]).toEqual([
      [false],
      [false, false],
    ]);

    const eight = seven.withVersion('8.0');
    expect(await eight.upload()).toEqual({ kind: 'accepted' });
    expect([await linksOf('remote_realm_audit_log', id), await linksOf('remote_realm_counts', id)]).toEqual([
      [true],
      [true, true],
    ]);
    await eight.notify(HAMLET, MESSAGE);
    expect(await devicesOf(id)).toEqual(
      [byUuid(android.token), byUuid(other.token), byNumber(iphone.token)].map((row) => ({ ...row, linked: true })),
    );
    expect(eight.pushStatus.enabled).toBe(true);

    const twelve = eight.withVersion('12.0');
    await twelve.upload();
    await twelve.notify(HAMLET, MESSAGE);
    for (const phone of [iphone, android, other]) expect(received(service, phone)).toHaveLength(3);
    const [row] = await service.rows('SELECT last_version, last_api_feature_level FROM remote_servers WHERE id = $1', [
      id,
    ]);
    expect(row).toEqual({ last_version: '12.0', last_api_feature_level: 468 });
    await twelve.pushUnregister(HAMLET, iphone);
    await twelve.pushUnregisterAll(HAMLET);
    expect(await devicesOf(id)).toEqual([]);
  });

  it('from 11.0 to 12.0 calls encrypting phones by another name and goes on reaching them', async () => {
    const eleven = await aZulip(service, '11.0');
    const { iphone, android } = await encryptingPhones();
    await eleven.register();
    for (const phone of [iphone, android]) {
      await eleven.pushRegisterEncrypted(HAMLET, phone.register(service.clock.now()));
    }
    const twelve = eleven.withVersion('12.0');
    await twelve.upload();
    const sent = { android_successfully_sent_count: 1, apple_successfully_sent_count: 1 };
    expect(await twelve.notifyEncrypted(HAMLET, MESSAGE)).toMatchObject(sent);
    await twelve.pushRegisterEncrypted(HAMLET, android.register(service.clock.now()));
    expect(await twelve.notifyEncrypted(HAMLET, MESSAGE)).toMatchObject(sent);
    expect(twelve.encryptingDevicesOf(HAMLET)).toBe(2);
  });
});

describe('a server of Zulip 12.0', () => {
  it('loses and regains permission as its users come and go', async () => {
    const zulip = await aZulip(service, '12.0');
    const { android } = phones();
    await zulip.register();
    await zulip.pushRegister(HAMLET, android);
    await zulip.changeUsers({ members: 10 });
    expect(zulip.pushStatus.enabled).toBe(false);
    await expect(zulip.notify(HAMLET, MESSAGE)).rejects.toMatchObject({
      code: 'PUSH_NOTIFICATIONS_DISALLOWED',
      message: expect.stringContaining('Reason provided by the server: Push notifications access with 10+ users'),
    });
    expect(received(service, android)).toEqual([]);
    await zulip.changeUsers({ members: 9 });
    expect(zulip.pushStatus.enabled).toBe(true);
    await zulip.notify(HAMLET, MESSAGE);
    expect(received(service, android)).toHaveLength(1);
  });

  it('forgets a phone that Google says is gone, for all of its users', async () => {
    const zulip = await aZulip(service, '12.0');
    const { android, iphone } = phones();
    const ophelia = { id: 11, uuid: randomUUID() };
    await zulip.register();
    for (const user of [HAMLET, ophelia]) await zulip.pushRegister(user, android);
    await zulip.pushRegister(HAMLET, iphone);
    service.fcm.script.forToken(android.token, { answer: { error: 'UNREGISTERED' } });
    await zulip.notify(HAMLET, MESSAGE);
    expect([zulip.devicesOf(HAMLET), zulip.devicesOf(ophelia)]).toEqual([[iphone], []]);
    await expect(zulip.testNotification(ophelia, android)).rejects.toMatchObject({
      code: 'INVALID_REMOTE_PUSH_DEVICE_TOKEN',
    });
  });

  it('takes its registration with it to a new host, and ends it', async () => {
    const host = await ZulipHost.start();
    const old = new SimulatedZulipServer({
      url: service.origin,
      hostname: host.hostname,
      contactEmail: 'a@zulip.test',
    });
    await old.register();
    const rebuilt = new SimulatedZulipServer({
      url: service.origin,
      hostname: host.hostname,
      contactEmail: 'a@zulip.test',
    });
    await expect(rebuilt.register()).rejects.toMatchObject({ code: 'HOSTNAME_ALREADY_IN_USE_BOUNCER_ERROR' });
    await rebuilt.transferRegistration((token, secret) => {
      host.answer = (response, request) => {
        expect(request.url).toBe(`/api/v1/zulip-services/verify/${token}/`);
        serving(secret)(response, request);
      };
    });
    await host.stop();
    expect(rebuilt.credentials.orgId).toBe(old.credentials.orgId);
    await expect(old.deactivate()).rejects.toMatchObject({ status: 401 });
    await rebuilt.deactivate();
    await expect(rebuilt.pushUnregisterAll(HAMLET)).rejects.toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  });
});
