import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Admission } from '../../src/push/admission/admission.js';
import { APNS, addDevices, FCM } from '../api/device-rows.js';
import type { ApiAnswer } from '../support/api-client.js';
import { type TestServerRow, TestService } from '../support/service.js';

/** Half of it is for one server alone. */
const LIMIT = 80;
/** Longer than what a test does meanwhile, shorter than a try is given. */
const HELD_MS = 4_000;
const OVERLOAD = {
  result: 'error',
  msg: 'Too many notifications are being sent at this moment; send it again later',
  code: 'PUSH_SERVICE_OVERLOADED',
};

let service: TestService;
let admission: Admission;
beforeAll(async () => {
  service = await TestService.start({ env: { PUSH_MAX_IN_FLIGHT: String(LIMIT) } });
  admission = service.app.get(Admission);
});
afterAll(() => service.stop());

async function aServer(token: string, kind: 1 | 2): Promise<TestServerRow> {
  const server = await service.addServer({ planType: 102 });
  await addDevices(service, server, { kind, token });
  return server;
}

const notify = (auth: TestServerRow, event = 'message') =>
  service.call('push/notify', {
    auth,
    json: { user_id: 10, gcm_payload: { event }, apns_payload: { custom: { zulip: { event } } } },
  });
const count = (answers: readonly ApiAnswer[], status: number) => answers.filter((one) => one.status === status).length;

describe('a server with fifty times its share in flight', () => {
  it('is told to come again, while every other server is answered, and its own removals go first', async () => {
    const greedy = await aServer('aa', APNS);
    const others = await Promise.all(Array.from({ length: 30 }, (_, i) => aServer(`phone ${i}`, FCM)));
    // Others that have been there before, as they would have been.
    expect(count(await Promise.all(others.map((one) => notify(one))), 200)).toBe(others.length);
    service.apns.script.forToken('aa', { delayMs: HELD_MS });

    const removals = Array.from({ length: LIMIT }, () => notify(greedy, 'remove'));
    await expect.poll(() => admission.snapshot().shed.removal, { timeout: 20_000 }).toBe(LIMIT - 30);
    const alerts = Array.from({ length: LIMIT }, () => notify(greedy));
    await expect.poll(() => admission.snapshot().shed.alert, { timeout: 20_000 }).toBe(LIMIT - 10);
    const answers = await Promise.all(others.map((one) => notify(one)));
    expect(admission.snapshot().inFlight).toBe(LIMIT / 2);
    expect(answers.map(({ status }) => status)).toEqual(others.map(() => 200));
    for (let i = 0; i < others.length; i++) expect(service.fcm.receivedFor(`phone ${i}`)).toHaveLength(2);

    const own = [await Promise.all(removals), await Promise.all(alerts)] as const;
    expect(own.map((some) => [count(some, 200), count(some, 503)])).toEqual([
      [30, LIMIT - 30],
      [10, LIMIT - 10],
    ]);
    const refused = own.flat().filter(({ status }) => status === 503);
    for (const { body, headers } of refused) {
      expect(body).toEqual(OVERLOAD);
      expect(headers).toMatchObject({ 'retry-after': '5', 'content-type': 'application/json' });
    }
    // What was refused was not sent, and there is room again. On a slow machine one may be tried twice, with the same id.
    expect(new Set(service.apns.received.map(({ headers }) => headers['apns-id'])).size).toBe(40);
    expect(admission.snapshot()).toMatchObject({ inFlight: 0, servers: 0 });
    expect((await notify(greedy, 'remove')).status).toBe(200);
  });

  it('has its test notifications refused with its removals, and is seen all the same', async () => {
    const greedy = await aServer('bb', APNS);
    service.apns.script.forToken('bb', { delayMs: HELD_MS });
    const alerts = Array.from({ length: 30 }, () => notify(greedy));
    await expect.poll(() => admission.snapshot().inFlight, { timeout: 20_000 }).toBe(30);
    await service.rows('UPDATE remote_server_activity SET last_request_at = $1', [new Date(0)]);
    const json = {
      ...{ token: 'bb', token_kind: 1, user_id: 10, user_uuid: '5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10' },
      base_payload: { realm_name: 'Realm', realm_uri: 'https://zulip.test' },
    };
    const test = await service.call('push/test_notification', { auth: greedy, json });
    expect([test.status, test.body]).toEqual([503, OVERLOAD]);
    expect((await notify(greedy, 'remove')).status).toBe(503);
    const [seen] = await service.rows<{ at: Date }>(
      'SELECT last_request_at AS at FROM remote_server_activity WHERE server_id = $1',
      [greedy.id],
    );
    expect(seen?.at.getTime()).toBeGreaterThan(0);
    expect(count(await Promise.all(alerts), 200)).toBe(30);
  });
});
