import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { basic } from '../../support/api-client.js';
import { canary, canaryKey, canaryNumber } from '../canaries.js';
import { type CanaryWorld, notification, plantedHeaders } from '../canary-world.js';
import type { Drive } from './drive.js';

/** Bodies that are not what an endpoint wants, each with content in it. */
function brokenBodies(): (string | Buffer)[] {
  const text = canary('content');
  return [
    `{"user_id": 10, "apns_payload": {"alert": "${text}"`,
    `{"user_id": 10, "gcm_payload": {"content": "${text}", "content": "${text}"}}`,
    `{"${text}": 1, "${text}": 2}`,
    `{"user_id": 10, "__proto__": {"content": "${text}"}}`,
    `{"user_id": "${text}", "gcm_payload": {}}`,
    `{"user_id": 10, "user_uuid": "${text}"}`,
    `{"user_id": 10, "realm_uuid": "${text}", "gcm_payload": {}}`,
    `{"user_id": 10, "gcm_payload": "${text}"}`,
    `{"user_id": 10, "apns_payload": ["${text}"]}`,
    `{"user_id": 10, "android_devices": [{"${text}": "${text}"}]}`,
    `{"user_id": 10, "gcm_payload": {"content": "${text}\\u0000"}}`,
    `{"user_id": 10, "gcm_payload": {"content": "${text}\\ud800"}}`,
    `${'['.repeat(100)}"${text}"${']'.repeat(100)}`,
    `user_id=10&apns_payload=${text}`,
    `["${text}"]`,
    `"${text}"`,
    text,
    Buffer.concat([Buffer.from(`{"a":"${text}`), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
  ];
}

/** Sends bytes as they are and answers what came back until the connection was closed. */
async function raw(world: CanaryWorld, bytes: string, end = false): Promise<string> {
  const { hostname, port } = new URL(world.service.origin);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  if (end) socket.end();
  await once(socket, 'close');
  return answer;
}

const NOTIFY = '/api/v1/remotes/push/notify';

export const requestDrives: readonly Drive[] = [
  {
    name: 'bodies that are malformed or of the wrong shape',
    run: async (world) => {
      const auth = await world.aServer();
      for (const endpoint of ['push/notify', 'push/register', 'server/register']) {
        for (const body of brokenBodies()) {
          const { status } = await world.call(endpoint, { auth, raw: body, headers: plantedHeaders() });
          expect(status).toBe(400);
        }
      }
    },
  },
  {
    name: 'a body that is too large, and one that is cut off',
    run: async (world) => {
      const auth = await world.aServer();
      const headers = { authorization: basic(auth), ...plantedHeaders() };
      const large = Buffer.alloc(26 * 1024 * 1024, `${canary('content')} `);
      const status = await world
        .call('push/notify', { raw: large, headers })
        .then((answer) => answer.status)
        .catch((error: NodeJS.ErrnoException) => error.code);
      expect([413, 'EPIPE', 'ECONNRESET']).toContain(status);
      const head = `POST ${NOTIFY} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(auth)}\r\nContent-Length: 100000\r\n\r\n`;
      expect(
        await raw(world, `${head}{"user_id": 10, "apns_payload": {"alert": "${canary('content')}`, true),
      ).not.toContain('success');
    },
  },
  {
    name: 'what is no request at all',
    run: async (world) => {
      const content = () => canary('content');
      const broken = [
        `${content()} ${NOTIFY} HTTP/1.1\r\n\r\n`,
        `POST ${NOTIFY} ${content()}\r\n\r\n`,
        `POST ${NOTIFY} HTTP/1.1\r\nHost: x\r\nBad Header ${content()}: x\r\n\r\n`,
        `POST ${NOTIFY} HTTP/1.1\r\nHost: x\r\nX-Long: ${content().repeat(2_000)}\r\n\r\n`,
        `POST ${NOTIFY} HTTP/1.1\r\nHost: x\r\nContent-Length: ${content()}\r\n\r\n${content()}`,
      ];
      for (const bytes of broken) expect(await raw(world, bytes)).toMatch(/^HTTP\/1\.1 4/);
    },
  },
  {
    name: 'addresses, methods and queries that carry something',
    run: async (world) => {
      const auth = await world.aServer();
      const content = canary('content');
      const json = notification({ userId: 10 });
      const got = await Promise.all([
        world.call(`push/${content}`, { auth, json }),
        world.call(`/${content}?token=${canary('token')}`, { method: 'GET' }),
        world.call(`push/notify?content=${content}`, { auth, json, method: 'PUT' }),
        world.call(`push/notify/%FF${content}`, { auth, json }),
        world.call(`push/notify?apns_payload=${content}&user_id=${content}`, { auth, json, headers: plantedHeaders() }),
        world.call(`push/register?token=${canary('token')}&token=${content}`, { auth }),
        world.call('push/notify', { auth, json, headers: { host: `${content}.localhost` } }),
      ]);
      expect(got.map(({ status }) => status)).toEqual([404, 404, 405, 400, 200, 400, 401]);
    },
  },
  {
    name: 'credentials that are not good',
    run: async (world) => {
      const { uuid, key } = await world.aServer();
      const json = notification({ userId: 10 });
      const headers: string[] = [
        basic({ uuid, key: canaryKey() }),
        basic({ uuid: canary('content'), key: canaryKey() }),
        basic({ uuid: `${canary('metadata')}@zulip.test`, key: canaryKey() }),
        `Bearer ${key}`,
        `Basic ${key}`,
        key,
        `Basic ${Buffer.from(`${uuid}:${key}:${canary('key')}`).toString('base64')}`,
      ];
      for (const authorization of headers) {
        const { status } = await world.call('push/notify', { json, headers: { authorization } });
        expect([400, 401]).toContain(status);
      }
    },
  },
  {
    name: 'registrations that are refused, and keys that are rotated',
    run: async (world) => {
      const { uuid, key } = await world.aServer();
      world.around.dns.zone('nowhere.test', { mode: 'nxdomain' }).zone('nomail.test', {});
      const fine = { zulip_org_id: uuid, zulip_org_key: key, hostname: 'a.zulip.test', contact_email: 'a@zulip.test' };
      const wrong: Record<string, string>[] = [
        { zulip_org_key: canaryKey() },
        { zulip_org_key: canary('key') },
        { hostname: `${canary('metadata')}/path` },
        { hostname: canary('metadata') },
        { hostname: canary('metadata').repeat(20) },
        { contact_email: canary('metadata') },
        ...['nowhere.test', 'nomail.test', 'example.com'].map((domain) => ({
          contact_email: `${canary('metadata')}@${domain}`,
        })),
        { zulip_org_id: canary('content').slice(0, 36).padEnd(36, '0') },
        { new_org_key: canary('key') },
      ];
      for (const change of wrong) {
        expect((await world.call('server/register', { form: { ...fine, ...change } })).status).toBe(400);
      }
      const rotated = await world.call('server/register', { form: { ...fine, new_org_key: canaryKey() } });
      expect(rotated.body).toMatchObject({ result: 'success', created: false });
    },
  },
  {
    name: 'options and removals that are refused, and numbers beyond what a number holds',
    run: async (world) => {
      const owner = await world.anOwner(await world.aServer());
      const fine = notification(owner);
      const text = canary('content');
      const wrong = [
        { gcm_options: { priority: text } },
        { gcm_options: { [text]: text } },
        { gcm_payload: { event: 'remove', zulip_message_ids: `${canaryNumber()},${text}` } },
        { apns_payload: { custom: { zulip: { event: 'remove', zulip_message_ids: text } } } },
      ];
      for (const change of wrong) {
        expect((await world.call('push/notify', { auth: owner.auth, json: { ...fine, ...change } })).status).toBe(400);
      }
      const exact = JSON.stringify(fine).replace('"badge":0', `"badge":${canaryNumber()}00000000000000000001.50`);
      expect((await world.call('push/notify', { auth: owner.auth, raw: exact })).status).toBe(200);
    },
  },
];
