import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiRequest, basic } from '../support/api-client.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { serverLastSeen } from './activity.js';
import { expectAnswer, refused, success } from './answers.js';

const FORM = { user_id: 11, token: '111222', token_kind: 2 };
const NO_HEADER = refused('Missing authorization header for basic auth', 'UNAUTHORIZED');
const BAD_HEADER = refused('Invalid authorization header for basic auth', 'UNAUTHORIZED');
const NOT_BASIC = refused('This endpoint requires HTTP basic authentication.');
const A_USER = refused('Must validate with valid Zulip server API key');
const DEACTIVATED = refused(
  'The mobile push notification service registration for your server has been deactivated',
  'UNAUTHORIZED',
);
const unknown = (role: string) =>
  refused(
    `Zulip server auth failure: ${role} is not registered -- did you run \`manage.py register_server\`?`,
    'UNAUTHORIZED',
  );
const wrongKey = (role: string) =>
  refused(`Zulip server auth failure: key does not match role ${role}`, 'UNAUTHORIZED');

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');

let service: TestService;
let server: TestServerRow;
const ROLE = '6cde5f7a-1f7e-4978-9716-49f69ebfc9fe';

beforeAll(async () => {
  service = await TestService.start();
  server = await service.addServer({ uuid: ROLE, hostname: 'demo.example.com', planType: 102 });
});
afterAll(() => service.stop());

function register(headers: Record<string, string>, more: ApiRequest = {}) {
  return service.call('push/register', { form: FORM, ...more, headers });
}

describe('the vectors of authentication', () => {
  const key = 'k'.repeat(64);
  it.each<[string, Record<string, string>, number, unknown]>([
    ['1: no Authorization header', {}, 401, NO_HEADER],
    ['2: another scheme', { authorization: 'Digest abc' }, 400, NOT_BASIC],
    ['3: no colon in the credentials', { authorization: `Basic ${base64('foo')}` }, 401, BAD_HEADER],
    ["4: a user's e-mail address", { authorization: `Basic ${base64(`hamlet@zulip.com:${key}`)}` }, 400, A_USER],
    ['5: no UUID', { authorization: `Basic ${base64(`invalid_uuid:${key}`)}` }, 401, unknown('invalid_uuid')],
    [
      '5: no UUID, on a wrong subdomain',
      { authorization: `Basic ${base64(`invalid_uuid:${key}`)}`, host: 'zulip.localhost:3000' },
      401,
      unknown('invalid_uuid'),
    ],
    ['7: the wrong key', { authorization: `Basic ${base64(`${ROLE}:${key}`)}` }, 401, wrongKey(ROLE)],
  ])('%s', async (_name, headers, status, body) => {
    expectAnswer(await register(headers), status, body);
    expect(await serverLastSeen(service, server)).toBeUndefined();
  });

  it('6: a UUID that nobody registered', async () => {
    const uuid = randomUUID();
    expectAnswer(await service.call('push/register', { form: FORM, auth: { uuid, key } }), 401, unknown(uuid));
  });

  it('8: the right credentials on a subdomain, which is looked at last', async () => {
    const there = { host: 'zulip.localhost:3000' };
    const wrongHost = refused('Invalid subdomain for push notifications bouncer', 'UNAUTHORIZED');
    expectAnswer(await register(there, { auth: server }), 401, wrongHost);
    expectAnswer(await register(there, { auth: { ...server, key } }), 401, wrongKey(ROLE));
    expect(await serverLastSeen(service, server)).toBeUndefined();
  });

  it('9: a deactivated server, on push/register and push/unregister', async () => {
    const auth = await service.addServer();
    await service.rows('UPDATE remote_servers SET deactivated = true WHERE id = $1', [auth.id]);
    expectAnswer(await service.call('push/register', { auth, form: FORM }), 401, DEACTIVATED);
    expectAnswer(await service.call('push/unregister', { auth, form: FORM }), 401, DEACTIVATED);
    const other = { uuid: auth.uuid, key };
    expectAnswer(await service.call('push/register', { auth: other, form: FORM }), 401, wrongKey(auth.uuid));
    expect(await serverLastSeen(service, auth)).toBeUndefined();
  });

  it('10: GET without credentials is a wrong method before anything else', async () => {
    const answer = await service.call('push/register', { method: 'GET' });
    expect(answer.status).toBe(405);
    expect(answer.text).toBe('{"result":"error","msg":"Method Not Allowed","allowed_methods":["POST"]}');
    expect(answer.headers).toMatchObject({ allow: 'POST', 'content-type': 'application/json' });
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });
});

describe('an Authorization header', () => {
  it.each<[string, string, number, unknown]>([
    ['that is empty', '', 401, BAD_HEADER],
    ['of one word', 'Basic', 401, BAD_HEADER],
    ['of three words', `Basic ${base64('a:b')} c`, 401, BAD_HEADER],
    ['of three words of another scheme', 'Digest a b', 401, BAD_HEADER],
    ['of another scheme whose second word is no base64', 'Bearer %%%', 400, NOT_BASIC],
    ['that is no base64', 'Basic %%%%', 401, BAD_HEADER],
    ['that is base64 of broken UTF-8', `Basic ${base64(Buffer.from([0xc3, 0x28, 0x3a]))}`, 401, BAD_HEADER],
    ['with two colons', `Basic ${base64('a:b:c')}`, 401, BAD_HEADER],
    ['with two colons and an e-mail address', `Basic ${base64('a@b:c:d')}`, 401, BAD_HEADER],
    ['with an empty user', `Basic ${base64(':key')}`, 401, unknown('')],
    ['whose user has a NUL', `Basic ${base64('\0:key')}`, 401, unknown('\0')],
    ['of 8 kB', `Basic ${base64(`${'x'.repeat(6_000)}:k`)}`, 401, unknown('x'.repeat(6_000))],
  ])('%s is refused', async (_name, authorization, status, body) => {
    expectAnswer(await register({ authorization }), status, body);
  });

  it.each<[string, (uuid: string) => string]>([
    ['capitals', (uuid) => uuid.toUpperCase()],
    ['no hyphens', (uuid) => uuid.replaceAll('-', '')],
    ['braces', (uuid) => `{${uuid}}`],
    ['a braced URN', (uuid) => `urn:uuid:${uuid}`],
  ])('may spell the UUID with %s; an answer keeps that spelling', async (_name, spell) => {
    const auth = await service.addServer();
    const role = spell(auth.uuid);
    // A URN has colons of its own, which Basic authentication has no room for.
    const good = await register({ authorization: basic({ uuid: role, key: auth.key }) });
    if (role.includes(':')) return expectAnswer(good, 401, BAD_HEADER);
    expectAnswer(good, 200, success());
    expectAnswer(await register({ authorization: basic({ uuid: role, key: 'x' }) }), 401, wrongKey(role));
  });

  it('may name the scheme in any case', async () => {
    const auth = await service.addServer();
    expectAnswer(await register({ authorization: basic(auth).replace('Basic', 'bASIC') }), 200, success());
  });
});

it('notes when a server last asked, also where the endpoint then refuses', async () => {
  const auth = await service.addServer();
  const before = service.clock.millis();
  expectAnswer(await service.call('push/register', { auth, form: { ...FORM, token_kind: 17 } }), 400, {
    ...refused('Invalid token type'),
  });
  const seen = await serverLastSeen(service, auth);
  expect(seen?.getTime()).toBeGreaterThanOrEqual(before);
});

describe('a wrong method', () => {
  it.each(['push/register', 'push/unregister', 'push/unregister/all', 'push/notify', 'server/register'])(
    'on %s is answered before credentials and body are looked at',
    async (endpoint) => {
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        const answer = await service.call(endpoint, { method, raw: method === 'GET' ? '' : '{' });
        expectAnswer(answer, 405, { result: 'error', msg: 'Method Not Allowed', allowed_methods: ['POST'] });
        expect(answer.headers.allow).toBe('POST');
      }
    },
  );

  it('is also found out where the path carries a query', async () => {
    const answer = await service.call('push/register?user_id=1', { method: 'GET' });
    expect(answer.status).toBe(405);
  });
});
