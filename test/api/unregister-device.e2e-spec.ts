import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestServerRow, TestService } from '../support/service.js';
import { realmLastSeen } from './activity.js';
import { expectAnswer, refused, success } from './answers.js';
import { APNS, addDevices, addEncryptedDevice, devicesOf, FCM, tokensOf } from './device-rows.js';

const U = '5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10';
const NO_TOKEN = refused('Token does not exist');
const missing = (name: string) => refused(`Missing '${name}' argument`, 'REQUEST_VARIABLE_MISSING', { var_name: name });

type Form = Readonly<Record<string, string | number>>;

let service: TestService;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());
beforeEach(async () => {
  server = await service.addServer();
});

const unregister = (form: Form) => service.call('push/unregister', { auth: server, form });
const unregisterAll = (form: Form) => service.call('push/unregister/all', { auth: server, form });

describe('push/unregister refuses and forgets nothing', () => {
  it.each<[string, Form, unknown]>([
    ['30: without a token', { user_id: 10, token_kind: 2 }, missing('token')],
    ['30: without a kind', { user_id: 10, token: '111222' }, missing('token_kind')],
    [
      '33: a token of 5000 characters',
      { user_id: 10, token: 'x'.repeat(5000), token_kind: 2 },
      refused('Empty or invalid length token'),
    ],
    ['an unknown kind', { user_id: 10, token: '111222', token_kind: 3 }, refused('Invalid token type')],
    [
      'an Apple token that is not hexadecimal',
      { user_id: 10, token: 'xy', token_kind: 1 },
      refused('Invalid APNS token'),
    ],
    ['a blank token', { user_id: 10, token: ' ', token_kind: 2 }, refused('token cannot be blank')],
    ['without a user', { token: '111222', token_kind: 2 }, refused('Missing user_id or user_uuid')],
    ['another user', { user_id: 11, token: '111222', token_kind: 2 }, NO_TOKEN],
    ['another kind', { user_id: 10, token: '111222', token_kind: 1 }, NO_TOKEN],
    ['a UUID where the row has the number', { user_uuid: U, token: '111222', token_kind: 2 }, NO_TOKEN],
    ['the token of another server', { user_id: 10, token: 'elsewhere', token_kind: 2 }, NO_TOKEN],
  ])('%s', async (_name, form, body) => {
    const elsewhere = await service.addServer();
    await addDevices(service, server, { token: '111222' });
    await addDevices(service, elsewhere, { token: 'elsewhere' });
    expectAnswer(await unregister(form), 400, body);
    expect(await tokensOf(service, server)).toEqual(['111222']);
    expect(await tokensOf(service, elsewhere)).toEqual(['elsewhere']);
  });

  it("another server's realm, before anything is forgotten", async () => {
    await addDevices(service, server, { token: '111222', userUuid: U });
    const foreign = await service.addRealm(await service.addServer());
    const answer = await unregister({ user_uuid: U, realm_uuid: foreign.uuid, token: '111222', token_kind: 2 });
    expect(answer.status).toBe(403);
    expect(answer.body['code']).toBe('REMOTE_REALM_SERVER_MISMATCH_ERROR');
    expect(await tokensOf(service, server)).toEqual(['111222']);
  });
});

describe('push/unregister forgets', () => {
  it('31, 32: the row, and then has none to forget', async () => {
    await addDevices(service, server, { token: '111222' }, { token: 'stays' });
    const form = { user_id: 10, token: '111222', token_kind: 2 };
    expectAnswer(await unregister(form), 200, success());
    expect(await tokensOf(service, server)).toEqual(['stays']);
    expectAnswer(await unregister(form), 400, NO_TOKEN);
  });

  it.each<[string, { userId?: number | null; userUuid?: string }, Form]>([
    ['34: the row of the number, asked with both ids', {}, { user_id: 10, user_uuid: U }],
    ['the row of the UUID, asked with both ids', { userUuid: U }, { user_id: 10, user_uuid: U }],
    ['a row with both, asked with the number', { userId: 10, userUuid: U }, { user_id: 10 }],
    ['a row with both, asked with the UUID', { userId: 10, userUuid: U }, { user_uuid: U }],
  ])('%s', async (_name, row, ids) => {
    await addDevices(service, server, { token: '111222', ...row });
    expectAnswer(await unregister({ ...ids, token: '111222', token_kind: 2 }), 200, success());
    expect(await devicesOf(service, server)).toEqual([]);
  });

  it("35: an Apple device whatever its case, Google's only in its own", async () => {
    await addDevices(service, server, { kind: APNS, token: 'c0fFeE' }, { kind: FCM, token: 'c0fFeE' });
    expectAnswer(await unregister({ user_id: 10, token: 'c0ffee', token_kind: 1 }), 200, success());
    expectAnswer(await unregister({ user_id: 10, token: 'c0ffee', token_kind: 2 }), 400, NO_TOKEN);
    expect(await devicesOf(service, server)).toMatchObject([{ kind: FCM, token: 'c0fFeE' }]);
  });

  it('36: and notes that the realm asked', async () => {
    const realm = await service.addRealm(server);
    await addDevices(service, server, { token: '111222', userUuid: U });
    const before = service.clock.millis();
    const form = { user_uuid: U, realm_uuid: realm.uuid, token: '111222', token_kind: 2 };
    expectAnswer(await unregister(form), 200, success());
    expect((await realmLastSeen(service, realm))?.getTime()).toBeGreaterThanOrEqual(before);
  });
});

describe('push/unregister/all', () => {
  it('37: forgets all devices of the user, of both kinds, and only those', async () => {
    const elsewhere = await service.addServer();
    const realm = await service.addRealm(server);
    await addDevices(service, server, { token: 'a' }, { kind: APNS, token: 'aa' }, { userId: 11, token: 'b' });
    await addDevices(service, elsewhere, { token: 'a' });
    await addEncryptedDevice(service, server, { kind: FCM, token: 'a', realmId: realm.id });
    expectAnswer(await unregisterAll({ user_id: 10 }), 200, success());
    expect(await devicesOf(service, server)).toMatchObject([{ user_id: '11', token: 'b' }]);
    expect(await tokensOf(service, elsewhere)).toEqual(['a']);
    expect(await service.rows('SELECT 1 FROM encrypted_devices WHERE server_id = $1', [server.id])).toHaveLength(1);
  });

  it('38: is content where there is nothing', async () => {
    expectAnswer(await unregisterAll({ user_id: 10 }), 200, success());
  });

  it('forgets by either id where both are given', async () => {
    await addDevices(service, server, { token: 'a' }, { token: 'b', userUuid: U }, { token: 'c', userId: 11 });
    const form = { user_id: 10, user_uuid: U, server_uuid: server.uuid };
    expectAnswer(await unregisterAll(form), 200, success({ ignored_parameters_unsupported: ['server_uuid'] }));
    expect(await tokensOf(service, server)).toEqual(['c']);
  });

  it("refuses without a user, and with another server's realm; then nothing is forgotten", async () => {
    await addDevices(service, server, { token: 'a', userUuid: U });
    expectAnswer(await unregisterAll({}), 400, refused('Missing user_id or user_uuid'));
    const foreign = await service.addRealm(await service.addServer());
    const answer = await unregisterAll({ user_uuid: U, realm_uuid: foreign.uuid });
    expect([answer.status, answer.body['code']]).toEqual([403, 'REMOTE_REALM_SERVER_MISMATCH_ERROR']);
    expect(await tokensOf(service, server)).toEqual(['a']);
  });
});
