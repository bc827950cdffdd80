import { describe, expect, it } from 'vitest';
import type { NodeReport, ProviderReport } from './node-report.js';
import { NO_TRAFFIC } from './recent-traffic.js';
import { serviceProblems } from './service-problems.js';
import type { NodeState, ServiceState } from './service-state.js';

const NOW = new Date('2026-11-25T12:00:00Z');
const days = (number: number) => new Date(NOW.getTime() + number * 86_400_000);
const pool = { open: 3, idle: 3, waiting: 0, limit: 8 };

function provider(more: Partial<ProviderReport> = {}): ProviderReport {
  return {
    credentials: { kind: 'signing-key', keyId: 'ABC1234567' },
    breaker: { state: 'closed', opened: 0, remainingMs: 0 },
    ...{ sessions: 1, connecting: 0, streams: 0, capacity: 1000, waiting: 0 },
    traffic: { ...NO_TRAFFIC, latencies: [...NO_TRAFFIC.latencies] },
    ...more,
  };
}

function node(more: Partial<NodeState> = {}, report: Partial<NodeReport> = {}): NodeState {
  return {
    ...{ name: 'one', version: '1.0.0', startedAt: NOW, reportedAt: NOW, isAlive: true, isThis: true },
    report: {
      ...{ apns: provider(), fcm: provider(), database: { hot: pool, cold: pool } },
      notifications: { inFlight: 0, limit: 500, shed: 0 },
      ...{ guardedApps: [], redis: 'unused', memoryBytes: 1 },
      ...report,
    },
    ...more,
  };
}

function state(more: Partial<ServiceState> = {}): ServiceState {
  return {
    now: NOW,
    nodes: [node()],
    database: { version: '17.0', bytes: 1, roundTripMs: 1 },
    outbox: { waiting: 0, oldestSeconds: 0, givenUp: 0 },
    ...{ givenUp: [], hasMailServer: true, jobs: [] },
    ...more,
  };
}

const apns = (more: Partial<ProviderReport>) => state({ nodes: [node({}, { apns: provider(more) })] });
const answers = (statuses: Record<string, number>, slow = 0) =>
  apns({ traffic: { answers: statuses, unanswered: {}, latencies: [100, 0, 0, 0, 0, 0, 0, 0, slow, 0, 0] } });
const certificate = (expiresAt: Date) => apns({ credentials: { kind: 'certificate', expiresAt } });
const inbox = { waiting: 0, oldestSeconds: 0, failed: 0 };
const stripe = (more: object) => state({ stripe: { hasWebhookSecret: true, inbox, stuck: [], ...more } });
const job = (more: object) => state({ jobs: [{ what: 'Daily totals', hasFailed: false, isLate: false, ...more }] });

/** Part of the text that is expected, and a word of the remedy. */
const CASES: readonly [string, ServiceState, 'error' | 'warning', RegExp, RegExp][] = [
  [
    'a provider that is paused',
    apns({ breaker: { state: 'open', opened: 1, remainingMs: 1 } }),
    'error',
    /Apple is paused.*one/,
    /check-credentials/,
  ],
  ['refused credentials', answers({ 200: 100, 403: 1 }), 'error', /Apple refused 1 message/, /check-credentials/],
  ['failing messages', answers({ 200: 90, 503: 10 }), 'warning', /10 of 100 messages to Apple failed/, /system-status/],
  ['slow answers', answers({ 200: 110 }, 10), 'warning', /Apple answers slowly/, /processor/],
  ['a certificate that ends soon', certificate(days(20)), 'warning', /ends on December 15, 2026/, /APNS_KEY_FILE/],
  ['a certificate that has ended', certificate(days(-1)), 'error', /ended on November 24, 2026/, /APNS_KEY_FILE/],
  [
    'a provider without credentials',
    state({ nodes: [node({}, { apns: (({ credentials: _, ...rest }) => rest)(provider()) })] }),
    'warning',
    /no credentials for Apple/,
    /APNS_KEY_ID/,
  ],
  [
    'devices that cannot all be dead',
    state({ nodes: [node({}, { guardedApps: ['org.zulip.Zulip'] })] }),
    'error',
    /org\.zulip\.Zulip/,
    /APNS_SANDBOX/,
  ],
  [
    'a silent process',
    state({ nodes: [node(), node({ name: 'two', isAlive: false })] }),
    'warning',
    /silent: two/,
    /log/,
  ],
  [
    'half an upgrade',
    state({ nodes: [node({}, { redis: 'answers' }), node({ name: 'two', version: '1.0.1' }, { redis: 'answers' })] }),
    'warning',
    /2 versions: 1\.0\.0, 1\.0\.1/,
    /upgrade/,
  ],
  [
    'two processes without Redis',
    state({ nodes: [node(), node({ name: 'two' })] }),
    'warning',
    /2 times as often/,
    /REDIS_URL/,
  ],
  [
    'a silent Redis',
    state({ nodes: [node({}, { redis: 'silent' })] }),
    'warning',
    /Redis does not answer/,
    /REDIS_URL/,
  ],
  [
    'a process without room',
    state({ nodes: [node({}, { notifications: { inFlight: 450, limit: 500, shed: 3 } })] }),
    'warning',
    /450 notifications/,
    /PUSH_MAX_IN_FLIGHT/,
  ],
  [
    'a line before the database',
    state({ nodes: [node({}, { database: { hot: { ...pool, waiting: 8 }, cold: pool } })] }),
    'warning',
    /wait for the database/,
    /locks/,
  ],
  [
    'a slow database',
    state({ database: { version: '17.0', bytes: 1, roundTripMs: 250 } }),
    'warning',
    /250 ms/,
    /busy/,
  ],
  ['no mail server', state({ hasMailServer: false }), 'warning', /no mail server/, /SMTP_URL/],
  [
    'mail that waits',
    state({ outbox: { waiting: 2, oldestSeconds: 1200, givenUp: 0 } }),
    'warning',
    /2 mails wait, the oldest for 20 minutes/,
    /SMTP_URL/,
  ],
  [
    'mail that was given up',
    state({ outbox: { waiting: 0, oldestSeconds: 0, givenUp: 1 } }),
    'warning',
    /1 mail was given up/,
    /tried again/,
  ],
  ['no secret for webhooks', stripe({ hasWebhookSecret: false }), 'error', /webhooks/, /STRIPE_WEBHOOK_SECRET/],
  [
    'events that failed',
    stripe({ inbox: { ...inbox, failed: 2 } }),
    'error',
    /2 events of Stripe could not/,
    /retried/,
  ],
  [
    'events that wait',
    stripe({ inbox: { ...inbox, waiting: 1, oldestSeconds: 660 } }),
    'warning',
    /1 event of Stripe waits.*11 minutes/,
    /reached/,
  ],
  [
    'differences from Stripe',
    stripe({ comparison: { finishedAt: NOW, customers: 3, invoices: 1, findings: { 'invoice-missing': 1 } } }),
    'warning',
    /1 open invoices here/,
    /BILLING_EMAIL/,
  ],
  ['a late job', job({ isLate: true }), 'warning', /not run for too long: Daily totals/, /hangs/],
  ['a failed job', job({ hasFailed: true }), 'warning', /failed: Daily totals/, /log/],
];

describe('problems of the service', () => {
  it('are none where all is well', () => {
    expect(serviceProblems(state())).toEqual([]);
    expect(serviceProblems(stripe({}))).toEqual([]);
    expect(serviceProblems(job({}))).toEqual([]);
    expect(serviceProblems(certificate(days(40)))).toEqual([]);
  });

  it('are not seen in a handful of messages', () => {
    expect(serviceProblems(apns({ traffic: { ...NO_TRAFFIC, answers: { 503: 3 }, latencies: [] } }))).toEqual([]);
  });

  it.each(CASES)('name %s, and what to do', (_, troubled, kind, what, remedy) => {
    const problems = serviceProblems(troubled);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      kind,
      what: expect.stringMatching(what),
      remedy: expect.stringMatching(remedy),
    });
  });

  it('come with the worst first', () => {
    const kinds = serviceProblems({ ...stripe({ inbox: { ...inbox, failed: 1 } }), hasMailServer: false }).map(
      (p) => p.kind,
    );
    expect(kinds).toEqual(['error', 'warning']);
  });
});
