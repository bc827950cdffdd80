import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Metrics } from '../../src/health/metrics/metrics.service.js';
import { MetricsServer } from '../../src/health/metrics/metrics-server.js';
import { APNS, addDevices, FCM } from '../api/device-rows.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { type Scrape, scrape } from './scrape.js';

const CANARY = 'canary-in-the-content';
const APPLE = 'c0ffeec0ffee';
const ANDROID = 'android-token-of-somebody';

let service: TestService;
let server: TestServerRow;
const url = () => service.app.get(Metrics, { strict: false }).url ?? '';

beforeAll(async () => {
  service = await TestService.start({ env: { METRICS_PORT: '0' } });
  server = await service.addServer({ planType: 102 });
  await addDevices(service, server, { kind: APNS, token: APPLE }, { kind: FCM, token: ANDROID });
});
afterAll(() => service.stop());

const notify = (userId = 10) =>
  service.call('push/notify', {
    auth: server,
    json: {
      user_id: userId,
      gcm_payload: { event: 'message', content: CANARY },
      apns_payload: { alert: { title: CANARY } },
    },
  });

const delivery = (provider: string, outcome: string) =>
  `push_bouncer_deliveries_total{provider="${provider}",outcome="${outcome}"}`;

describe('a scrape', () => {
  let before: Scrape;
  let after: Scrape;
  const grown = (sample: string) => (after.value(sample) ?? 0) - (before.value(sample) ?? 0);

  beforeAll(async () => {
    before = await scrape(url());
    expect((await notify()).status).toBe(200);

    service.apns.script.forToken(APPLE, { answer: { reason: 'Unregistered', timestamp: service.clock.millis() } });
    await service.rows('UPDATE devices SET registered_at = $1', [new Date(service.clock.millis() - 3_600_000)]);
    expect((await notify()).status).toBe(200);

    service.fcm.script.otherwise({ answer: { error: 'QUOTA_EXCEEDED', headers: { 'retry-after': '60' } } });
    expect((await notify()).status).toBe(503);

    await service.call('push/notify', { auth: { ...server, key: 'k'.repeat(64) }, json: {} });
    await service.call(`nowhere/${CANARY}?token=${ANDROID}`, { method: 'GET' });
    after = await scrape(url());
  });

  it('counts what became of messages: one delivered, one dead token, one outage', () => {
    expect({
      apple: ['delivered', 'token-gone', 'rejected', 'try-later'].map((kind) => grown(delivery('apns', kind))),
      android: ['delivered', 'token-gone', 'rejected', 'try-later'].map((kind) => grown(delivery('fcm', kind))),
    }).toEqual({ apple: [1, 1, 0, 0], android: [2, 0, 0, 1] });
  });

  it('names every outcome of both providers before anything was sent', () => {
    const kinds = ['delivered', 'token-gone', 'rejected', 'try-later', 'not-configured'];
    const samples = ['apns', 'fcm'].flatMap((provider) => kinds.map((kind) => delivery(provider, kind)));
    expect(samples.map((sample) => before.value(sample))).toEqual(samples.map(() => 0));
  });

  it('holds how long the providers took to answer, by what they answered', () => {
    const count = (provider: string, result: string) =>
      grown(`push_bouncer_provider_request_duration_seconds_count{provider="${provider}",result="${result}"}`);
    expect([count('apns', '2xx'), count('apns', '4xx'), count('fcm', '2xx'), count('fcm', '4xx')]).toEqual([
      1, 1, 2, 1,
    ]);
    const last = 'push_bouncer_provider_request_duration_seconds_bucket{le="+Inf",provider="apns",result="2xx"}';
    expect(grown(last)).toBe(1);
  });

  it('tells of sessions, breakers and credentials', () => {
    expect(after.value('push_bouncer_provider_sessions{provider="fcm",pool="main"}')).toBe(1);
    expect(after.value('push_bouncer_provider_stream_capacity{provider="fcm",pool="main"}')).toBeGreaterThan(0);
    expect(after.value('push_bouncer_provider_streams{provider="fcm",pool="main"}')).toBe(0);
    expect(after.value('push_bouncer_provider_requests_waiting{provider="fcm",pool="main"}')).toBe(0);
    expect(after.value('push_bouncer_provider_sessions_opened_total{provider="fcm"}')).toBe(1);
    expect(
      ['closed', 'open', 'half-open'].map((state) =>
        after.value(`push_bouncer_provider_breaker{provider="apns",state="${state}"}`),
      ),
    ).toEqual([1, 0, 0]);
    expect(after.value('push_bouncer_provider_configured{provider="apns"}')).toBe(1);
    expect(before.value('push_bouncer_provider_token_age_seconds{provider="apns"}')).toBeUndefined();
    expect(after.value('push_bouncer_provider_token_age_seconds{provider="apns"}')).toBeGreaterThanOrEqual(0);
    expect(after.value('push_bouncer_dead_token_guard_stopped_apps{provider="apns"}')).toBe(0);
  });

  it('tells of requests by route and status', () => {
    const route = '/api/v1/remotes/push/notify';
    const count = (status: number) =>
      grown(`push_bouncer_http_requests_total{method="POST",route="${route}",status="${status}"}`);
    expect([count(200), count(503), count(401)]).toEqual([2, 1, 1]);
    expect(grown('push_bouncer_http_requests_total{method="GET",route="unknown",status="404"}')).toBe(1);
    expect(grown(`push_bouncer_http_request_duration_seconds_count{route="${route}"}`)).toBe(4);
  });

  it('tells of the database and of statements that requests share', () => {
    expect(grown('push_bouncer_batch_requests_total{batch="target-lookup"}')).toBe(3);
    expect(grown('push_bouncer_batch_statements_total{batch="target-lookup"}')).toBe(3);
    const statement = 'statement="target-lookup",result="done"';
    expect(grown(`push_bouncer_database_statement_duration_seconds_count{${statement}}`)).toBe(3);
    const connections = (pool: string) =>
      ['busy', 'idle'].map((state) =>
        after.value(`push_bouncer_database_connections{pool="${pool}",state="${state}"}`),
      );
    for (const pool of ['hot', 'cold']) {
      const open = connections(pool).reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0);
      expect(open).toBeGreaterThan(0);
      expect(open).toBeLessThanOrEqual(
        after.value(`push_bouncer_database_connections_limit{pool="${pool}"}`) ?? Number.NaN,
      );
    }
  });

  it('tells of admission and of the process', () => {
    expect(after.value('push_bouncer_notifications_in_flight')).toBe(0);
    expect(after.value('push_bouncer_notifications_in_flight_limit')).toBe(2000);
    const classes = ['alert', 'removal', 'test'];
    expect(classes.map((kind) => after.value(`push_bouncer_notifications_shed_total{class="${kind}"}`))).toEqual([
      0, 0, 0,
    ]);
    expect(after.value('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
    expect(after.types.get('nodejs_eventloop_lag_p99_seconds')).toBe('gauge');
  });

  it('has no label but those of closed sets', () => {
    const word = /^[a-z0-9]+(-[a-z0-9]+)*$/;
    const allowed: Readonly<Record<string, RegExp>> = {
      provider: /^(apns|fcm)$/,
      outcome: /^(delivered|token-gone|rejected|try-later|not-configured)$/,
      result: /^([1-5]xx|other|unreachable|overloaded|timeout|connection-lost|aborted|closed|unsendable|done|failed)$/,
      pool: /^(main|unproven|hot|cold)$/,
      state: /^(closed|open|half-open|busy|idle)$/,
      class: /^(alert|removal|test)$/,
      end: /^(delivered|given-up|dropped)$/,
      statement: word,
      batch: word,
      method: /^[A-Z]+$/,
      route: /^(unknown|\/api\/v1\/remotes\/[a-z/_-]+)$/,
      status: /^[1-5]\d\d$/,
      le: /^(\+Inf|[\d.]+)$/,
      // Of Node itself.
      kind: /^(major|minor|incremental|weakcb)$/,
      space: /^[a-z_]+$/,
      type: /^[A-Za-z0-9]+$/,
      version: /^v[\d.]+$/,
      major: /^\d+$/,
      minor: /^\d+$/,
      patch: /^\d+$/,
    };
    const strange = [...after.labels].flatMap(([name, values]) =>
      [...values].filter((value) => !allowed[name]?.test(value)).map((value) => `${name}=${value}`),
    );
    expect(strange).toEqual([]);
  });

  it('holds nothing of what passed through, nor of whom it was from or for', () => {
    const secrets = [CANARY, APPLE, ANDROID, server.uuid, server.key, server.hostname, server.uuid.slice(0, 8)];
    expect(secrets.filter((secret) => after.text.includes(secret))).toEqual([]);
    const controls = ['# HELP push_bouncer_deliveries_total ', 'push/notify'];
    expect(controls.filter((control) => !after.text.includes(control))).toEqual([]);
  });

  it('is in the text format, on a port of its own', async () => {
    expect(after.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(new URL(url()).port).not.toBe(new URL(service.origin).port);
    expect((await fetch(`${service.origin}/metrics`)).status).toBe(404);
  });

  it.each([
    ['another path', '/', 'GET'],
    ['a path below', '/metrics/x', 'GET'],
    ['another method', '/metrics', 'POST'],
  ])('is not what %s answers', async (_what, path, method) => {
    const answer = await fetch(new URL(path, url()), { method });
    expect([answer.status, await answer.text()]).toEqual([404, '']);
  });
});

it('nothing is served where METRICS_PORT is not set', async () => {
  const silent = await TestService.start();
  try {
    expect(silent.app.get(Metrics, { strict: false }).url).toBeUndefined();
    expect((await fetch(`${silent.origin}/metrics`)).status).toBe(404);
  } finally {
    await silent.stop();
  }
});

it('a port that is taken stops the start, and is free again after a stop', async () => {
  const first = new MetricsServer(async () => '');
  await first.listen(0, '127.0.0.1');
  const { port } = new URL(first.url);
  await expect(new MetricsServer(async () => '').listen(Number(port), '127.0.0.1')).rejects.toThrow('EADDRINUSE');
  await first.close();
  const second = new MetricsServer(async () => '');
  await second.listen(Number(port), '127.0.0.1');
  await second.close();
});
