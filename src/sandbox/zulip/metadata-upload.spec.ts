import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Clock } from '../../common/clock.js';
import { SimulatedZulipServer } from './zulip-server.js';

/** 2026-03-01T12:30:00Z. */
const NOW = Date.UTC(2026, 2, 1, 12, 30);
const user = { id: 10, uuid: '7c258b11-5c5b-4b0c-a0b6-3d9f6f6b2a10' };
const message = { id: 7, senderName: 'Iago', content: 'Lunch?' };

class SetClock extends Clock {
  time = NOW;
  now(): Date {
    return new Date(this.time);
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A push service that answers each path as told, and notes the uploads. */
const answers = new Map<string, Answer>();
const uploads: Record<string, string>[] = [];
const service = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const endpoint = (request.url ?? '').replace('/api/v1/remotes/', '');
  if (endpoint === 'server/analytics') uploads.push(Object.fromEntries(new URLSearchParams(body)));
  const answer = answers.get(endpoint) ?? { status: 404, body: '' };
  if (answer.status === 0) return void response.destroy();
  response.writeHead(answer.status).end(answer.body);
});
const clock = new SetClock();
const ok = (more: object = {}): Answer => ({
  status: 200,
  body: JSON.stringify({ result: 'success', msg: '', ...more }),
});
const refusal = (code = 'BAD_REQUEST'): Answer => ({
  status: 400,
  body: JSON.stringify({ result: 'error', msg: 'no', code }),
});
const has = (realm: number, installation: number, audit: number) =>
  ok({ last_realm_count_id: realm, last_installation_count_id: installation, last_realmauditlog_id: audit });

function zulip(version: string): SimulatedZulipServer {
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const server = new SimulatedZulipServer({ url, version, clock });
  const status = { can_push: true, expected_end_timestamp: 1_800_000_000 };
  answers.set('server/analytics', ok({ realms: { [server.realm.uuid]: status } }));
  return server;
}

beforeAll(async () => {
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
});
beforeEach(() => {
  uploads.length = 0;
  clock.time = NOW;
  answers.set('server/analytics/status', has(0, 0, 0));
  answers.set(
    'push/notify',
    ok({
      total_android_devices: 0,
      total_apple_devices: 0,
      deleted_devices: { android_devices: [], apple_devices: [] },
      realm: { can_push: true, expected_end_timestamp: null },
    }),
  );
});
afterAll(() => {
  service.close();
  service.closeAllConnections();
});

const COUNT_ROW = '{"id":1,"property":"messages_sent:is_bot:hour","subgroup":"false","end_time":1772366400.0,"value":5';
const ROLES = '{"10":{"11":{"100":1,"200":0,"300":0,"400":4,"600":0},"12":1}}';
const AUDIT_ROW = '"realm":2,"event_time":1772368200.0,"backfilled":false,"extra_data":';

describe('an upload', () => {
  it('of Zulip 2.0.6 holds statistics and the version alone', async () => {
    const server = zulip('2.0.6');
    server.countHour({ sent: 5, read: 9 });
    expect(await server.upload()).toEqual({ kind: 'accepted' });
    expect(Object.keys(uploads[0] ?? {})).toEqual(['realm_counts', 'installation_counts', 'version']);
    expect(uploads[0]?.['realm_counts']).toContain(`[${COUNT_ROW},"realm":2},`);
    expect(uploads[0]?.['installation_counts']).toContain(`[${COUNT_ROW}},`);
    expect(uploads[0]?.['version']).toBe('"2.0.6"');
  });

  it.each([
    ['2.1', JSON.stringify(ROLES), ['realmauditlog_rows', 'version']],
    ['7.5', JSON.stringify(ROLES), ['realmauditlog_rows', 'version']],
    ['8.0', ROLES, ['realmauditlog_rows', 'realms', 'version', 'api_feature_level']],
    ['9.0', ROLES, ['realmauditlog_rows', 'realms', 'version', 'merge_base', 'api_feature_level']],
  ])('of Zulip %s tells its users by role', async (version, extraData, fields) => {
    const server = zulip(version);
    await server.upload();
    expect(uploads[0]?.['realmauditlog_rows']).toBe(`[{"id":2,${AUDIT_ROW}${extraData},"event_type":101}]`);
    expect(Object.keys(uploads[0] ?? {})).toEqual(['realm_counts', 'installation_counts', ...fields]);
  });

  it('describes all organizations, that of the system bots too', async () => {
    const server = zulip('12.0');
    await server.upload();
    const realms = JSON.parse(uploads[0]?.['realms'] ?? '');
    expect(realms).toHaveLength(2);
    expect(realms[0]).toMatchObject({ is_system_bot_realm: true, host: 'zulipinternal.zulip.sandbox.test' });
    expect(realms[1]).toEqual({
      id: 2,
      uuid: server.realm.uuid,
      uuid_owner_secret: expect.stringMatching(/^zuliprealm_[0-9a-f]{32}$/),
      host: 'zulip.sandbox.test',
      url: 'https://zulip.sandbox.test',
      date_created: 1_772_368_200,
      deactivated: false,
      name: 'Sandbox',
      org_type: 10,
      authentication_methods: { Email: true, GitHub: false },
      is_system_bot_realm: false,
    });
    expect(uploads[0]?.['realms']).toContain('"date_created":1772368200.0,');
    expect(server.pushStatus).toMatchObject({ enabled: true, expectedEnd: 1_800_000_000 });
  });

  it('holds only what the service does not have yet, and of an older server is left out where that is nothing', async () => {
    const [older, newer] = [zulip('7.5'), zulip('8.0')];
    for (const server of [older, newer]) server.countHour({ sent: 1, read: 1 });
    answers.set('server/analytics/status', has(1, 2, 2));
    await newer.upload();
    expect(JSON.parse(uploads[0]?.['realm_counts'] ?? '')).toMatchObject([{ id: 2 }]);
    expect(uploads[0]).toMatchObject({ installation_counts: '[]', realmauditlog_rows: '[]' });
    answers.set('server/analytics/status', has(2, 2, 2));
    expect(await older.upload()).toEqual({ kind: 'nothing-new' });
    expect(uploads).toHaveLength(1);
  });

  it('follows a change of users at once from 8.0 on, without statistics', async () => {
    const older = zulip('7.5');
    await older.changeUsers({ members: 6 });
    expect(uploads).toEqual([]);
    const newer = zulip('8.0');
    newer.countHour({ sent: 1, read: 1 });
    await newer.changeUsers({ members: 6 });
    expect(uploads[0]).toMatchObject({ realm_counts: '[]', installation_counts: '[]' });
    const rows = JSON.parse(uploads[0]?.['realmauditlog_rows'] ?? '');
    expect(rows).toMatchObject([{ id: 2 }, { id: 4, extra_data: { '10': { '11': { '400': 6 } } } }]);
  });
});

describe('a failed upload', () => {
  const failures: [string, Answer, stays: boolean][] = [
    ['a refusal', refusal(), false],
    ['a refusal that is not JSON', { status: 403, body: '<html>' }, false],
    ['an answer that is not JSON', { status: 200, body: 'ok' }, false],
    ['a dead line', { status: 0, body: '' }, false],
    ['trouble of the service', { status: 502, body: '' }, true],
  ];
  it.each(failures)('by %s switches the realm off or not as Zulip does', async (_what, answer, stays) => {
    for (const endpoint of ['server/analytics', 'server/analytics/status']) {
      answers.set('server/analytics/status', has(0, 0, 0));
      const server = zulip('12.0');
      await server.upload('change');
      answers.set(endpoint, answer);
      expect(await server.upload('change')).toMatchObject({ kind: 'failed' });
      expect(server.pushStatus).toMatchObject({ enabled: stays, expectedEnd: stays ? 1_800_000_000 : null });
    }
  });

  it('does not outweigh a notification that worked within the hour', async () => {
    const server = zulip('12.0');
    await server.notify(user, message);
    answers.set('server/analytics', refusal());
    clock.time += 3_599_000;
    await server.upload('change');
    expect(server.pushStatus.enabled).toBe(true);
    clock.time += 1_000;
    await server.upload('change');
    expect(server.pushStatus.enabled).toBe(false);
  });

  it('ends the hourly job without a word about the realm', async () => {
    const server = zulip('12.0');
    await server.upload();
    answers.set('server/analytics', refusal());
    await expect(server.upload()).rejects.toMatchObject({ kind: 'refused' });
    expect(server.pushStatus.enabled).toBe(true);
  });

  it.each([
    ['a code for administrators', refusal('INVALID_ZULIP_SERVER')],
    ['a success that is none', { status: 201, body: '{}' }],
  ])('by %s is raised', async (_what, answer) => {
    const server = zulip('12.0');
    answers.set('server/analytics', answer);
    await expect(server.upload('change')).rejects.toMatchObject({ status: answer.status });
  });
});

it('a notification refused for want of permission switches the realm off', async () => {
  const server = zulip('8.0');
  await server.upload();
  answers.set('push/notify', refusal('PUSH_NOTIFICATIONS_DISALLOWED'));
  await expect(server.notify(user, message)).rejects.toMatchObject({ kind: 'refused' });
  expect(server.pushStatus).toMatchObject({ enabled: false, expectedEnd: null });
});
