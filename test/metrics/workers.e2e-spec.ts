import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerPhones, Surroundings } from '../process/surroundings.js';
import { until } from '../support/scripted-http2.js';
import { type Scrape, scrape } from './scrape.js';

let around: Surroundings;
beforeAll(async () => {
  around = await Surroundings.create();
});
afterAll(() => around.remove());

const DELIVERED = 'push_bouncer_deliveries_total{provider="fcm",outcome="delivered"}';
const ROUTE = '/api/v1/remotes/push/notify';
const NOTIFIED = `push_bouncer_http_requests_total{method="POST",route="${ROUTE}",status="200"}`;
const DURATIONS = `push_bouncer_http_request_duration_seconds_count{route="${ROUTE}"}`;
const CONNECTIONS = 'push_bouncer_database_connections_limit{pool="hot"}';

it('two workers share one port for metrics, which tells their sum, also of one that is no more', async () => {
  const service = await around.spawn({ WORKERS: '2', METRICS_PORT: '0', LOG_LEVEL: 'debug' }).listening();
  const pids = () => [...service.stdout.matchAll(/"pid":(\d+)[^\n]*listening on/g)].map(([, pid]) => Number(pid));
  await until(() => pids().length === 2 || !service.running);
  const url = /metrics are at (http:[^"]+)/.exec(service.stdout)?.[1] ?? '';
  const auth = await registerPhones(service, around.embeddedUrl, { apple: 'c0ffee', android: 'android' });

  const json = { user_id: 10, gcm_payload: { event: 'message' }, apns_payload: { alert: 'hi' } };
  // On connections of their own, until each worker has had some.
  const answerers = () =>
    new Set([...service.stdout.matchAll(/"pid":(\d+)[^\n]*"route":"[^"]*\/notify"/g)].map(([, pid]) => Number(pid)));
  let sent = 0;
  while (answerers().size < 2) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => service.call('push/notify', { auth, json, headers: { connection: 'close' } })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    sent += answers.length;
  }
  const sums = (of: Scrape) => [DELIVERED, NOTIFIED, DURATIONS].map((sample) => of.value(sample));
  // A request counts when its answer is gone, which may be after its client has it.
  await expect.poll(async () => sums(await scrape(url))).toEqual([sent, sent, sent]);
  const both = await scrape(url);
  expect(both.value(CONNECTIONS)).toBe(16);
  expect(both.value('push_bouncer_provider_configured{provider="fcm"}')).toBe(1);
  expect(both.value('push_bouncer_workers{state="replying"}')).toBe(2);

  process.kill(pids()[0] ?? 0, 'SIGKILL');
  await until(() => pids().length === 3 || !service.running);
  await expect.poll(async () => (await scrape(url)).value('push_bouncer_workers{state="replying"}')).toBe(2);
  const later = await scrape(url);
  expect(sums(later)).toEqual([sent, sent, sent]);
  expect(later.value(CONNECTIONS)).toBe(16);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
});
