import { once } from 'node:events';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { type Credentials, callApi } from '../support/api-client.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { refused, success } from './answers.js';
import { APNS, addDevices } from './device-rows.js';
import { endpointsOf } from './endpoints.js';

let service: TestService;
let second: NestFastifyApplication;
/** Both nodes, by the origin they answer on. */
let nodes: string[];
beforeAll(async () => {
  service = await TestService.start();
  const { settings, databaseUrl, clock } = service;
  second = await createApp({ settings, databaseUrl, clock });
  await second.listen(0, '127.0.0.1');
  nodes = [service.origin, await second.getUrl()];
});
afterAll(async () => {
  await second.close();
  await service.stop();
});

const ask = (origin: string, auth: Credentials) =>
  callApi(origin, '/api/v1/remotes/push/unregister/all', { auth, form: { user_id: 1 } });
const rotate = (server: TestServerRow, newKey: string) =>
  service.call('server/register', {
    form: {
      zulip_org_id: server.uuid,
      zulip_org_key: server.key,
      hostname: server.hostname,
      contact_email: 'admin@zulip.test',
      new_org_key: newKey,
    },
  });

it('refuses a rotated key at once, on other nodes too, while what was let through runs to its end', async () => {
  const server = await service.addServer({ planType: 102 });
  const newKey = 'n'.repeat(64);
  await addDevices(service, server, { kind: APNS, token: 'aa' });
  // Both nodes have seen the server, so both remember it.
  for (const node of nodes) expect((await ask(node, server)).status).toBe(200);
  await addDevices(service, server, { kind: APNS, token: 'bb', userId: 10 });

  service.apns.script.forToken('bb', { delayMs: 1_500 });
  const json = { user_id: 10, apns_payload: { badge: 0 } };
  const taken = once(service.apns, 'request');
  const inFlight = nodes.map((node) => callApi(node, '/api/v1/remotes/push/notify', { auth: server, json }));
  await taken;
  expect((await rotate(server, newKey)).body).toEqual(success({ created: false }));

  const old = await ask(service.origin, server);
  expect([old.status, old.body['msg']]).toEqual([
    401,
    `Zulip server auth failure: key does not match role ${server.uuid}`,
  ]);
  // The other node hears of it from the database; what it remembers would last for a minute.
  const [, other = ''] = nodes;
  await expect.poll(async () => (await ask(other, server)).status, { timeout: 20_000 }).toBe(401);
  for (const node of nodes) expect((await ask(node, { ...server, key: newKey })).status).toBe(200);
  for (const answer of await Promise.all(inFlight)) {
    expect(answer.body).toMatchObject({ result: 'success', total_apple_devices: 2 });
  }
});

it('takes a new key at once on a node that remembers the old one', async () => {
  const server = await service.addServer();
  for (const node of nodes) expect((await ask(node, server)).status).toBe(200);
  const newKey = 'm'.repeat(64);
  await rotate(server, newKey);
  const answers = await Promise.all(nodes.map((node) => ask(node, { ...server, key: newKey })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
});

it('refuses a deactivated server on every endpoint of every node', async () => {
  const server = await service.addServer();
  for (const node of nodes) expect((await ask(node, server)).status).toBe(200);
  await service.rows('UPDATE remote_servers SET deactivated = true WHERE id = $1', [server.id]);
  for (const node of nodes) {
    await expect.poll(async () => (await ask(node, server)).status, { timeout: 20_000 }).toBe(401);
  }
  const endpoints = (await endpointsOf(service)).filter(({ authenticated }) => authenticated);
  expect(endpoints.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['push/register', 'push/unregister', 'push/unregister/all', 'push/notify']),
  );
  for (const node of nodes) {
    for (const { method, name } of endpoints) {
      const answer = await callApi(node, `/api/v1/remotes/${name}`, { method, auth: server });
      expect({ name, status: answer.status, body: answer.body }).toEqual({
        name,
        status: 401,
        body: refused(
          'The mobile push notification service registration for your server has been deactivated',
          'UNAUTHORIZED',
        ),
      });
    }
  }
});

it('lets a server in again on every node when it is active again', async () => {
  const server = await service.addServer();
  await service.rows('UPDATE remote_servers SET deactivated = true WHERE id = $1', [server.id]);
  for (const node of nodes) expect((await ask(node, server)).status).toBe(401);
  await service.rows('UPDATE remote_servers SET deactivated = false WHERE id = $1', [server.id]);
  // What is remembered as refused is looked up again before it is refused.
  for (const node of nodes) expect((await ask(node, server)).status).toBe(200);
});

it('counts and registers together: each of 100 requests over both nodes is kept once', async () => {
  const server = await service.addServer({ planType: 102 });
  const form = { user_id: 10, token: 'shared', token_kind: 2 };
  const url = (name: string) => `/api/v1/remotes/push/${name}`;
  await Promise.all(
    Array.from({ length: 50 }, () =>
      nodes.map((node) => callApi(node, url('register'), { auth: server, form })),
    ).flat(),
  );
  expect(await service.rows('SELECT 1 FROM devices WHERE server_id = $1', [server.id])).toHaveLength(1);
  const json = { user_id: 10, gcm_payload: { event: 'message' } };
  await Promise.all(
    Array.from({ length: 50 }, () => nodes.map((node) => callApi(node, url('notify'), { auth: server, json }))).flat(),
  );
  await service.addUp();
  expect(
    await service.rows('SELECT value FROM remote_installation_counts WHERE server_id = $1 ORDER BY property', [
      server.id,
    ]),
  ).toEqual([{ value: '100' }, { value: '100' }]);
});
