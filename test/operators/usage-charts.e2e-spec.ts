import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BrowserClient } from '../support/browser-client.js';
import { TestService } from '../support/service.js';
import { enrolled } from './operator-accounts.js';
import { addCount } from './usage-rows.js';

const NOON = '2026-11-20T12:00:00Z';
const RECEIVED = 'mobile_pushes_received::day';

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

interface Data {
  readonly series: {
    readonly name: string;
    readonly points: { readonly day: string; readonly value: number | null }[];
  }[];
}

/** A chart as data: its series by name, without the days. */
async function values(path: string, query: string): Promise<Record<string, (number | null)[]>> {
  const answer = await browser.json('GET', `/stats/remote/${path}/data?${query}`);
  expect([answer.status, answer.body]).toMatchObject([200, { result: 'success' }]);
  const { series } = answer.body as unknown as Data;
  return Object.fromEntries(series.map(({ name, points }) => [name, points.map(({ value }) => value)]));
}

async function refusal(path: string, query: string): Promise<unknown[]> {
  const answer = await browser.json('GET', `/stats/remote/${path}/data?${query}`);
  return [answer.status, answer.body['msg']];
}

describe('the charts of a server', () => {
  it('98: without statistics there is a friendly page, and the pushes that are counted here', async () => {
    const server = await service.addServer({ hostname: 'quiet.example.org' });
    await addCount(service, server, { property: RECEIVED, end: '2026-11-20T00:00:00Z', value: 5 });
    const page = await browser.open(`/stats/remote/${server.id}/installation`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('quiet.example.org uploads no usage statistics');
    expect(page.text).toContain('id="pushes"');
    expect(page.text).not.toContain('id="messages-sent"');
    expect(await refusal(`${server.id}/installation`, 'chart=messages-sent')).toEqual([
      400,
      'No usage statistics were uploaded.',
    ]);
  });

  it('are five from its statistics, and two of its pushes, with and without a slash at the end', async () => {
    const server = await service.addServer();
    for (const [property, subgroup] of [
      ['1day_actives::day', undefined],
      ['messages_sent:is_bot:hour', 'false'],
      ['messages_sent:message_type:day', 'public_stream'],
      ['messages_sent:client:day', '7'],
      ['messages_read::hour', undefined],
    ] as const) {
      await addCount(service, server, {
        property,
        ...(subgroup ? { subgroup } : {}),
        end: '2026-11-19T00:00:00Z',
        value: 5,
      });
    }
    for (const slash of ['', '/']) {
      const page = await browser.open(`/stats/remote/${server.id}/installation${slash}`);
      const ids = [...page.text.matchAll(/<figure class="chart" id="([^"]+)"/g)].map(([, id]) => id);
      expect(ids).toEqual([
        ...['pushes', 'push-failures', 'active-users', 'messages-sent', 'messages-by-recipient'],
        ...['messages-by-client', 'messages-read'],
      ]);
    }
  });

  it('sum the hours of each UTC day, from the first upload to the last, and tell people from bots', async () => {
    const server = await service.addServer();
    const property = 'messages_sent:is_bot:hour';
    for (const [subgroup, end, value] of [
      ['false', '2026-11-10T01:00:00Z', 1],
      ['false', '2026-11-11T00:00:00Z', 2],
      ['False', '2026-11-12T23:00:00Z', 4],
      ['true', '2026-11-12T05:00:00Z', 8],
    ] as const) {
      await addCount(service, server, { property, subgroup, end, value });
    }
    const path = `${server.id}/installation`;
    expect(await values(path, 'chart=messages-sent')).toEqual({ people: [3, 0, 4], bots: [0, 0, 8] });
    expect(await values(path, 'chart=messages-sent&start=2026-11-11&end=2026-11-12')).toEqual({
      people: [0, 4],
      bots: [0, 8],
    });
  });

  it('show how many are active, and nothing for days of which nothing is known', async () => {
    const server = await service.addServer();
    for (const [property, subgroup, end, value] of [
      ['1day_actives::day', undefined, '2026-11-11T00:00:00Z', 3],
      ['1day_actives::day', undefined, '2026-11-13T00:00:00Z', 4],
      ['realm_active_humans::day', undefined, '2026-11-11T00:00:00Z', 6],
      ['active_users_audit:is_bot:day', 'false', '2026-11-13T00:00:00Z', 9],
      ['active_users_audit:is_bot:day', 'true', '2026-11-13T00:00:00Z', 50],
    ] as const) {
      await addCount(service, server, { property, ...(subgroup ? { subgroup } : {}), end, value });
    }
    expect(await values(`${server.id}/installation`, 'chart=active-users')).toEqual({
      'active on the day': [3, null, 4],
      'active within 15 days': [6, null, null],
      'all accounts': [null, null, 9],
    });
  });

  it('tell the programs apart that send most, and put the others together', async () => {
    const server = await service.addServer();
    for (let client = 1; client <= 8; client++) {
      const count = { property: 'messages_sent:client:day', subgroup: String(client), end: '2026-11-12T00:00:00Z' };
      await addCount(service, server, { ...count, value: client * 10 });
    }
    expect(await values(`${server.id}/installation`, 'chart=messages-by-client')).toEqual({
      ...{ 'client 8': [80], 'client 7': [70], 'client 6': [60], 'client 5': [50], 'client 4': [40] },
      'all others': [60],
    });
  });

  it('are by weeks where there are many days', async () => {
    const server = await service.addServer();
    for (const end of [
      '2026-01-02T00:00:00Z',
      '2026-01-08T00:00:00Z',
      '2026-01-09T00:00:00Z',
      '2026-11-20T00:00:00Z',
    ]) {
      await addCount(service, server, { property: 'messages_read::hour', end, value: 1 });
    }
    const read = (await values(`${server.id}/installation`, 'chart=messages-read'))['read'] ?? [];
    expect([read.length, read[0], read[1], read.at(-1)]).toEqual([47, 2, 1, 1]);
  });

  it('of an organization are its own', async () => {
    const server = await service.addServer();
    const [realm, other] = [await service.addRealm(server, { name: 'Own' }), await service.addRealm(server)];
    const count = { property: 'messages_read::hour', end: '2026-11-12T00:00:00Z' };
    await addCount(service, server, { ...count, value: 7, realmId: realm.id });
    await addCount(service, server, { ...count, value: 70, realmId: other.id });
    await addCount(service, server, { ...count, value: 77 });
    expect(await values(`${server.id}/realm/${realm.id}`, 'chart=messages-read')).toEqual({ read: [7] });
    expect(await values(`${server.id}/installation`, 'chart=messages-read')).toEqual({ read: [77] });
    for (const slash of ['', '/']) {
      const page = await browser.open(`/stats/remote/${server.id}/realm/${realm.id}${slash}`);
      expect([page.status, page.text.includes('<h1>Usage of Own</h1>')]).toEqual([200, true]);
    }
    const stranger = await service.addServer();
    expect((await browser.open(`/stats/remote/${stranger.id}/realm/${realm.id}`)).status).toBe(404);
  });

  it('are refused for a name, days or a server that do not exist', async () => {
    const server = await service.addServer();
    const path = `${server.id}/installation`;
    expect(await refusal(path, 'chart=nonsense')).toEqual([400, 'There is no such chart.']);
    const wrong = 'start=2026-11-12&end=2026-11-11';
    expect(await refusal(path, `chart=messages-sent&${wrong}`)).toEqual([
      400,
      'The first day must not lie behind the last one.',
    ]);
    expect(await refusal(path, `chart=pushes&${wrong}`)).toEqual([
      400,
      'The first day must not lie behind the last one.',
    ]);
    const page = await browser.open(`/stats/remote/${path}?${wrong}`);
    expect([page.status, page.text.includes('The first day must not lie behind the last one.')]).toEqual([400, true]);
    for (const query of ['chart=pushes&start=2026-02-30', 'chart=pushes&start=x', '']) {
      expect((await refusal(path, query))[0]).toBe(400);
    }
    for (const id of ['999999', '0', 'x', '99999999999999999999']) {
      expect((await browser.open(`/stats/remote/${id}/installation`)).status).toBe(404);
    }
  });
});
