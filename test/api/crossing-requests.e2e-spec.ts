import { afterAll, beforeAll, expect, it } from 'vitest';
import { DeviceCleaner } from '../../src/devices/device-cleaner.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { addDevices, FCM, tokensOf } from './device-rows.js';

const U = '5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10';

let service: TestService;
let servers: TestServerRow[];
beforeAll(async () => {
  service = await TestService.start();
  // As in a table of millions: rows are reached by index, token after token, in the order in which the request names them.
  for (const plan of ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin']) {
    const statement = `ALTER DATABASE %I SET enable_${plan} = off`;
    await service.rows(`DO $$ BEGIN EXECUTE format('${statement}', current_database()); END $$`);
  }
  servers = [await service.addServer({ planType: 102 }), await service.addServer({ planType: 102 })];
});
afterAll(() => service.stop());

it('notifications that find the same tokens dead on two servers at once all succeed', async () => {
  service.fcm.script.otherwise({ answer: { error: 'UNREGISTERED' } });
  const tokens = Array.from({ length: 20 }, (_, i) => `token-${i}`);
  for (let round = 0; round < 5; round++) {
    for (const [i, server] of servers.entries()) {
      const inOrder = i === 0 ? tokens : tokens.toReversed();
      await addDevices(service, server, ...inOrder.map((token) => ({ token })));
    }
    const json = { user_id: 10, gcm_payload: { event: 'message' } };
    const answers = await Promise.all(
      servers.flatMap((auth) => [
        ...Array.from({ length: 5 }, () => service.call('push/notify', { auth, json })),
        service.call('push/unregister/all', { auth, form: { user_id: 10 } }),
      ]),
    );
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
    for (const server of servers) expect(await tokensOf(service, server)).toEqual([]);
  }
});

it('removals that meet on many rows, each in an order of its own, wait for one another', async () => {
  const [auth] = servers as [TestServerRow];
  const cleaner = service.app.get(DeviceCleaner, { strict: false });
  const dead = Array.from({ length: 2_000 }, (_, i) => ({ kind: FCM, token: `token-${i}` }) as const);
  for (let round = 0; round < 5; round++) {
    await service.rows(
      `INSERT INTO devices (server_id, user_id, kind, token, token_digest, registered_at)
       SELECT $1, 10, 2, 'token-' || i, sha256(convert_to('token-' || i, 'UTF8')), now() FROM generate_series(0, 1999) AS i`,
      [auth.id],
    );
    const [answer] = await Promise.all([
      service.call('push/unregister/all', { auth, form: { user_id: 10 } }),
      cleaner.removeDead(dead),
      cleaner.removeDead(dead.toReversed()),
    ]);
    expect(answer.status).toBe(200);
    expect(await tokensOf(service, auth)).toEqual([]);
  }
});

it('registering and unregistering the same devices at once never fails', async () => {
  const [auth] = servers as [TestServerRow];
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => {
      const form = { user_id: 10, token: `token-${i % 5}`, token_kind: 2 };
      if (i % 3 === 0) return service.call('push/unregister', { auth, form });
      return service.call('push/register', { auth, form: i % 3 === 1 ? { ...form, user_uuid: U } : form });
    }),
  );
  const refusals = new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body['msg']));
  expect([...refusals].filter((msg) => msg !== 'Token does not exist')).toEqual([]);
  const rows = await service.rows<{ n: string }>(
    'SELECT count(*) AS n FROM devices WHERE server_id = $1 GROUP BY token, user_id, user_uuid',
    [auth.id],
  );
  expect(rows.every(({ n }) => n === '1')).toBe(true);
});
