import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedZulipServer } from './zulip-server.js';

interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A push service that notes what it is asked and answers as told. */
const calls: Call[] = [];
let answer: { status: number; body: string; headers?: Record<string, string> };
const service = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  calls.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
  response.writeHead(answer.status, answer.headers).end(answer.body);
});

const user = { id: 10, uuid: '7c258b11-5c5b-4b0c-a0b6-3d9f6f6b2a10' };
const iphone = { kind: 'apns', token: 'c0ffee', appId: 'example.app' } as const;
const android = { kind: 'fcm', token: 'android-token+/=' } as const;
const message = { id: 7, senderName: 'Iago', content: 'Lunch?', channel: { id: 3, name: 'social', topic: 'food' } };
const notified = {
  result: 'success',
  msg: '',
  total_android_devices: 1,
  total_apple_devices: 1,
  deleted_devices: { android_devices: [], apple_devices: [] },
  realm: { can_push: true, expected_end_timestamp: null },
};

function zulip(version?: string): SimulatedZulipServer {
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  return new SimulatedZulipServer({ url, ...(version ? { version } : {}) });
}

function reply(body: object, status = 200): void {
  answer = { status, body: JSON.stringify(body) };
}

const form = (index = -1) => Object.fromEntries(new URLSearchParams(calls.at(index)?.body));
const json = (index = -1) => JSON.parse(calls.at(index)?.body ?? '');

beforeAll(async () => {
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
});
beforeEach(() => {
  calls.length = 0;
  reply({ result: 'success', msg: '' });
});
afterAll(() => {
  service.close();
  service.closeAllConnections();
});

describe('SimulatedZulipServer', () => {
  it('registers with form fields and without credentials in the header', async () => {
    reply({ result: 'success', msg: '', created: true });
    const server = zulip();
    expect(await server.register()).toEqual({ created: true });
    expect(calls[0]).toMatchObject({ method: 'POST', url: '/api/v1/remotes/server/register' });
    expect(calls[0]?.headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded' });
    expect(calls[0]?.headers.authorization).toBeUndefined();
    expect(form(0)).toEqual({
      zulip_org_id: server.credentials.orgId,
      zulip_org_key: server.credentials.orgKey,
      hostname: 'zulip.sandbox.test',
      contact_email: 'admin@zulip.sandbox.test',
    });
    expect(server.credentials.orgKey).toHaveLength(64);
  });

  it('keeps a rotated key only when the service has taken it', async () => {
    // A version that uploads nothing right after.
    const server = zulip('7.5');
    const old = server.credentials.orgKey;
    reply({ result: 'error', msg: 'no', code: 'BAD_REQUEST' }, 400);
    await expect(server.register({ rotateKey: true })).rejects.toMatchObject({ kind: 'refused' });
    expect(server.credentials.orgKey).toBe(old);
    reply({ result: 'success', msg: '', created: false });
    await server.register({ rotateKey: true });
    expect(form()['zulip_org_key']).toBe(old);
    expect(server.credentials.orgKey).toBe(form()['new_org_key']);
  });

  it('registers a phone with Basic authentication and its own user agent', async () => {
    const server = zulip('12.0');
    await server.pushRegister(user, iphone);
    const { orgId, orgKey } = server.credentials;
    expect(calls[0]?.headers).toMatchObject({
      'user-agent': 'ZulipServer/12.0',
      authorization: `Basic ${Buffer.from(`${orgId}:${orgKey}`).toString('base64')}`,
    });
    expect(form()).toEqual({
      server_uuid: orgId,
      user_id: '10',
      user_uuid: user.uuid,
      realm_uuid: server.realm.uuid,
      token: 'c0ffee',
      token_kind: '1',
      ios_app_id: 'example.app',
    });
    await server.pushRegister(user, android);
    expect(form()).not.toHaveProperty('ios_app_id');
    expect(form()).toMatchObject({ token: android.token, token_kind: '2' });
  });

  it.each([
    [
      '1.6',
      { user_id: 10, apns_payload: { alert: 'New mention from Iago', message_ids: [7] } },
      ['gcm_options', 'user_uuid'],
    ],
    ['1.7', { apns_payload: { custom: { zulip: { message_ids: [7] } } } }, ['gcm_options']],
    [
      '2.1',
      { gcm_options: { priority: 'high' }, apns_payload: { alert: { body: 'Lunch?' } } },
      ['user_uuid', 'realm_uuid'],
    ],
    ['7.5', { user_uuid: user.uuid }, ['realm_uuid', 'apple_devices']],
    ['12.0', { apple_devices: ['c0ffee'], android_devices: ['android-token+/='] }, ['token_id']],
  ])('notifies as Zulip %s does', async (version, expected, absent) => {
    const server = zulip(version);
    await server.pushRegister(user, iphone);
    await server.pushRegister(user, android);
    reply(notified);
    await server.notify(user, message);
    expect(calls.at(-1)).toMatchObject({
      url: '/api/v1/remotes/push/notify',
      headers: { 'content-type': 'application/json' },
    });
    expect(json()).toMatchObject(expected);
    expect(json().gcm_payload).toMatchObject({ event: 'message', content: 'Lunch?', zulip_message_id: 7 });
    for (const name of absent) expect(json()).not.toHaveProperty(name);
  });

  it('sends an empty payload for a kind of phone the user does not have', async () => {
    const server = zulip();
    await server.pushRegister(user, iphone);
    reply(notified);
    await server.notify(user, message);
    expect(json()).toMatchObject({ gcm_payload: {}, gcm_options: {}, android_devices: [] });
  });

  it('takes notifications back with all message ids', async () => {
    const server = zulip();
    await server.pushRegister(user, iphone);
    await server.pushRegister(user, android);
    reply(notified);
    await server.notifyRemoval(user, [1, 2]);
    expect(json()).toMatchObject({
      apns_payload: { badge: 0, custom: { zulip: { event: 'remove', zulip_message_ids: '1,2' } } },
      gcm_payload: { event: 'remove', zulip_message_ids: '1,2' },
      gcm_options: { priority: 'normal' },
    });
  });

  it('forgets the devices the service no longer has', async () => {
    const server = zulip();
    await server.pushRegister(user, iphone);
    await server.pushRegister(user, android);
    reply({ ...notified, deleted_devices: { android_devices: [android.token], apple_devices: [] } });
    await server.notify(user, message);
    expect(server.devicesOf(user)).toEqual([iphone]);
  });

  it('asks for a test notification with exactly the keys allowed', async () => {
    const server = zulip();
    await server.testNotification(user, iphone);
    expect(Object.keys(json()).sort()).toEqual(
      ['base_payload', 'realm_uuid', 'token', 'token_kind', 'user_id', 'user_uuid'].sort(),
    );
    expect(json().base_payload).toMatchObject({
      realm_name: 'Sandbox',
      realm_uri: 'https://zulip.sandbox.test',
      user_id: 10,
    });
  });

  it('unregisters one phone, then all', async () => {
    const server = zulip();
    await server.pushRegister(user, iphone);
    await server.pushRegister(user, android);
    await server.pushUnregister(user, iphone);
    expect(server.devicesOf(user)).toEqual([android]);
    await server.pushUnregisterAll(user);
    expect(form()).toEqual({
      server_uuid: server.credentials.orgId,
      user_id: '10',
      user_uuid: user.uuid,
      realm_uuid: server.realm.uuid,
    });
    expect(server.devicesOf(user)).toEqual([]);
  });

  it.each([
    ['12.0', { status: 400, body: '{"result":"error","msg":"no","code":"BAD_REQUEST"}' }, 'refused'],
    ['12.0', { status: 503, body: '' }, 'retry-later'],
    ['1.9', { status: 503, body: '' }, 'fatal'],
    ['12.0', { status: 404, body: '<html>' }, 'fatal'],
    ['12.0', { status: 401, body: '{"result":"error"}' }, 'fatal'],
    ['12.0', { status: 201, body: '{"result":"success","msg":""}' }, 'fatal'],
    ['12.0', { status: 302, body: '', headers: { location: '/' } }, 'fatal'],
    ['12.0', { status: 200, body: 'ok' }, 'fatal'],
    ['12.0', { status: 200, body: '{"result":"success","msg":"","total_android_devices":"1"}' }, 'fatal'],
  ])('as %s takes %j for %s, and tries again only what may pass', async (version, given, kind) => {
    answer = given;
    await expect(zulip(version).notify(user, message)).rejects.toMatchObject({ kind, status: given.status });
    expect(calls).toHaveLength(kind === 'retry-later' ? 4 : 1);
  });

  it('takes a dead line for a reason to try later', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const server = new SimulatedZulipServer({ url: `http://127.0.0.1:${(gone.address() as AddressInfo).port}` });
    gone.close();
    await once(gone, 'close');
    await expect(server.pushRegister(user, iphone)).rejects.toMatchObject({ kind: 'retry-later', status: 0 });
  });

  it('refuses what its version cannot do', async () => {
    await expect(zulip('1.8.0').register()).rejects.toThrow(RangeError);
    await expect(zulip('7.0').testNotification(user, iphone)).rejects.toThrow(RangeError);
    await expect(zulip('1.9').upload()).rejects.toThrow(RangeError);
    await expect(zulip('10.0').notifyEncrypted(user, message)).rejects.toThrow(RangeError);
    expect(() => zulip('1.5')).toThrow(RangeError);
    expect(calls).toEqual([]);
  });
});
