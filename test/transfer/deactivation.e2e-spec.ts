import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestService } from '../support/service.js';

const ENDED = 'The mobile push notification service registration for your server has been deactivated';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());

it('83: a server ends its registration, and nothing of it is deleted', async () => {
  const auth = await service.addServer();
  await service.call('push/register', { auth, form: { user_id: 1, token: 'kept', token_kind: 2 } });
  const answer = await service.call('server/deactivate', { auth, json: {} });
  expect([answer.status, answer.body]).toEqual([200, { result: 'success', msg: '' }]);
  expect(await service.rows('SELECT deactivated FROM remote_servers WHERE id = $1', [auth.id])).toEqual([
    { deactivated: true },
  ]);
  const events = await service.rows('SELECT event_type FROM remote_server_audit_log WHERE server_id = $1', [auth.id]);
  expect(events).toEqual([{ event_type: 10201 }]);
  expect(await service.rows('SELECT token FROM devices WHERE server_id = $1', [auth.id])).toEqual([{ token: 'kept' }]);
});

it('84: from then on every request is refused, a second end too', async () => {
  const auth = await service.addServer();
  await service.call('server/deactivate', { auth, raw: 'whatever' });
  for (const endpoint of ['server/deactivate', 'push/unregister/all']) {
    const answer = await service.call(endpoint, { auth, form: { user_id: 1 } });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ result: 'error', code: 'UNAUTHORIZED', msg: ENDED });
  }
  const events = await service.rows('SELECT event_type FROM remote_server_audit_log WHERE server_id = $1', [auth.id]);
  expect(events).toEqual([{ event_type: 10201 }]);
});

it('85: it cannot register itself again', async () => {
  const auth = await service.addServer({ hostname: 'ended.example.org' });
  await service.call('server/deactivate', { auth, json: {} });
  const form = {
    zulip_org_id: auth.uuid,
    zulip_org_key: auth.key,
    hostname: auth.hostname,
    contact_email: 'admin@zulip.com',
  };
  const answer = await service.call('server/register', { form });
  expect([answer.status, answer.body]).toEqual([401, { result: 'error', code: 'REALM_DEACTIVATED', msg: ENDED }]);
});
