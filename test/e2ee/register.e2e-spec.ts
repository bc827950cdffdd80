import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { population, report } from '../permission/population.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { KEYS_ENV, PUBLIC_KEY, seal, tokenId } from './sealed.js';

let service: TestService;
let server: TestServerRow;
let realm: { id: string; uuid: string };
beforeAll(async () => {
  service = await TestService.start({ env: KEYS_ENV });
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.clock.set(new Date());
  server = await service.addServer({ featureLevel: 468 });
  realm = await service.addRealm(server);
});

const OK = { result: 'success', msg: '', device_id: expect.any(Number) };
const error = (msg: string, code = 'BAD_REQUEST') => ({ result: 'error', msg, code });
const APPLE = { token: 'c0ffee', token_kind: 'apns', ios_app_id: 'example.app' };
const ANDROID = { token: 'android-tokenaz', token_kind: 'fcm', ios_app_id: null };
type Plain = Record<string, unknown> & { readonly token?: string };

/** Registers as a newer server does, or with other fields. */
async function register(plain: Plain, fields: Record<string, string | number | undefined> = {}, auth = server) {
  const form: Record<string, string | number | undefined> = {
    realm_uuid: realm.uuid,
    token_id: tokenId(plain.token ?? ''),
    encrypted_push_registration: await seal({ timestamp: service.clock.seconds(), ...plain }),
    bouncer_public_key: PUBLIC_KEY,
    ...fields,
  };
  const present = Object.entries(form).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return service.call('push/e2ee/register', { auth, form: Object.fromEntries(present) });
}

const rows = () =>
  service.rows(
    `SELECT kind, token, token_id, push_account_id, ios_app_id, expired_at FROM encrypted_devices
     WHERE server_id = $1 AND remote_realm_id = $2 ORDER BY kind, device_id`,
    [server.id, realm.id],
  );
const appleRow = {
  kind: 1,
  token: 'c0ffee',
  token_id: '-359574906294109112',
  push_account_id: null,
  ios_app_id: 'example.app',
  expired_at: null,
};
const androidRow = {
  kind: 2,
  token: 'android-tokenaz',
  token_id: '-8619504682278609404',
  push_account_id: null,
  ios_app_id: null,
  expired_at: null,
};

describe('an encrypted registration', () => {
  it('96: of each kind is one row, however often it comes', async () => {
    const first = await register(APPLE);
    expect([first.status, first.body]).toEqual([200, OK]);
    expect((await register(APPLE)).body).toEqual(first.body);
    expect(await rows()).toEqual([appleRow]);
    expect((await register(ANDROID)).body).toEqual(OK);
    expect(await rows()).toEqual([appleRow, androidRow]);
    const [seen] = await service.rows<{ at: Date }>(
      'SELECT last_request_at AS at FROM remote_realm_activity WHERE realm_id = $1',
      [realm.id],
    );
    expect(seen).toBeDefined();
  });

  it('96: of one device by many requests at once is one row', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(APPLE)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await rows()).toEqual([appleRow]);
  });

  const EXPIRED = error('Request expired', 'REQUEST_EXPIRED');
  const INVALID = error('Invalid encrypted_push_registration');
  const NO_REALM = error('Organization not registered', 'MISSING_REMOTE_REALM');
  const NO_KEY = error('Invalid bouncer_public_key', 'INVALID_BOUNCER_PUBLIC_KEY');
  const missing = (name: string) => ({
    ...error(`Missing '${name}' argument`, 'REQUEST_VARIABLE_MISSING'),
    var_name: name,
  });
  const refusals: readonly [string, Plain, Record<string, string | undefined>, number, object][] = [
    ['97: for a realm that nobody registered', APPLE, { realm_uuid: randomUUID() }, 403, NO_REALM],
    [
      '97: for a realm that is no UUID',
      APPLE,
      { realm_uuid: 'x' },
      400,
      error('Invalid realm_uuid: Value error, Not a valid UUID'),
    ],
    ['98: for a public key that is not ours', APPLE, { bouncer_public_key: 'invalid public key' }, 400, NO_KEY],
    [
      '98: for a public key that is nobody yet',
      APPLE,
      { bouncer_public_key: 'AAAAvBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw=' },
      400,
      NO_KEY,
    ],
    ['99: of two days ago', { ...APPLE, timestamp: Math.floor(Date.now() / 1_000) - 172_800 }, {}, 400, EXPIRED],
    ['100: that is not encrypted', APPLE, { encrypted_push_registration: 'random-string-no-encryption' }, 400, INVALID],
    ['100: that does not open', APPLE, { encrypted_push_registration: 'A'.repeat(160) }, 400, INVALID],
    ['100: that is empty', APPLE, { encrypted_push_registration: '' }, 400, INVALID],
    ['101: with a bad app id', { ...APPLE, ios_app_id: '* -- +' }, {}, 400, INVALID],
    ['101: of another kind', { ...APPLE, token_kind: 'xyz' }, {}, 400, INVALID],
    ["101: of Apple's kind without an app id", { ...APPLE, ios_app_id: null }, {}, 400, INVALID],
    ["101: of Google's kind with an app id", { ...ANDROID, ios_app_id: 'example.app' }, {}, 400, INVALID],
    ['101: of an empty token', { ...ANDROID, token: '' }, {}, 400, INVALID],
    ["101: of Apple's kind with other letters", { ...APPLE, token: 'xyz non-hex characters' }, {}, 400, INVALID],
    ['101: under an id that is none', APPLE, { token_id: '192057' }, 400, INVALID],
    ["101: under another token's id", APPLE, { token_id: tokenId('C0FFEE') }, 400, INVALID],
    ['without either id', APPLE, { token_id: undefined }, 400, missing('token_id')],
    ['without a key', APPLE, { bouncer_public_key: undefined }, 400, missing('bouncer_public_key')],
    [
      'without anything sealed',
      APPLE,
      { encrypted_push_registration: undefined },
      400,
      missing('encrypted_push_registration'),
    ],
  ];
  it.each(refusals)('%s is refused', async (_, plain, fields, status, body) => {
    const answer = await register(plain, fields);
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body });
    expect(await rows()).toEqual([]);
  });

  it("is refused for another server's realm", async () => {
    const answer = await register(APPLE, {}, await service.addServer());
    expect([answer.status, answer.body['code']]).toEqual([403, 'REMOTE_REALM_SERVER_MISMATCH_ERROR']);
    expect(await rows()).toEqual([]);
  });

  it('99: is taken up to a day later, and from a clock that runs ahead', async () => {
    const now = service.clock.seconds();
    expect((await register({ ...APPLE, timestamp: now - 86_340 })).status).toBe(200);
    expect((await register({ ...ANDROID, timestamp: now + 172_800 })).status).toBe(200);
    expect((await register({ ...ANDROID, token: 'late', timestamp: now - 86_402 })).body).toEqual(EXPIRED);
  });

  it('102: of Zulip 11 is answered with the number of the device, the same each time', async () => {
    const eleven = { token_id: undefined, push_account_id: 7 };
    const first = await register(APPLE, eleven);
    expect([first.status, first.body]).toEqual([200, OK]);
    expect((await register(APPLE, eleven)).body).toEqual(first.body);
    expect(await rows()).toEqual([{ ...appleRow, push_account_id: '7' }]);
    expect((await register(APPLE)).body).toEqual(first.body);
    expect((await register(ANDROID, { token_id: undefined, push_account_id: 7 })).body).not.toEqual(first.body);
  });

  it('of one device in two realms is a row in each', async () => {
    const other = await service.addRealm(server);
    const [one, two] = [await register(APPLE), await register(APPLE, { realm_uuid: other.uuid })];
    expect(one.body['device_id']).not.toBe(two.body['device_id']);
  });

  it('brings a device back to life whose token had been declared dead', async () => {
    const first = await register(APPLE);
    await service.rows('UPDATE encrypted_devices SET expired_at = now() WHERE device_id = $1', [
      first.body['device_id'],
    ]);
    service.clock.advance(60);
    expect((await register(APPLE)).body).toEqual(first.body);
    expect(await rows()).toEqual([appleRow]);
    const [row] = await service.rows<{ registered_at: Date }>(
      'SELECT registered_at FROM encrypted_devices WHERE device_id = $1',
      [first.body['device_id']],
    );
    expect(service.clock.millis() - (row?.registered_at.getTime() ?? 0)).toBeLessThan(30_000);
  });

  it('needs no permission to push', async () => {
    await report(service, server.id, [{ realmId: realm.id, extraData: population([100, 0, 0, 0, 0]) }]);
    expect((await register(APPLE)).status).toBe(200);
  });
});

describe('the keys file', () => {
  it('stops the start with the name of the setting where it is broken', async () => {
    const settings = { ...service.settings, e2ee: { keysFile: 'test/fixtures/e2ee/nothing.json' } };
    await expect(createApp({ settings, databaseUrl: service.databaseUrl })).rejects.toThrow(
      'E2EE_KEYS_FILE names a file that cannot be read (ENOENT)',
    );
  });
});
