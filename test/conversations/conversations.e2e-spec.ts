import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversationOf } from '../../src/sandbox/zulip/conversation.js';
import { pushBouncer } from '../cli/command.js';
import { KEYS_ENV, PUBLIC_KEY } from '../e2ee/sealed.js';
import { setPlan } from '../permission/population.js';
import { TestService } from '../support/service.js';
import { aZulip, encryptingPhones, HAMLET, MESSAGE, phones, received, serverId } from './zulip.js';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start({ env: KEYS_ENV });
});
afterAll(() => service.stop());

const VERSIONS = ['1.6', '1.7', '2.0.6', '2.1', '5.0', '7.5', '8.0', '9.0', '10.0', '11.0', '12.0'];
/** Before 2.1 a server does not tell how many users it has. */
const SECRETIVE = ['1.6', '1.7', '2.0.6'];
/** What each version says of its realm beside the message. */
const REALM_KEYS: Readonly<Record<string, readonly string[]>> = {
  '7.5': ['realm_uri'],
  '8.0': ['realm_name', 'realm_uri'],
  '9.0': ['realm_name', 'realm_uri', 'realm_url'],
};

/** The first payload that Apple must get of a message, by the versions since when it looks like this. */
function onIphone(version: string): object {
  if (version === '1.6' || version === '1.7') {
    return {
      aps: { alert: 'New mention from Ophelia', badge: version === '1.6' ? 0 : 1 },
      zulip: { message_ids: [MESSAGE.id] },
    };
  }
  return {
    aps: {
      alert: { title: '#social > food', subtitle: 'Ophelia mentioned you:', body: MESSAGE.content },
      sound: 'default',
      badge: 0,
    },
    zulip: expect.objectContaining({ message_ids: [MESSAGE.id], stream: 'social', topic: 'food', user_id: 10 }),
  };
}

function onAndroid(token: string) {
  const data = { event: 'message', content: MESSAGE.content, zulip_message_id: '7', sender_full_name: 'Ophelia' };
  return { message: { token, data: expect.objectContaining(data), android: { priority: 'HIGH' } } };
}

const UPLOAD = ['server/analytics/status', 'server/analytics'];
const PHONES = ['push/register', 'push/register'];
const MESSAGE_AND_REMOVAL = ['push/notify', 'push/notify'];
const ONE_BY_ONE = ['push/unregister', 'push/unregister'];
const OUT = ['push/unregister', 'push/unregister/all'];
const BEFORE_COMMAND = [...PHONES, 'push/notify', ...ONE_BY_ONE];
const SINCE_2_1 = ['server/register', ...UPLOAD, ...PHONES, ...MESSAGE_AND_REMOVAL, ...OUT];
const START_SINCE_8 = ['server/register', ...UPLOAD, ...UPLOAD, ...PHONES, ...MESSAGE_AND_REMOVAL];
const END_SINCE_8 = ['push/test_notification', ...UPLOAD, ...OUT];
const SINCE_8 = [...START_SINCE_8, ...END_SINCE_8];
const ENCRYPTED = ['push/e2ee/register', 'push/e2ee/notify', 'push/e2ee/notify'];
const SINCE_11 = [...START_SINCE_8, ...ENCRYPTED, ...END_SINCE_8];
/** The endpoints that each version calls, in order. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  '1.6': BEFORE_COMMAND,
  '1.7': BEFORE_COMMAND,
  '2.0.6': ['server/register', ...UPLOAD, ...PHONES, ...MESSAGE_AND_REMOVAL, ...ONE_BY_ONE],
  '2.1': SINCE_2_1,
  '5.0': SINCE_2_1,
  '7.5': SINCE_2_1,
  '8.0': SINCE_8,
  '9.0': SINCE_8,
  '10.0': SINCE_8,
  '11.0': SINCE_11,
  '12.0': SINCE_11,
};

const removal = { event: 'remove', zulip_message_ids: '7' };
const removedOnIphone = { aps: { badge: 0 }, zulip: expect.objectContaining(removal) };
const removedOnAndroid = (token: string) => ({
  message: { token, data: expect.objectContaining(removal), android: { priority: 'NORMAL' } },
});

const stored = (token: string) => service.rows('SELECT 1 FROM devices WHERE token = $1', [token]);

describe.each(VERSIONS)('Zulip %s', (version) => {
  it('registers phones, reaches them, takes notifications back and lets phones go', async () => {
    const zulip = await aZulip(service, version);
    const { iphone, android } = phones();
    const { features } = zulip;
    if (features.registerCommand) expect(await zulip.register()).toEqual({ created: true });
    if (features.uploads !== 'none') {
      zulip.countHour({ sent: 3, read: 5 });
      expect(await zulip.upload()).toEqual({ kind: 'accepted' });
    }
    await zulip.pushRegister(HAMLET, iphone);
    await zulip.pushRegister(HAMLET, android);
    if (SECRETIVE.includes(version)) {
      // It counts as one whose data is missing, and is old: its administrators get the news by mail.
      await expect(zulip.notify(HAMLET, MESSAGE)).rejects.toMatchObject({
        kind: 'refused',
        code: 'INVALID_ZULIP_SERVER',
        message: "Your plan doesn't allow sending push notifications.",
      });
      expect([...received(service, iphone), ...received(service, android)]).toEqual([]);
      await setPlan(service, { serverId: await serverId(service, zulip) }, { kind: 'active' });
    }

    const answer = await zulip.notify(HAMLET, MESSAGE);
    expect(answer).toMatchObject({ total_android_devices: 1, total_apple_devices: 1 });
    expect(received(service, iphone)).toEqual([onIphone(version)]);
    expect(received(service, android)).toEqual([onAndroid(android.token)]);
    const [sent] = received(service, android) as [{ message: { data: Record<string, string> } }];
    for (const key of REALM_KEYS[version] ?? []) expect(sent.message.data).toHaveProperty(key);
    if (features.uploads === 'realms') expect(zulip.pushStatus).toMatchObject({ enabled: true, expectedEnd: null });

    if (features.gcmOptions) {
      await zulip.notifyRemoval(HAMLET, [MESSAGE.id]);
      expect(received(service, iphone)).toEqual([onIphone(version), removedOnIphone]);
      expect(received(service, android)).toEqual([onAndroid(android.token), removedOnAndroid(android.token)]);
    }
    if (features.testNotification) {
      await zulip.testNotification(HAMLET, iphone);
      const text = 'This is a test notification from Sandbox';
      expect(received(service, iphone).at(-1)).toMatchObject({
        aps: { alert: { body: expect.stringContaining(text) } },
      });
    }

    await zulip.pushUnregister(HAMLET, iphone);
    expect(await stored(iphone.token)).toEqual([]);
    if (features.unregisterAll) await zulip.pushUnregisterAll(HAMLET);
    else await zulip.pushUnregister(HAMLET, android);
    expect(await stored(android.token)).toEqual([]);
  });

  it('says from beginning to end what a server of its version says', async () => {
    const said: string[] = [];
    const zulip = await aZulip(service, version, ({ path, status }) => {
      said.push(`${path.replace('/api/v1/remotes/', '')} ${status}`);
    });
    const { iphone, android } = phones();
    const steps = conversationOf(zulip, {
      user: HAMLET,
      devices: [iphone, android],
      encrypting: (await encryptingPhones()).android,
      message: MESSAGE,
      registered: false,
      now: () => service.clock.now(),
    });
    for (const [i, { run }] of steps.entries()) {
      await run();
      // By now it is registered.
      if (i === 0) await setPlan(service, { serverId: await serverId(service, zulip) }, { kind: 'active' });
    }
    expect(said).toEqual(SAID[version]?.map((endpoint) => `${endpoint} 200`));
  });
});

describe.each(['11.0', '12.0'])('encrypted notifications of Zulip %s', (version) => {
  it('reach apps that alone can read them, and are taken back', async () => {
    const zulip = await aZulip(service, version);
    const { iphone, android } = await encryptingPhones();
    await zulip.register();
    for (const phone of [iphone, android]) {
      await zulip.pushRegisterEncrypted(HAMLET, phone.register(service.clock.now()));
    }
    const sent = { android_successfully_sent_count: 1, apple_successfully_sent_count: 1 };
    expect(await zulip.notifyEncrypted(HAMLET, MESSAGE)).toMatchObject(sent);
    const [onApple] = service.apns.receivedFor(iphone.token);
    const [onGoogle] = service.fcm.receivedFor(android.token);
    for (const [phone, delivery] of [
      [iphone, onApple],
      [android, onGoogle],
    ] as const) {
      const shown = delivery && phone.read(delivery);
      expect(shown).toMatchObject({ type: 'message', content: MESSAGE.content, topic: 'food', user_id: 10 });
      expect(delivery?.rawBody).not.toContain(MESSAGE.content);
    }
    expect(onApple?.headers).toMatchObject({ 'apns-priority': '10', 'apns-push-type': 'alert' });
    const key = version === '11.0' ? 'push_account_id' : 'push_key_id';
    expect(onApple?.body).toEqual({
      [key]: expect.any(Number),
      encrypted_data: expect.any(String),
      aps: { 'mutable-content': 1, alert: { title: 'New notification' } },
    });

    expect(await zulip.notifyRemovalEncrypted(HAMLET, [MESSAGE.id])).toMatchObject(sent);
    const [, quiet] = service.apns.receivedFor(iphone.token);
    expect(quiet?.headers).toMatchObject({ 'apns-priority': '5', 'apns-push-type': 'background' });
    expect(quiet && iphone.read(quiet)).toMatchObject({ type: 'remove', message_ids: [MESSAGE.id] });
    expect(zulip.encryptingDevicesOf(HAMLET)).toBe(2);
  });

  it('end for a phone that is gone, and wait for a realm that is not known yet', async () => {
    const zulip = await aZulip(service, version);
    const { android } = await encryptingPhones();
    await zulip.register();
    await service.rows('UPDATE remote_realms SET uuid = gen_random_uuid() WHERE uuid = $1', [zulip.realm.uuid]);
    const registering = zulip.pushRegisterEncrypted(HAMLET, android.register(service.clock.now()));
    await zulip.upload();
    await registering;
    service.fcm.script.forToken(android.token, { answer: { error: 'UNREGISTERED' } });
    expect(await zulip.notifyEncrypted(HAMLET, MESSAGE)).toMatchObject({ android_successfully_sent_count: 0 });
    expect(zulip.encryptingDevicesOf(HAMLET)).toBe(0);
  });

  it('are refused to an organization that the service does not know, which takes it for a lost permission', async () => {
    const zulip = await aZulip(service, version);
    await zulip.register();
    expect(zulip.pushStatus.enabled).toBe(true);
    await service.rows('DELETE FROM remote_realms WHERE uuid = $1', [zulip.realm.uuid]);
    await expect(zulip.notifyEncrypted(HAMLET, MESSAGE)).rejects.toMatchObject({ code: 'MISSING_REMOTE_REALM' });
    expect(zulip.pushStatus.enabled).toBe(false);
  });
});

it('push-bouncer zulip-server plays a whole conversation, and prints it without keys', async () => {
  const options = `--hostname played.zulip.test --token played --bouncer-public-key ${PUBLIC_KEY}`;
  const { code, stdout, stderr } = await pushBouncer(`zulip-server --url ${service.origin} ${options} play`);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.match(/^> .*$/gm)?.map((line) => line.replace(/^.*remotes\//, ''))).toEqual(SINCE_11);
  expect(stdout.match(/^# .*$/gm)).toContain('# a phone logs in that encrypts');
  const secret = /zuliprealm_[0-9a-f]+/;
  expect(stdout).not.toMatch(secret);
  const key = /--key (\S{64})/.exec(stdout)?.[1] ?? '';
  expect(stdout.split(key)).toHaveLength(2);
  // A message and its removal each, and a test of the first.
  const counts = ['played', 'c0ffee01', 'played:e2ee'].map(
    (token) => [service.fcm, service.apns].flatMap((host) => host.receivedFor(token)).length,
  );
  expect(counts).toEqual([3, 2, 2]);
});
