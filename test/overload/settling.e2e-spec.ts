import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { realmLastSeen, serverLastSeen } from '../api/activity.js';
import { addDevices } from '../api/device-rows.js';
import { callApi } from '../support/api-client.js';
import { type TestServerRow, TestService } from '../support/service.js';

let service: TestService;
let second: NestFastifyApplication;
let nodes: string[];
beforeAll(async () => {
  service = await TestService.start({ env: { RATE_LIMIT_PER_MINUTE: '100000' } });
  const { settings, databaseUrl, clock } = service;
  second = await createApp({ settings, databaseUrl, clock });
  await second.listen(0, '127.0.0.1');
  nodes = [service.origin, await second.getUrl()];
});
afterAll(async () => {
  await second.close();
  await service.stop();
});

const USER = '5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10';

async function aRealm(i: number) {
  const server = await service.addServer({ planType: 102 });
  const realm = await service.addRealm(server, { planType: 102 });
  await addDevices(
    service,
    server,
    { token: `phone ${i}`, userUuid: USER, realmId: realm.id },
    { token: `other ${i}`, userUuid: USER, realmId: realm.id },
  );
  service.fcm.script.forToken(`other ${i}`, { answer: { error: 'SENDER_ID_MISMATCH' } });
  return { server, realm };
}

const notify = (node: string, auth: TestServerRow, realm_uuid: string) =>
  callApi(node, '/api/v1/remotes/push/notify', {
    auth,
    json: { user_uuid: USER, realm_uuid, gcm_payload: { event: 'message' } },
  });

it('adds up 400 notifications that ten servers send through two nodes at once, and none waits for ever', async () => {
  const realms = await Promise.all(Array.from({ length: 10 }, (_, i) => aRealm(i)));
  service.clock.advance(60);
  const before = service.clock.millis();
  const asked = Array.from({ length: 40 }, (_, i) =>
    // Each node meets the servers in another order.
    (i % 2 === 0 ? realms : realms.toReversed()).map(({ server, realm }) =>
      notify(nodes[i % 2] ?? '', server, realm.uuid),
    ),
  );
  const answers = await Promise.all(asked.flat());
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  await service.addUp();
  for (const { server, realm } of realms) {
    const values = await service.rows(
      `SELECT 'server' AS whose, property, value FROM remote_installation_counts WHERE server_id = $1
       UNION ALL SELECT 'realm', property, value FROM remote_realm_counts WHERE remote_realm_id = $2 ORDER BY 1, 2`,
      [server.id, realm.id],
    );
    expect(values.map(({ whose, property, value }) => [whose, property, value])).toEqual([
      ['realm', 'mobile_pushes_forwarded::day', '40'],
      ['realm', 'mobile_pushes_received::day', '80'],
      ['server', 'mobile_pushes_forwarded::day', '40'],
      ['server', 'mobile_pushes_received::day', '80'],
    ]);
    for (const seen of [await serverLastSeen(service, server), await realmLastSeen(service, realm)]) {
      expect(seen?.getTime()).toBeGreaterThanOrEqual(before);
    }
  }
  const [{ deadlocks } = { deadlocks: '' }] = await service.rows<{ deadlocks: string }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  expect(deadlocks).toBe('0');
});

it('notes the server of a notification that is refused, whatever for', async () => {
  const { server, realm } = await aRealm(99);
  for (const json of [{ user_id: 'x' }, {}, { user_uuid: USER, realm_uuid: realm.uuid, gcm_options: { a: 1 } }]) {
    service.clock.advance(60);
    const before = service.clock.millis();
    expect((await service.call('push/notify', { auth: server, json })).status).toBe(400);
    expect((await serverLastSeen(service, server))?.getTime()).toBeGreaterThanOrEqual(before);
  }
  service.clock.advance(60);
  const before = service.clock.millis();
  const json = { user_uuid: USER, gcm_payload: { event: 'message' } };
  expect((await service.call('push/notify', { auth: { ...server, key: 'x'.repeat(64) }, json })).status).toBe(401);
  expect((await serverLastSeen(service, server))?.getTime()).toBeLessThan(before);
});
