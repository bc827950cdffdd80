import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestServerRow, TestService } from '../support/service.js';
import { expectAnswer, expectRefusal, refused } from './answers.js';

const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };
const MALFORMED_JSON = refused('Malformed JSON');
const MALFORMED_FORM = refused('Malformed form data');
const nested = (depth: number) => `{"user_id":10,"gcm_payload":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;

let service: TestService;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start();
  server = await service.addServer({ planType: 102 });
});
afterAll(() => service.stop());

/** Whatever came, nothing is stored or sent, and the next request is answered as if nothing had been. */
afterEach(async () => {
  expect(await service.rows('SELECT 1 FROM devices')).toEqual([]);
  expect(await service.rows('SELECT 1 FROM remote_servers')).toHaveLength(1);
  expect([service.apns.received, service.fcm.received]).toEqual([[], []]);
  expect((await service.call('push/unregister/all', { auth: server, form: { user_id: 1 } })).status).toBe(200);
});

const notify = (raw: string | Buffer, headers = {}) => service.call('push/notify', { auth: server, raw, headers });
const register = (raw: string | Buffer, headers: Record<string, string> = FORM_TYPE) =>
  service.call('push/register', { auth: server, raw, headers });

describe('a JSON body', () => {
  it.each<[string, string | Buffer]>([
    ['that is empty', ''],
    ['of white space', ' \n'],
    ['that ends too soon', '{"user_id":10'],
    ['with something behind it', '{"user_id":10} x'],
    ['with a trailing comma', '{"user_id":10,}'],
    ['in single quotes', "{'user_id':10}"],
    ['with a comment', '{"user_id":10 /* ten */}'],
    ['with NaN', '{"user_id":NaN}'],
    ['with a leading zero', '{"user_id":010}'],
    ['with a hexadecimal number', '{"user_id":0x10}'],
    ['with a byte order mark', '\ufeff{"user_id":10}'],
    ['in UTF-16', Buffer.from('{"user_id":10}', 'utf16le')],
    ['with broken UTF-8', Buffer.concat([Buffer.from('{"user_id":10,"a":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    [
      'with an overlong UTF-8 form',
      Buffer.concat([Buffer.from('{"user_id":10,"a":"'), Buffer.from([0xc0, 0x80]), Buffer.from('"}')]),
    ],
    ['with a bare control character', '{"user_id":10,"a":"\u0001"}'],
    ['with an escaped NUL', '{"user_id":10,"gcm_payload":{"a":"\\u0000"}}'],
    ['with a NUL in a key', '{"user_id":10,"gcm_payload":{"\\u0000":1}}'],
    ['with half a surrogate pair', '{"user_id":10,"gcm_payload":{"a":"\\ud83d"}}'],
    ['with surrogates in the wrong order', '{"user_id":10,"gcm_payload":{"a":"\\ude00\\ud83d"}}'],
    ['with __proto__', '{"user_id":10,"__proto__":{"x":1}}'],
    ['with __proto__ further down', '{"user_id":10,"gcm_payload":{"__proto__":{"x":1}}}'],
    ['with __proto__ in escapes', '{"user_id":10,"gcm_payload":{"\\u005f_proto__":1}}'],
    ['with a key twice', '{"user_id":10,"user_id":11}'],
    ['with a key twice further down', '{"user_id":10,"gcm_payload":{"a":1,"a":1}}'],
    ['with a key twice, once in escapes', '{"user_id":10,"gcm_payload":{"a":1,"\\u0061":2}}'],
    ['with a key twice and a large number', '{"user_id":9007199254740993,"user_id":9007199254740993}'],
    ['nested 65 deep', nested(64)],
    ['nested 100,000 deep', nested(100_000)],
    ['of 100,000 open brackets', '['.repeat(100_000)],
    ['that is a form', 'user_id=10'],
    ['in multipart form', '--x\r\nContent-Disposition: form-data; name="user_id"\r\n\r\n10\r\n--x--\r\n'],
  ])('%s is malformed', async (_name, raw) => {
    expectAnswer(await notify(raw), 400, MALFORMED_JSON);
  });

  it.each<[string, string, string]>([
    ['a number', '5', 'request is not a dict'],
    ['a string', '"x"', 'request is not a dict'],
    ['null', 'null', 'request is not a dict'],
    ['a list of objects', '[{"user_id":10}]', 'request is not a dict'],
    ['an exact number', '1.0', 'request is not a dict'],
  ])('of %s is no object', async (_name, raw, msg) => {
    expectAnswer(await notify(raw), 400, refused(msg));
  });

  it.each(['constructor', 'prototype', 'toString', 'hasOwnProperty', ''])(
    'may have the key "%s" in a payload, which is no harm',
    async (key) => {
      const raw = JSON.stringify({ user_id: 10, gcm_payload: { [key]: 1 }, apns_payload: { custom: { [key]: 1 } } });
      expect((await notify(raw)).status).toBe(200);
    },
  );

  it('is read whatever its content type says', async () => {
    for (const type of ['text/plain', 'application/xml', 'a/b; charset=utf-16', 'garbage', '']) {
      expect((await notify('{"user_id":10}', { 'content-type': type })).status).toBe(200);
    }
  });

  it('of 26 MiB is too large', async () => {
    const answer = await notify(`{"a":"${'x'.repeat(26 * 1024 * 1024)}"}`);
    expect([answer.status, answer.body['result']]).toEqual([413, 'error']);
  });

  it('of 20 MiB is read', async () => {
    const answer = await notify(`{"user_id":10,"gcm_payload":{"a":"${'x'.repeat(20 * 1024 * 1024)}"}}`);
    expect(answer.status).toBe(200);
  });
});

describe('a form', () => {
  const rest = '&user_id=10&token_kind=2';
  it.each<[string, string | Buffer, unknown]>([
    ['with a lone percent sign', `token=%${rest}`, MALFORMED_FORM],
    ['with half an escape', `token=%4${rest}`, MALFORMED_FORM],
    ['with an escape that is none', `token=%zz${rest}`, MALFORMED_FORM],
    ['with escaped broken UTF-8', `token=%ff${rest}`, MALFORMED_FORM],
    ['with an escaped surrogate', `token=%ed%a0%80${rest}`, MALFORMED_FORM],
    [
      'with broken UTF-8',
      Buffer.concat([Buffer.from('token='), Buffer.from([0xff]), Buffer.from(rest)]),
      MALFORMED_FORM,
    ],
    ['with an escaped NUL', `token=%00${rest}`, MALFORMED_FORM],
    ['with a NUL in a name', `a%00=1&token=t${rest}`, MALFORMED_FORM],
    ['with a NUL', Buffer.from(`token=\0${rest}`), MALFORMED_FORM],
    ['with a name twice', `token=a&token=b${rest}`, refused("Duplicate 'token' argument")],
    ['with an unknown name twice', `x=a&x=b&token=t${rest}`, refused("Duplicate 'x' argument")],
    ['with a name twice, once in escapes', `token=a&%74oken=b${rest}`, refused("Duplicate 'token' argument")],
    ['that is empty', '', refused("Missing 'token' argument", 'REQUEST_VARIABLE_MISSING', { var_name: 'token' })],
    ['of ampersands', '&&&&', refused("Missing 'token' argument", 'REQUEST_VARIABLE_MISSING', { var_name: 'token' })],
    ['of an equals sign', '=', refused("Missing 'token' argument", 'REQUEST_VARIABLE_MISSING', { var_name: 'token' })],
    [
      'that is JSON',
      '{"token":"t"}',
      refused("Missing 'token' argument", 'REQUEST_VARIABLE_MISSING', { var_name: 'token' }),
    ],
    [
      'with a name in brackets',
      `token[]=t${rest}`,
      refused("Missing 'token' argument", 'REQUEST_VARIABLE_MISSING', { var_name: 'token' }),
    ],
    [
      'with __proto__ for a name',
      `__proto__=1${rest}`,
      refused("Missing 'token' argument", 'REQUEST_VARIABLE_MISSING', { var_name: 'token' }),
    ],
    [
      'with a number that is nested',
      `token=t&token_kind=2&user_id=${'['.repeat(5_000)}`,
      refused('user_id is not valid JSON'),
    ],
    ['with a number that overflows', 'token=t&token_kind=2&user_id=1e400', refused('user_id is not an integer')],
    [
      'with a number of 10,000 digits',
      `token=t&token_kind=2&user_id=${'9'.repeat(10_000)}`,
      refused('user_id is out of range'),
    ],
    ['with a kind beyond 32 bits', 'token=t&token_kind=4294967298&user_id=1', refused('token_kind is out of range')],
    ['with a kind of -0', 'token=t&token_kind=-0&user_id=1', refused('Invalid token type')],
  ])('%s', async (_name, raw, body) => {
    expectAnswer(await register(raw), 400, body);
  });

  it('in multipart form is not what clients send', async () => {
    const raw = '--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nt\r\n--x--\r\n';
    expectAnswer(await register(raw, { 'content-type': 'multipart/form-data; boundary=x' }), 400, MALFORMED_FORM);
    expectAnswer(await register(raw, { 'content-type': 'Multipart/Form-Data' }), 400, MALFORMED_FORM);
  });

  it.each([
    ['with broken escapes', '%'],
    ['with an escaped NUL', 'token=%00'],
    ['with a name twice', 'token=a&token=b'],
  ])('whose query comes %s is refused', async (_name, query) => {
    expectRefusal(await service.call(`push/register?${query}`, { auth: server, raw: '' }));
  });

  it('of 100,000 unknown fields is read and refused for what is missing', async () => {
    const answer = await register(Array.from({ length: 100_000 }, (_, i) => `x${i}=${i}`).join('&'));
    expectAnswer(answer, 400, refused("Missing 'token' argument", 'REQUEST_VARIABLE_MISSING', { var_name: 'token' }));
  });
});

describe('server/register', () => {
  it.each<[string, string]>([
    ['a NUL in the host name', 'hostname=a%00.com'],
    ['broken escapes', 'hostname=%'],
    ['nothing', ''],
  ])('with %s is refused', async (_name, raw) => {
    expectRefusal(await service.call('server/register', { raw, headers: FORM_TYPE }));
  });

  it.each<[string, Record<string, string>]>([
    ['a host name of control characters', { hostname: '\u0001\u0002.com' }],
    ['an address of 400 characters', { contact_email: `${'a'.repeat(400)}@zulip.com` }],
    ['an id of 36 characters of another script', { zulip_org_id: 'ß'.repeat(36) }],
    ['a host name that is half a surrogate pair', { hostname: '\ud800.com' }],
    ['SQL for a host name', { hostname: "'; DROP TABLE remote_servers; --" }],
  ])('with %s is refused', async (_name, change) => {
    const form = {
      zulip_org_id: '7d6a8f0e-3a51-4c1e-9c43-0d2b6d6a4f10',
      zulip_org_key: 'k'.repeat(64),
      hostname: 'zulip.example.com',
      contact_email: 'admin@zulip.com',
      ...change,
    };
    expectRefusal(await service.call('server/register', { form }));
  });
});
