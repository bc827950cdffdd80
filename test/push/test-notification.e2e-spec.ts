import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { population, report } from '../permission/population.js';
import { type TestServerRow, TestService } from '../support/service.js';

const USER = '22222222-2222-4222-8222-222222222222';
const BASE = {
  server: 'zulip.testserver',
  realm_id: 2,
  realm_name: 'Zulip Dev',
  realm_uri: 'http://old.testserver',
  realm_url: 'http://zulip.testserver',
  user_id: 10,
};
const OK = { result: 'success', msg: '' };

let service: TestService;
let server: TestServerRow;
let realm: { id: string; uuid: string };
beforeAll(async () => {
  service = await TestService.start();
  server = await service.addServer({ featureLevel: 235 });
  realm = await service.addRealm(server);
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.apns.reset();
  service.fcm.reset();
  await service.rows('DELETE FROM devices');
  const phones = [
    { token: 'phone', token_kind: 2 },
    { token: 'c0FFee', token_kind: 1, ios_app_id: 'org.zulip.Zulip' },
  ];
  for (const phone of phones) {
    await service.call('push/register', { auth: server, form: { user_id: 10, user_uuid: USER, ...phone } });
  }
});

const android = { token: 'phone', token_kind: 2 };
const apple = { token: 'C0FFEE', token_kind: 1 };
const send = (fields: object, auth = server) =>
  service.call('push/test_notification', {
    auth,
    json: { user_id: 10, user_uuid: USER, realm_uuid: realm.uuid, base_payload: BASE, ...fields },
  });

describe('a test notification', () => {
  it('66: to an Android device carries the data of the server', async () => {
    service.clock.set('2024-05-01T10:00:00Z');
    expect((await send(android)).body).toEqual(OK);
    const [sent] = service.fcm.receivedFor('phone');
    expect(sent?.body).toEqual({
      message: {
        token: 'phone',
        data: { ...BASE, realm_id: '2', user_id: '10', event: 'test', time: expect.stringMatching(/^17145576\d\d$/) },
        android: { priority: 'HIGH' },
      },
    });
    const [seen] = await service.rows<{ at: Date }>(
      'SELECT last_request_at AS at FROM remote_realm_activity WHERE realm_id = $1',
      [realm.id],
    );
    expect(seen?.at.toISOString()).toContain('2024-05-01T10:0');
    service.clock.set(new Date());
  });

  it('67: to an Apple device says from which organization it is', async () => {
    expect((await send(apple)).body).toEqual(OK);
    const sent = service.apns.receivedFor('c0ffee');
    expect(sent.map(({ body }) => body)).toEqual([
      {
        aps: {
          alert: {
            title: 'Test notification',
            body: 'This is a test notification from Zulip Dev (http://zulip.testserver).',
          },
          sound: 'default',
        },
        zulip: { ...BASE, event: 'test' },
      },
    ]);
    expect(sent[0]?.headers['apns-topic']).toBe('org.zulip.Zulip');
  });

  const UNKNOWN = {
    result: 'error',
    msg: 'Device not recognized by the push bouncer',
    code: 'INVALID_REMOTE_PUSH_DEVICE_TOKEN',
  };
  const bad = (msg: string) => ({ result: 'error', msg, code: 'BAD_REQUEST' });
  const refusals: readonly [string, object, object][] = [
    ['65: to a device that is not registered', { token: 'invalid', token_kind: 1 }, UNKNOWN],
    ['65: to a device of another kind', { ...android, token_kind: 1 }, UNKNOWN],
    ['65: to a device of no kind there is', { ...android, token_kind: 17 }, UNKNOWN],
    ['to an Android device in another spelling', { ...android, token: 'PHONE' }, UNKNOWN],
    [
      "to another user's device",
      { ...android, user_id: 11, user_uuid: '33333333-3333-4333-8333-333333333333' },
      UNKNOWN,
    ],
    ['68: with an unknown key', { ...android, foo: 1 }, bad('Argument "foo" at request["foo"] is unexpected')],
    [
      "without the organization's name",
      { ...android, base_payload: { realm_uri: 'x' } },
      bad('request["base_payload"]["realm_name"] field is missing'),
    ],
    [
      "without the organization's address",
      { ...android, base_payload: { realm_name: 'x' } },
      bad('request["base_payload"]["realm_uri"] field is missing'),
    ],
    ['without data', { ...android, base_payload: undefined }, bad('request["base_payload"] field is missing')],
    ['with data that is none', { ...android, base_payload: [] }, bad('request["base_payload"] is not a dict')],
    ['with a user that is none', { ...android, user_id: '10' }, bad('request["user_id"] is not an integer')],
  ];
  it.each(refusals)('%s is refused', async (_, fields, body) => {
    const answer = await send(fields);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 400, body });
    expect([service.fcm.received, service.apns.received]).toEqual([[], []]);
  });

  it("cannot reach another server's device, nor name its realm", async () => {
    const other = await service.addServer();
    expect((await send({ ...android, realm_uuid: null }, other)).body).toEqual(UNKNOWN);
    const answer = await send(android, other);
    expect([answer.status, answer.body['code']]).toEqual([403, 'REMOTE_REALM_SERVER_MISMATCH_ERROR']);
    expect(service.fcm.received).toEqual([]);
  });

  it('69: is sent though the plan would refuse a notification, and counts nowhere', async () => {
    await report(service, server.id, [{ extraData: population([11, 0, 0, 0, 0]), realmId: realm.id }]);
    expect((await send(android)).body).toEqual(OK);
    expect(service.fcm.receivedFor('phone')).toHaveLength(1);
    const tables = ['push_tallies', 'remote_installation_counts', 'remote_realm_counts'];
    for (const table of tables) expect(await service.rows(`SELECT 1 FROM ${table}`)).toEqual([]);
  });

  it('succeeds whatever the provider says, and a dead token is forgotten', async () => {
    service.fcm.script.forToken('phone', { answer: { error: 'UNREGISTERED' } });
    service.apns.script.forToken('c0FFee', { answer: { reason: 'BadTopic' } });
    expect((await send(android)).body).toEqual(OK);
    expect((await send(apple)).body).toEqual(OK);
    expect(await service.rows('SELECT token FROM devices')).toEqual([{ token: 'c0FFee' }]);
  });
});
