import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DailyTotals } from '../../src/operators/totals/daily-totals.js';
import { UsageFigures } from '../../src/operators/usage/usage-figures.js';
import { UsageRuns } from '../../src/operators/usage/usage-runs.js';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { PushFailures } from '../../src/registration/counts/push-failures.recorder.js';
import { PushHistory } from '../../src/registration/counts/push-history.js';
import { addCustomer, addPlan, part } from '../plans/billing-rows.js';
import type { BrowserClient } from '../support/browser-client.js';
import { renewal, T0 } from '../support/sample-plan.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { enrolled } from './operator-accounts.js';
import { addCount, addDevices, addUsers } from './usage-rows.js';

const NOON = '2026-11-20T12:00:00Z';
const RECEIVED = 'mobile_pushes_received::day';
const DELIVERED = 'mobile_pushes_forwarded::day';

let service: TestService;
let browser: BrowserClient;

beforeAll(async () => {
  service = await TestService.start({ env: { OPERATOR_SECOND_FACTOR: 'optional' } });
  service.clock.set(NOON);
  browser = (await enrolled(service, 'charts@example.org', 'view')).browser;
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.clock.set(NOON);
  await service.rows('DELETE FROM remote_servers');
  await service.rows('DELETE FROM daily_totals');
});

describe('the history of pushes', () => {
  const range = { from: '2026-11-17', to: '2026-11-19' };
  const none = { 'token-gone': 0, rejected: 0, 'try-later': 0, 'not-configured': 0 };

  async function withPushes(): Promise<{ server: TestServerRow; realmId: string }> {
    const server = await service.addServer();
    const realm = await service.addRealm(server);
    const end = '2026-11-18T00:00:00Z';
    await addCount(service, server, { property: RECEIVED, end, value: 9 });
    await addCount(service, server, { property: DELIVERED, end, value: 8 });
    await addCount(service, server, { property: RECEIVED, end, value: 12, realmId: realm.id });
    await addCount(service, server, { property: DELIVERED, end, value: 3, realmId: realm.id });
    return { server, realmId: realm.id };
  }

  it('has every day, of an organization its own, of a server whichever knows more: itself, or its organizations together', async () => {
    const { server, realmId } = await withPushes();
    const history = part(service, PushHistory);
    const quiet = (day: string) => ({ day, received: 0, delivered: 0, failed: none });
    expect(await history.ofDays({ realmId }, range)).toEqual([
      { day: '2026-11-17', received: 12, delivered: 3, failed: none },
      quiet('2026-11-18'),
      quiet('2026-11-19'),
    ]);
    expect(await history.ofDays({ serverId: server.id }, range)).toEqual([
      { day: '2026-11-17', received: 12, delivered: 8, failed: none },
      quiet('2026-11-18'),
      quiet('2026-11-19'),
    ]);
    expect(await history.lastDay({ realmId })).toBe('2026-11-17');
    expect(await history.lastDay({ serverId: server.id })).toBe('2026-11-17');
    const silent = await service.addServer();
    expect(await history.lastDay({ serverId: silent.id })).toBeNull();
  });

  it('knows what became of pushes that were not delivered, once they are written', async () => {
    const { server, realmId } = await withPushes();
    const failures = part(service, PushFailures);
    service.clock.set('2026-11-18T23:59:59Z');
    failures.note({ serverId: server.id, realmId }, 'apns', [{ kind: 'delivered' }, { kind: 'token-gone' }, undefined]);
    failures.note({ serverId: server.id }, 'fcm', [{ kind: 'rejected' }, { kind: 'rejected' }]);
    await failures.flush();
    failures.note({ serverId: server.id }, 'fcm', [{ kind: 'rejected' }]);
    failures.note({ serverId: '999999999' }, 'fcm', [{ kind: 'rejected' }]);
    await failures.flush();
    const history = part(service, PushHistory);
    const failedOn = async (who: Parameters<PushHistory['ofDays']>[0]) =>
      (await history.ofDays(who, range)).map(({ failed }) => failed);
    expect(await failedOn({ serverId: server.id })).toEqual([none, { ...none, 'token-gone': 1, rejected: 3 }, none]);
    expect(await failedOn({ realmId })).toEqual([none, { ...none, 'token-gone': 1 }, none]);
    const counts = await service.rows('SELECT provider, outcome, pushes::int FROM push_failures ORDER BY 1, 2');
    expect(counts).toEqual([
      { provider: 'apns', outcome: 'token-gone', pushes: 1 },
      { provider: 'fcm', outcome: 'rejected', pushes: 3 },
    ]);
  });

  it('is kept for real notifications', async () => {
    const server = await service.addServer({ featureLevel: 400 });
    const realm = await service.addRealm(server);
    const [token, user] = ['ab'.repeat(32), randomUUID()];
    await service.rows(
      `INSERT INTO devices (server_id, user_uuid, remote_realm_id, kind, token, token_digest, ios_app_id, registered_at)
       VALUES ($1, $5, $2, 1, $3::text, sha256(convert_to($3::text, 'UTF8')), 'org.zulip.Zulip', $4)`,
      [server.id, realm.id, token, service.clock.now(), user],
    );
    service.apns.script.forToken(token, { answer: { reason: 'PayloadEmpty' } });
    const answer = await service.call('push/notify', {
      auth: server,
      json: {
        ...{ user_uuid: user, realm_uuid: realm.uuid },
        apns_payload: { alert: { title: 'Hamlet' }, custom: { zulip: { event: 'message' } } },
        gcm_payload: { event: 'message' },
      },
    });
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ result: 'success' })]);
    await part(service, PushFailures).flush();
    await service.addUp();
    const today = { from: '2026-11-20', to: '2026-11-20' };
    expect(await part(service, PushHistory).ofDays({ realmId: realm.id }, today)).toEqual([
      { day: '2026-11-20', received: 1, delivered: 0, failed: { ...none, rejected: 1 } },
    ]);
  });
});

describe('the figures of each day', () => {
  const totals = async (day: string) =>
    Object.fromEntries(
      (
        await service.rows<{ figure: string; value: number }>(
          'SELECT figure, value::int FROM daily_totals WHERE day = $1',
          [day],
        )
      ).map(({ figure, value }) => [figure, value]),
    );

  it('say how the service stands, and what happened, and come out the same however often they are counted', async () => {
    const server = await service.addServer();
    const realm = await service.addRealm(server);
    await addUsers(service, server, 20, 3);
    await addDevices(service, server, 4, { realmId: realm.id });
    await addDevices(service, server, 1, { kind: 2 });
    const paying = await addCustomer(service, { realmId: realm.id });
    await addPlan(service, paying, { billingSchedule: SCHEDULE.monthly, pricePerLicense: 800 }, [renewal(T0, 10)]);
    const free = await addCustomer(service, { serverId: server.id });
    await addPlan(service, free, { tier: TIER.community, pricePerLicense: 0, nextInvoiceDate: null }, [
      renewal(T0, 10),
    ]);
    await addCount(service, server, { property: RECEIVED, end: '2026-11-21T00:00:00Z', value: 6 });
    await addCount(service, server, { property: RECEIVED, end: '2026-11-19T00:00:00Z', value: 4 });
    await addCount(service, server, { property: DELIVERED, end: '2026-11-19T00:00:00Z', value: 3 });
    part(service, PushFailures).note({ serverId: server.id }, 'apns', [{ kind: 'try-later' }]);
    await part(service, PushFailures).flush();
    for (let times = 0; times < 2; times++) {
      await part(service, UsageFigures).refreshAll();
      await part(service, DailyTotals).roll();
      expect(await totals('2026-11-20')).toEqual({
        ...{ servers: 1, realms: 1, users: 20, guests: 3, 'mobile-users': 5, 'apple-devices': 4, 'google-devices': 1 },
        ...{ 'plans-101': 0, 'plans-102': 1, 'plans-103': 0, 'plans-104': 1, 'plans-105': 0, 'annual-revenue': 96_000 },
        ...{ 'pushes-received': 6, 'pushes-delivered': 0, 'failed-token-gone': 0, 'failed-rejected': 0 },
        ...{ 'failed-try-later': 1, 'failed-not-configured': 0 },
      });
      expect(await totals('2026-11-18')).toMatchObject({ 'pushes-received': 4, 'pushes-delivered': 3 });
    }
  });

  it('of days that nobody counted are made up for, the pushes of all of them', async () => {
    const server = await service.addServer();
    await addCount(service, server, { property: RECEIVED, end: '2026-10-02T00:00:00Z', value: 5 });
    await part(service, DailyTotals).roll();
    const days = await service.rows<{ days: number; sum: number }>(
      `SELECT count(*)::int AS days, sum(value)::int AS sum FROM daily_totals WHERE figure = 'pushes-received'`,
    );
    expect(days).toEqual([{ days: 51, sum: 5 }]);
    expect(await totals('2026-10-01')).toMatchObject({ 'pushes-received': 5 });
  });

  it('are shown as charts', async () => {
    const server = await service.addServer();
    await addUsers(service, server, 1_234, 0);
    await part(service, DailyTotals).roll();
    for (const path of ['/activity', '/activity/', '/activity/?days=30', '/activity/?days=365']) {
      const page = await browser.open(path);
      expect(page.status).toBe(200);
      const ids = [...page.text.matchAll(/<figure class="chart" id="([^"]+)"/g)].map(([, id]) => id);
      expect(ids).toEqual(['servers', 'users', 'devices', 'pushes', 'failures', 'plans', 'revenue']);
      expect(page.text).toContain('<td class="number">1,234</td>');
      expect(page.text).not.toMatch(/style=/);
    }
    expect((await browser.open('/activity/?days=31')).status).toBe(400);
  });

  it('are counted by one node of many, and by the next when it is time again', async () => {
    const runs = part(service, UsageRuns);
    const [now, hour] = [service.clock.now(), 3_600_000];
    const claims = await Promise.all([runs.claim('a-job', now, hour), runs.claim('a-job', now, hour)]);
    expect(claims.toSorted()).toEqual([false, true]);
    expect(await runs.claim('a-job', new Date(now.getTime() + hour - 1), hour)).toBe(false);
    expect(await runs.claim('a-job', new Date(now.getTime() + hour), hour)).toBe(true);
  });
});
