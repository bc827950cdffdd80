import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestServerRow, TestService } from '../support/service.js';
import { realmLastSeen, serverLastSeen } from './activity.js';
import { expectAnswer, refused, success } from './answers.js';
import { APNS, addDevices, devicesOf, FCM, tokensOf } from './device-rows.js';

const U = '5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10';
const OTHER_SERVER = refused(
  'Your organization is registered to a different Zulip server. Please contact Zulip support for assistance in resolving this issue.',
  'REMOTE_REALM_SERVER_MISMATCH_ERROR',
);
const missing = (name: string) => refused(`Missing '${name}' argument`, 'REQUEST_VARIABLE_MISSING', { var_name: name });
const outOfRange = (name: string) => refused(`${name} is out of range`);
const badUuid = (name: string) => refused(`Invalid ${name}: Value error, Not a valid UUID`);

type Form = Readonly<Record<string, string | number>>;

let service: TestService;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());
beforeEach(async () => {
  server = await service.addServer({ planType: 102 });
});

const register = (form: Form) => service.call('push/register', { auth: server, form });

describe('push/register refuses and stores nothing', () => {
  it.each<[string, Form, unknown]>([
    ['12: without a token', { user_id: 11, token_kind: 2 }, missing('token')],
    ['13: without a kind', { user_id: 11, token: '111222' }, missing('token_kind')],
    ['14: without a user', { token: '111222', token_kind: 2 }, refused('Missing user_id or user_uuid')],
    ['15: an unknown kind', { user_id: 11, token: '111222', token_kind: 17 }, refused('Invalid token type')],
    [
      '16: a token of 5000 characters',
      { user_id: 11, token: 'x'.repeat(5000), token_kind: 2 },
      refused('Empty or invalid length token'),
    ],
    [
      '17: an Apple token that is not hexadecimal',
      { user_id: 11, token: 'xyz uses non-hex characters', token_kind: 1, ios_app_id: 'example.app' },
      refused('Invalid APNS token'),
    ],
    [
      '17: an Apple token that is not hexadecimal, before the missing app id',
      { user_id: 11, token: 'xyz uses non-hex characters', token_kind: 1 },
      refused('Invalid APNS token'),
    ],
    ['18: an Apple token without app id', { user_id: 11, token: '1122', token_kind: 1 }, refused('Missing ios_app_id')],
    [
      '21: an app id with other characters',
      { user_id: 11, token: '1122', token_kind: 1, ios_app_id: "'; tables --" },
      refused('ios_app_id has invalid format'),
    ],
    [
      '22: a user id that is no JSON',
      { user_id: 'abc', token: '1122', token_kind: 2 },
      refused('user_id is not valid JSON'),
    ],
    ['an empty user id', { user_id: '', token: '1122', token_kind: 2 }, refused('user_id is not valid JSON')],
    ['a user id with a point', { user_id: '1.0', token: '1122', token_kind: 2 }, refused('user_id is not an integer')],
    ['a user id in quotes', { user_id: '"5"', token: '1122', token_kind: 2 }, refused('user_id is not an integer')],
    ['a user id of true', { user_id: 'true', token: '1122', token_kind: 2 }, refused('user_id is not an integer')],
    ['a user id of null', { user_id: 'null', token: '1122', token_kind: 2 }, refused('user_id is not an integer')],
    [
      'a user id beyond 64 bits',
      { user_id: '9223372036854775808', token: '1122', token_kind: 2 },
      outOfRange('user_id'),
    ],
    ['an empty token', { user_id: 11, token: '', token_kind: 2 }, refused('token cannot be blank')],
    ['a blank token', { user_id: 11, token: ' \t', token_kind: 2 }, refused('token cannot be blank')],
    [
      'a token of 4,097 characters',
      { user_id: 11, token: 'x'.repeat(4097), token_kind: 2 },
      refused('Empty or invalid length token'),
    ],
    ['an Apple token of odd length', { user_id: 11, token: '112', token_kind: 1 }, refused('Invalid APNS token')],
    [
      'an unknown kind before a bad token',
      { user_id: 11, token: 'x'.repeat(5000), token_kind: 0 },
      refused('Invalid token type'),
    ],
    ['a missing app id before a missing user', { token: '1122', token_kind: 1 }, refused('Missing ios_app_id')],
    [
      'an empty app id',
      { user_id: 11, token: '11', token_kind: 1, ios_app_id: '' },
      refused('ios_app_id has invalid format'),
    ],
    ['a user_uuid that is none', { user_uuid: 'x', token: '11', token_kind: 2 }, badUuid('user_uuid')],
    ['a realm_uuid that is none', { user_uuid: U, realm_uuid: 'x', token: '11', token_kind: 2 }, badUuid('realm_uuid')],
    [
      'a realm without the UUID of the user',
      { user_id: 1, realm_uuid: U, token: '11', token_kind: 2 },
      refused('Missing user_uuid'),
    ],
  ])('%s', async (_name, form, body) => {
    expectAnswer(await register(form), 400, body);
    expect(await devicesOf(service, server)).toEqual([]);
  });

  it("27: another server's realm", async () => {
    const foreign = await service.addRealm(await service.addServer());
    const form = { user_uuid: U, realm_uuid: foreign.uuid, token: '111222', token_kind: 2 };
    expectAnswer(await register(form), 403, OTHER_SERVER);
    expect(await devicesOf(service, server)).toEqual([]);
    expect(await realmLastSeen(service, foreign)).toBeUndefined();
  });
});

describe('push/register stores', () => {
  const row = { user_id: '11', user_uuid: null, kind: FCM, token: '1122', ios_app_id: null, remote_realm_id: null };
  const longest = 'x'.repeat(4096);
  const astral = '\u{1f4f1}'.repeat(2048);
  it.each<[string, Form, object]>([
    [
      '19: an iPhone',
      { user_id: 11, token: '1122', token_kind: 1, ios_app_id: 'example.app' },
      { kind: APNS, ios_app_id: 'example.app' },
    ],
    ['20: an Android phone', { user_id: 11, token: '1122', token_kind: 2 }, {}],
    [
      '21: a proper app id',
      { user_id: 11, token: '1122', token_kind: 1, ios_app_id: 'com.zulip.apple' },
      { kind: APNS, ios_app_id: 'com.zulip.apple' },
    ],
    [
      '25: a realm that nobody registered, as none',
      { user_uuid: U, realm_uuid: U, token: '1122', token_kind: 2 },
      { user_id: null, user_uuid: U },
    ],
    [
      'both ids, as the UUID alone',
      { user_id: 11, user_uuid: U, token: '1122', token_kind: 2 },
      { user_id: null, user_uuid: U },
    ],
    [
      'a UUID in another spelling, in the canonical one',
      { user_uuid: U.toUpperCase().replaceAll('-', ''), token: '1122', token_kind: 2 },
      { user_id: null, user_uuid: U },
    ],
    ['a token of 4,096 characters', { user_id: 11, token: longest, token_kind: 2 }, { token: longest }],
    [
      'a token of 4,096 characters beyond the basic plane, or half as many',
      { user_id: 11, token: astral, token_kind: 2 },
      { token: astral },
    ],
    [
      'the largest user id of 64 bits exactly',
      { user_id: '9223372036854775807', token: '1122', token_kind: 2 },
      { user_id: '9223372036854775807' },
    ],
    [
      'a user id beyond 2^53 exactly',
      { user_id: '9007199254740993', token: '1122', token_kind: 2 },
      { user_id: '9007199254740993' },
    ],
    ['a negative user id', { user_id: -5, token: '1122', token_kind: 2 }, { user_id: '-5' }],
    [
      'a token with characters that forms encode',
      { user_id: 11, token: 'a+b/c=%26 &é', token_kind: 2 },
      { token: 'a+b/c=%26 &é' },
    ],
  ])('%s', async (_name, form, expected) => {
    expectAnswer(await register(form), 200, success());
    expect(await devicesOf(service, server)).toEqual([{ ...row, ...expected }]);
  });

  it('26: a realm of its own, and notes that both asked', async () => {
    const realm = await service.addRealm(server);
    const before = service.clock.millis();
    expectAnswer(
      await register({ user_uuid: U, realm_uuid: realm.uuid, token: '1122', token_kind: 2 }),
      200,
      success(),
    );
    expect(await devicesOf(service, server)).toMatchObject([{ remote_realm_id: realm.id }]);
    for (const seen of [await realmLastSeen(service, realm), await serverLastSeen(service, server)]) {
      expect(seen?.getTime()).toBeGreaterThanOrEqual(before);
    }
  });

  it('28: with unknown parameters, which it names, sorted', async () => {
    const form = { zebra: 1, user_id: 11, token: '1122', token_kind: 2, server_uuid: server.uuid };
    expectAnswer(await register(form), 200, success({ ignored_parameters_unsupported: ['server_uuid', 'zebra'] }));
    expect(await devicesOf(service, server)).toHaveLength(1);
  });

  it('parameters of the query as it does those of the form', async () => {
    const answer = await service.call('push/register?token_kind=2&user_id=11', { auth: server, form: { token: 'q' } });
    expectAnswer(answer, 200, success());
    expect(await tokensOf(service, server)).toEqual(['q']);
  });
});

describe('push/register again', () => {
  it('23: with the UUID beside the number replaces the row', async () => {
    await register({ user_id: 10, token: '111222', token_kind: 2 });
    expectAnswer(await register({ user_id: 10, user_uuid: U, token: '111222', token_kind: 2 }), 200, success());
    expect(await devicesOf(service, server)).toMatchObject([{ user_id: null, user_uuid: U, token: '111222' }]);
  });

  it('24: with the same leaves the one row', async () => {
    const form = { user_id: 10, token: '111222', token_kind: 2 };
    expectAnswer(await register(form), 200, success());
    expectAnswer(await register(form), 200, success());
    expect(await devicesOf(service, server)).toHaveLength(1);
  });

  it("29: in another case is the same Apple device, and Google's another one", async () => {
    const apple = { user_id: 10, token_kind: 1, ios_app_id: 'example.app' };
    expectAnswer(await register({ ...apple, token: 'c0fFeE' }), 200, success());
    expectAnswer(await register({ ...apple, token: 'C0FFEE', ios_app_id: 'other.app' }), 200, success());
    expect(await devicesOf(service, server)).toMatchObject([{ token: 'c0fFeE', ios_app_id: 'example.app' }]);
    await register({ user_id: 10, token_kind: 2, token: 'c0fFeE' });
    await register({ user_id: 10, token_kind: 2, token: 'C0FFEE' });
    expect(await tokensOf(service, server)).toEqual(['c0fFeE', 'c0fFeE', 'C0FFEE']);
  });

  it('replaces the numbered row of an Apple device whatever its case', async () => {
    await addDevices(service, server, { kind: APNS, token: 'c0ffee' });
    await register({ user_id: 10, user_uuid: U, token: 'C0FFEE', token_kind: 1, ios_app_id: 'example.app' });
    expect(await devicesOf(service, server)).toMatchObject([{ user_uuid: U, token: 'C0FFEE' }]);
  });

  it('takes nothing from other users, kinds and servers', async () => {
    const elsewhere = await service.addServer();
    await addDevices(service, server, { userId: 11, token: 'aa' }, { userId: 10, kind: APNS, token: 'aa' });
    await addDevices(service, elsewhere, { userId: 10, token: 'aa' });
    expectAnswer(await register({ user_id: 10, user_uuid: U, token: 'aa', token_kind: 2 }), 200, success());
    expect(await devicesOf(service, server)).toMatchObject([
      { user_id: '11', kind: FCM },
      { user_id: '10', kind: APNS },
      { user_uuid: U, kind: FCM },
    ]);
    expect(await devicesOf(service, elsewhere)).toHaveLength(1);
  });

  it('as 200 identical requests at once leaves one row', async () => {
    const form = { user_id: 10, user_uuid: randomUUID(), token: 'same', token_kind: 2 };
    const answers = await Promise.all(Array.from({ length: 200 }, () => register(form)));
    for (const answer of answers) expectAnswer(answer, 200, success());
    expect(await devicesOf(service, server)).toHaveLength(1);
  });
});
