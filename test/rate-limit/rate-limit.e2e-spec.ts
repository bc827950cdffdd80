import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestService } from '../support/service.js';

const LIMITED = {
  result: 'error',
  msg: 'API usage exceeded rate limit',
  code: 'RATE_LIMIT_HIT',
  'retry-after': expect.any(Number),
};

let service: TestService;
beforeAll(async () => {
  service = await TestService.start({ env: { RATE_LIMIT_PER_MINUTE: '5' } });
});
afterAll(() => service.stop());

it('11: refuses the request beyond the limit, says when the next may come, and lets that through', async () => {
  const auth = await service.addServer();
  const form = { user_id: 1, token: 't', token_kind: 2 };
  const call = () => service.call('push/unregister/all', { auth, form: { user_id: 1 } });
  const first = await service.call('push/register', { auth, form });
  expect(first.status).toBe(200);
  expect(first.headers).toMatchObject({ 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '4' });
  for (const remaining of ['3', '2', '1', '0']) {
    service.clock.advance(2);
    expect((await call()).headers['x-ratelimit-remaining']).toBe(remaining);
  }
  service.clock.advance(2);
  const seen = 'SELECT last_request_at FROM remote_server_activity WHERE server_id = $1';
  const before = await service.rows(seen, [auth.id]);
  const refused = await call();
  expect(refused.status).toBe(429);
  expect(refused.body).toEqual(LIMITED);
  expect(refused.headers).toMatchObject({ 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '0' });
  expect(Number(refused.headers['x-ratelimit-reset'])).toBeGreaterThan(service.clock.seconds() + 50);
  const wait = refused.body['retry-after'] as number;
  expect(refused.headers['retry-after']).toBe(String(wait));
  // Ten seconds have passed since the first of the five, and as long as the test itself took.
  expect(wait).toBeGreaterThan(30);
  expect(wait).toBeLessThanOrEqual(50);
  expect(await service.rows(seen, [auth.id])).toEqual(before);
  service.clock.advance(wait);
  expect((await call()).status).toBe(200);
});

it('counts all endpoints together and each server by itself', async () => {
  const [one, other] = [await service.addServer(), await service.addServer()];
  for (let i = 0; i < 5; i++) await service.call('push/unregister/all', { auth: one, form: { user_id: i } });
  const body = { user_id: 1, apns_payload: {}, gcm_payload: {} };
  expect((await service.call('push/notify', { auth: one, json: body })).body).toEqual(LIMITED);
  expect((await service.call('push/notify', { auth: other, json: body })).status).toBe(200);
});

it('counts nobody who did not authenticate', async () => {
  const auth = await service.addServer();
  for (let i = 0; i < 10; i++) {
    const wrong = { uuid: auth.uuid, key: 'x'.repeat(64) };
    const answer = await service.call('push/unregister/all', { auth: wrong, form: { user_id: 1 } });
    expect(answer.status).toBe(401);
    expect(answer.headers).not.toHaveProperty('x-ratelimit-limit');
  }
  expect((await service.call('push/unregister/all', { auth, form: { user_id: 1 } })).status).toBe(200);
});

it('never refuses uploads of metadata', async () => {
  const auth = await service.addServer();
  for (let i = 0; i < 8; i++) await service.call('push/unregister/all', { auth, form: { user_id: 1 } });
  const status = await service.call('server/analytics/status', { auth, method: 'GET' });
  const upload = await service.call('server/analytics', {
    auth,
    form: { realm_counts: '[]', installation_counts: '[]', realms: '[]' },
  });
  expect([status.status, upload.status]).toEqual([200, 200]);
});

it('95: refuses an address that asks for too many transfers, whatever the host', async () => {
  const call = (hostname: string) => service.call('server/register/transfer', { form: { hostname } });
  for (let i = 0; i < 30; i++) expect((await call(`host${i}.example.org`)).status).toBe(400);
  const refused = await call('another.example.org');
  expect(refused.status).toBe(429);
  expect(refused.body).toEqual(LIMITED);
  service.clock.advance(61);
  expect((await call('another.example.org')).status).toBe(400);
});
