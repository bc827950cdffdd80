import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Credentials } from '../../support/api-client.js';
import { onServer } from '../../support/server-connection.js';
import { canary, canaryNumber } from '../canaries.js';
import { type CanaryWorld, type Owner, plantedHeaders } from '../canary-world.js';
import type { Drive } from './drive.js';

/** An answer of either provider that quotes the message. */
const quoting = () => ({
  answer: {
    status: 400,
    rawBody: JSON.stringify({ reason: `bad value "${canary('content')}"`, error: canary('content') }),
  },
});

function testNotification({ userId }: Owner, token: string, kind: number) {
  const content = () => canary('content');
  return {
    token,
    token_kind: kind,
    user_id: userId,
    user_uuid: randomUUID(),
    base_payload: {
      realm_name: content(),
      realm_uri: content(),
      realm_url: content(),
      server: content(),
      [content()]: [content()],
    },
  };
}

const tokenIdOf = (token: string) => createHash('sha256').update(token).digest().subarray(0, 8);

/** A realm of the server with an Apple and an Android device that take encrypted notifications. */
async function aRealm(world: CanaryWorld, { uuid }: Credentials) {
  const realm = { uuid: randomUUID(), apple: canary('token'), android: canary('token') };
  await onServer(world.databaseUrl, async (client) => {
    const added = await client.query<{ id: string; server_id: string }>(
      `INSERT INTO remote_realms (server_id, uuid, uuid_owner_secret, host, name, created_at, updated_at, realm_date_created)
       SELECT id, $2, 'secret', 'host.zulip.test', 'name', now(), now(), now() FROM remote_servers WHERE uuid = $1
       RETURNING id, server_id`,
      [uuid, realm.uuid],
    );
    for (const [kind, token] of [
      [1, realm.apple],
      [2, realm.android],
    ] as const) {
      await client.query(
        `INSERT INTO encrypted_devices
           (server_id, remote_realm_id, kind, token, token_digest, token_id, ios_app_id, registered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, now())`,
        [
          ...[added.rows[0]?.server_id, added.rows[0]?.id, kind, token, createHash('sha256').update(token).digest()],
          ...[tokenIdOf(token).readBigInt64BE().toString(), kind === 1 ? 'org.zulip.Zulip' : null],
        ],
      );
    }
  });
  return realm;
}

function encrypted(realm: { uuid: string; apple: string; android: string }) {
  const payload = () => ({
    push_key_id: canaryNumber(),
    encrypted_data: Buffer.from(canary('content')).toString('base64'),
    [canary('content')]: canary('content'),
  });
  return {
    realm_uuid: realm.uuid,
    [canary('content')]: canary('content'),
    push_requests: [
      {
        token_id: tokenIdOf(realm.apple).toString('base64'),
        http_headers: { apns_priority: 10, apns_push_type: 'alert' },
        payload: { ...payload(), aps: { alert: { title: canary('content') } } },
      },
      { token_id: tokenIdOf(realm.android).toString('base64'), fcm_priority: 'high', payload: payload() },
    ],
  };
}

/** Waits until the service trusts both providers again: drives before this one have made them fail, and it holds back for a while then. */
async function untilReachable(world: CanaryWorld, auth: Credentials): Promise<void> {
  const { apns, fcm } = world.around;
  for (;;) {
    const owner = await world.anOwner(auth);
    await world.notify(owner);
    const taken = [apns.receivedFor(owner.apple), fcm.receivedFor(owner.android)];
    if (taken.every((received) => received.some(({ status }) => status === 200))) return;
    await sleep(250);
  }
}

export const newerDrives: readonly Drive[] = [
  {
    name: 'test notifications, delivered, refused, and not understood',
    run: async (world) => {
      const owner = await world.anOwner(await world.aServer());
      const post = (json: unknown) =>
        world.call('push/test_notification', { auth: owner.auth, json, headers: plantedHeaders() });
      await untilReachable(world, owner.auth);
      expect((await post(testNotification(owner, owner.apple, 1))).status).toBe(200);
      expect(world.around.apns.receivedFor(owner.apple).map(({ status }) => status)).toEqual([200]);
      world.around.apns.script.forToken(owner.apple, quoting());
      world.around.fcm.script.forToken(owner.android, quoting());
      expect((await post(testNotification(owner, owner.apple, 1))).status).toBe(200);
      expect((await post(testNotification(owner, owner.android, 2))).status).toBe(200);
      const wrong = testNotification(owner, canary('token'), 2);
      expect((await post(wrong)).status).toBe(400);
      expect((await post({ ...wrong, [canary('content')]: canary('content') })).status).toBe(400);
    },
  },
  {
    name: 'encrypted notifications, delivered, refused, and not understood',
    run: async (world) => {
      const auth = await world.aServer();
      const realm = await aRealm(world, auth);
      await untilReachable(world, auth);
      const post = (json: unknown) => world.call('push/e2ee/notify', { auth, json, headers: plantedHeaders() });
      expect((await post(encrypted(realm))).body).toMatchObject({
        android_successfully_sent_count: 1,
        apple_successfully_sent_count: 1,
      });
      world.around.apns.script.forToken(realm.apple, quoting(), { fault: { kind: 'hang' } });
      world.around.fcm.script.forToken(realm.android, quoting(), { fault: { kind: 'hang' } });
      expect((await post(encrypted(realm))).status).toBe(200);
      expect((await post(encrypted(realm))).status).toBe(503);
      const fine = encrypted(realm);
      expect((await post({ ...fine, realm_uuid: canary('content') })).status).toBe(400);
      expect((await post({ ...fine, push_requests: [{ [canary('content')]: canary('content') }] })).status).toBe(400);
      const sealed = {
        realm_uuid: realm.uuid,
        token_id: canary('token'),
        encrypted_push_registration: Buffer.from(canary('content')).toString('base64'),
        bouncer_public_key: canary('content'),
      };
      expect((await world.call('push/e2ee/register', { auth, form: sealed })).status).toBe(400);
    },
  },
  {
    name: 'notifications beyond the rate limit',
    run: async (world) => {
      const service = await world.start({ RATE_LIMIT_PER_MINUTE: '2' });
      const owner = await world.anOwner(await world.aServer());
      const statuses: number[] = [];
      for (let i = 0; i < 4; i++) statuses.push((await world.notify(owner, service)).status);
      expect(statuses).toContain(429);
      expect(await service.stop()).toEqual({ code: 0, signal: null });
    },
  },
];
