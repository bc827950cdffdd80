import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { PushTallies } from '../../src/registration/settle/push-tallies.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { addDevices } from './device-rows.js';

const END = '2026-05-18T00:00:00Z';

let service: TestService;
let second: NestFastifyApplication;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start();
  const { settings, databaseUrl, clock } = service;
  second = await createApp({ settings, databaseUrl, clock });
});
afterAll(async () => {
  await second.close();
  await service.stop();
});
beforeEach(async () => {
  server = await service.addServer({ planType: 102 });
});

/** What notifications of so many moments left: three devices aimed at, two reached, each time. */
const leave = (ofServer: string, realm: string | null, moments: number, realmOnly = false) =>
  service.rows(
    `INSERT INTO push_tallies (server_ids, realm_ids, realm_only, end_time, received, forwarded)
     SELECT ARRAY[$1::bigint], ARRAY[$2::bigint], $3, $4, '{3}', '{2}' FROM generate_series(1, $5)`,
    [ofServer, realm, realmOnly, END, moments],
  );
const waiting = async () => (await service.rows('SELECT 1 FROM push_tallies')).length;
const ofServer = async ({ id }: { id: string }) =>
  (
    await service.rows(
      'SELECT value FROM remote_installation_counts WHERE server_id = $1 ORDER BY end_time, property DESC',
      [id],
    )
  ).map(({ value }) => Number(value));
const ofRealm = async ({ id }: { id: string }) =>
  (
    await service.rows(
      'SELECT server_id, value FROM remote_realm_counts WHERE remote_realm_id = $1 ORDER BY property DESC',
      [id],
    )
  ).map(({ server_id, value }) => [server_id, Number(value)]);

it('what notifications counted is added up by itself within seconds', async () => {
  await addDevices(service, server, { token: 'phone' });
  const json = { user_id: 10, gcm_payload: { event: 'message' } };
  for (let i = 0; i < 3; i++) expect((await service.call('push/notify', { auth: server, json })).status).toBe(200);
  await expect.poll(() => ofServer(server), { timeout: 30_000 }).toEqual([3, 3]);
  expect(await waiting()).toBe(0);
});

it('is added up once, however many nodes are at it, and however much it is', async () => {
  const realm = await service.addRealm(server);
  await leave(server.id, realm.id, 3_000);
  await leave(server.id, null, 1_500);
  await leave(server.id, realm.id, 100, true);
  const nodes = [service.app.get(PushTallies), second.get(PushTallies)];
  await Promise.all(nodes.map((tallies) => tallies.fold()));
  await service.addUp();
  expect(await waiting()).toBe(0);
  expect(await ofServer(server)).toEqual([13_500, 9_000]);
  expect(await ofRealm(realm)).toEqual([
    [server.id, 9_300],
    [server.id, 6_200],
  ]);
});

it('is added to what was counted before', async () => {
  for (const moments of [1, 2]) {
    await leave(server.id, null, moments);
    await service.addUp();
  }
  expect(await ofServer(server)).toEqual([9, 6]);
});

it('counts a realm that has moved where it is now', async () => {
  const realm = await service.addRealm(server);
  const owner = await service.addServer({ planType: 102 });
  await leave(server.id, realm.id, 1);
  await service.rows('UPDATE remote_realms SET server_id = $2 WHERE id = $1', [realm.id, owner.id]);
  await leave(owner.id, realm.id, 1);
  await service.addUp();
  expect(await ofRealm(realm)).toEqual([
    [owner.id, 6],
    [owner.id, 4],
  ]);
  expect([await ofServer(server), await ofServer(owner)]).toEqual([
    [3, 2],
    [3, 2],
  ]);
});

it('what was deleted meanwhile keeps nobody else from being counted', async () => {
  const gone = await service.addServer({ planType: 102 });
  const realm = await service.addRealm(gone);
  await leave(gone.id, realm.id, 1);
  await leave(server.id, null, 1);
  await service.rows('DELETE FROM remote_servers WHERE id = $1', [gone.id]);
  await service.addUp();
  expect(await waiting()).toBe(0);
  expect(await ofServer(server)).toEqual([3, 2]);
});

it('waits where it cannot be added up, and is not lost', async () => {
  await leave(server.id, null, 1);
  await service.rows(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'out of order'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON remote_installation_counts FOR EACH ROW EXECUTE FUNCTION refuse()`);
  await service.addUp();
  expect([await waiting(), await ofServer(server)]).toEqual([1, []]);
  await service.rows('DROP TRIGGER refuse ON remote_installation_counts');
  await service.addUp();
  expect([await waiting(), await ofServer(server)]).toEqual([0, [3, 2]]);
});
