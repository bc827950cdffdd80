import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PushFailures } from '../../src/registration/counts/push-failures.recorder.js';
import { anEvent, aRealm, roles, upload } from '../analytics/uploads.js';
import { APNS, addDevices } from '../api/device-rows.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { logInRealm, logInServer } from './logins.js';
import { wordsOf } from './page-text.js';

const USER = '5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10';
const SECRETS = ['phone-one', 'phone-two', 'phone-gone', 'aabbcc', USER];

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());

/** A server with one organization, as it reports itself. */
async function aServer(users: number): Promise<{ server: TestServerRow; realm: ReturnType<typeof aRealm> }> {
  const server = await service.addServer({ uploaded: false });
  const realm = aRealm();
  const event_time = Math.floor(service.clock.now().getTime() / 1_000);
  const event = anEvent({ realm: realm.id, event_time, extra_data: roles(1, 0, 0, users - 2, 1) });
  const answer = await upload(service, server, {
    realms: [realm],
    realmauditlog_rows: [event],
    version: '"10.2"',
    api_feature_level: 300,
  });
  expect(answer.status).toBe(200);
  return { server, realm };
}

/** Notifies four phones: one is gone, one refuses for good, two take it. */
async function pushes({ server, realm }: Awaited<ReturnType<typeof aServer>>): Promise<void> {
  await addDevices(
    service,
    server,
    ...['phone-one', 'phone-two', 'phone-gone'].map((token) => ({ token, userUuid: USER })),
  );
  await addDevices(service, server, { kind: APNS, token: 'aabbcc', userUuid: USER });
  service.fcm.script.forToken('phone-gone', { answer: { error: 'UNREGISTERED' } });
  service.fcm.script.forToken('phone-two', { answer: { error: 'SENDER_ID_MISMATCH' } });
  const json = { user_uuid: USER, realm_uuid: realm.uuid, gcm_payload: { event: 'message', content: 'secret words' } };
  const answer = await service.call('push/notify', { auth: server, json: { ...json, apns_payload: { badge: 0 } } });
  expect(answer.status).toBe(200);
  await service.app.get(PushFailures, { strict: false }).flush();
  await service.addUp();
}

const ask = (auth: TestServerRow, query = '') => service.call(`server/push_status${query}`, { auth, method: 'GET' });

describe('the status of pushes', () => {
  it('as JSON tells a server whether it may send, by what data, and what became of its pushes', async () => {
    const { server, realm } = await aServer(8);
    await pushes({ server, realm });
    const today = service.clock.now().toISOString().slice(0, 10);
    for (const query of ['', `?realm_uuid=${realm.uuid}`]) {
      const { status, body, text } = await ask(server, query);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        ...{ result: 'success', msg: '', can_push: true, expected_end_timestamp: null, reason: 'No plan few users' },
        ...{ version: '10.2', api_feature_level: 300, upload_is_stale: false, users: 8, guests: 1 },
        devices: { apple: 1, android: 2 },
        providers: { apns: true, fcm: true },
      });
      const days = body['days'] as object[];
      expect(days).toHaveLength(30);
      expect(days.at(-1)).toEqual({
        ...{ day: today, received: 4, delivered: 2, token_gone: 1, rejected: 1, try_later: 0, not_configured: 0 },
      });
      const codes = (body['remarks'] as { code: string }[]).map(({ code }) => code);
      expect(codes).toEqual(['allowed', 'fcm-rejected', 'fcm-token-gone']);
      for (const secret of [...SECRETS, 'secret words']) expect(text).not.toContain(secret);
    }
    const realms = { [realm.uuid]: { can_push: true, expected_end_timestamp: null, reason: 'No plan few users' } };
    expect((await ask(server)).body['realms']).toEqual(realms);
  });

  it('as JSON is told to nobody but the server itself', async () => {
    const { server, realm } = await aServer(8);
    const other = await aServer(8);
    expect((await ask({ ...server, key: 'x'.repeat(64) })).status).toBe(401);
    const foreign = await ask(other.server, `?realm_uuid=${realm.uuid}`);
    expect([foreign.status, foreign.body['code']]).toEqual([403, 'REMOTE_REALM_SERVER_MISMATCH_ERROR']);
    const unknown = await ask(server, `?realm_uuid=${randomUUID()}`);
    expect([unknown.status, unknown.body['code']]).toEqual([403, 'MISSING_REMOTE_REALM']);
    expect((await ask(server, '?realm_uuid=x')).status).toBe(400);
  });

  it('as a page says the same of an organization, with charts', async () => {
    const { server, realm } = await aServer(8);
    await pushes({ server, realm });
    const browser = await logInRealm(service, server, realm);
    const { status, text } = await browser.open(`/realm/${realm.uuid}/push-status/`);
    expect(status).toBe(200);
    const words = wordsOf(text);
    expect(words).toContain('fine Pushes are allowed: up to 10 users need no plan.');
    expect(words).toContain('fine Google refused 1 push as unregistered, since the app is no longer installed there');
    expect(words).toContain('This is normal after uninstalls');
    expect(words).toContain('problem Google refused 1 push for good');
    expect(words).toContain('4 received from the server, one for each phone; 2 taken by Apple and Google.');
    expect(words).toContain('Version of the server Zulip 10.2 (feature level 300)');
    expect(words).toContain('8 users: 7 with a full account and 1 guest.');
    expect([...text.matchAll(/<svg class="chart-picture"/g)]).toHaveLength(2);
    for (const secret of [...SECRETS, 'secret words']) expect(text).not.toContain(secret);
  });

  it('as a page says why pushes are refused, and leads to what helps', async () => {
    const { server, realm } = await aServer(43);
    const browser = await logInServer(service, server);
    const { text } = await browser.open(`/server/${server.uuid}/push-status/`);
    expect(wordsOf(text)).toContain(
      'problem Pushes are refused: there are 43 users and no plan. Up to 10 users need none.',
    );
    expect(text).toContain(`href="/server/${server.uuid}/plans/">Plans</a>`);
    expect(wordsOf(text)).toContain('No phone is registered');
    expect(wordsOf(text)).toMatch(new RegExp(`${realm.name}.* no Push notifications access with 10\\+ users`));
  });

  it('as a page tells who never uploaded anything what to do', async () => {
    const server = await service.addServer({ uploaded: false });
    const browser = await logInServer(service, server);
    const words = wordsOf((await browser.open(`/server/${server.uuid}/push-status/`)).text);
    expect(words).toContain('problem Pushes are refused: the server never uploaded its usage data');
    expect(words).toContain('What to do: Its hourly job update_analytics_counts');
    expect(words).toContain('Last upload of usage data never Version of the server not reported');
  });
});
