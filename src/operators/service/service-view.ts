import { DRIFT, DRIFT_KINDS } from '../../plans/reconciliation/drift.js';
import { count, dateTime, plural } from '../../sessions/pages/formats.js';
import type { JobState } from './jobs.read-model.js';
import { PROVIDERS, type ProviderKey, type ProviderState, providerState } from './provider-state.js';
import { serviceProblems } from './service-problems.js';
import type { NodeState, ServiceState } from './service-state.js';

const KINDS = { 'signing-key': 'signing key', certificate: 'client certificate', 'service-account': 'service account' };
const MIB = 2 ** 20;

/** What the template shows. `mayAct`: whether the operator may let things be tried again. */
export function serviceView(state: ServiceState, mayAct: boolean): object {
  const { now, nodes, database, outbox, givenUp, hasMailServer, stripe, jobs } = state;
  return {
    mayAct,
    now,
    problems: serviceProblems(state),
    providers: (Object.keys(PROVIDERS) as ProviderKey[]).map((key) => providerView(providerState(key, nodes))),
    nodes: nodes.map((node) => nodeView(node, now)),
    database: {
      version: database.version,
      size: `${count(Math.ceil(database.bytes / MIB))} MiB`,
      roundTrip: `${database.roundTripMs.toFixed(1)} ms`,
    },
    redis: redisWords(nodes),
    mail: {
      hasMailServer,
      ...outbox,
      oldest: age(outbox.oldestSeconds),
      givenUpMails: givenUp,
    },
    stripe: stripe && {
      ...stripe.inbox,
      oldest: age(stripe.inbox.oldestSeconds),
      stuck: stripe.stuck.map((event) => ({ ...event, reason: event.error?.description ?? 'is being tried' })),
      comparison: stripe.comparison && {
        ...stripe.comparison,
        findings: DRIFT_KINDS.flatMap((kind) => {
          const found = stripe.comparison?.findings[kind] ?? 0;
          return found > 0 ? [`${found} ${DRIFT[kind]}`] : [];
        }),
      },
    },
    jobs: jobs.map(jobView),
  };
}

function providerView(state: ProviderState): object {
  const { name, credentials, pausedAt, refused, traffic, messages, sessions, connecting } = state;
  const status = !credentials
    ? { word: 'no credentials', badge: 'warn' }
    : pausedAt.length > 0
      ? { word: 'paused', badge: 'bad' }
      : refused > 0
        ? { word: 'refuses', badge: 'bad' }
        : { word: messages > 0 ? 'works' : 'quiet', badge: 'ok' };
  return {
    name,
    status,
    credentials: credentials && {
      kind: KINDS[credentials.kind],
      keyId: credentials.keyId,
      expiresAt: credentials.expiresAt,
      token: credentials.tokenAgeSeconds === undefined ? undefined : age(credentials.tokenAgeSeconds),
    },
    connections: `${plural(sessions, 'connection', 'connections')}${connecting > 0 ? `, ${connecting} being opened` : ''}`,
    underWay: `${count(state.streams)} under way, room for ${count(state.capacity)}, ${count(state.waiting)} waiting`,
    answers: Object.entries({ ...traffic.answers, ...traffic.unanswered }).map(([word, number]) => ({ word, number })),
    median: latencyWords(state.median),
    slow: latencyWords(state.slow),
    opened: state.opened,
  };
}

function nodeView({ name, version, startedAt, reportedAt, isAlive, isThis, report }: NodeState, now: Date): object {
  const pools = report?.database;
  return {
    ...{ name, version, startedAt, isAlive, isThis },
    heard: age((now.getTime() - reportedAt.getTime()) / 1_000),
    memory: report && `${count(Math.ceil(report.memoryBytes / MIB))} MiB`,
    notifications: report && `${count(report.notifications.inFlight)} of ${count(report.notifications.limit)}`,
    shed: report && count(report.notifications.shed),
    connections: pools && `${busy(pools.hot)}+${busy(pools.cold)}`,
    waiting: pools && count(pools.hot.waiting + pools.cold.waiting),
  };
}

const busy = ({ open, idle }: { readonly open: number; readonly idle: number }) => open - idle;

function redisWords(nodes: readonly NodeState[]): { readonly text: string; readonly badge?: string } {
  const seen = nodes.flatMap(({ isAlive, report }) => (isAlive && report ? [report.redis] : []));
  if (seen.includes('silent')) return { text: 'does not answer', badge: 'bad' };
  return seen.includes('answers') ? { text: 'answers', badge: 'ok' } : { text: 'not used' };
}

function jobView({ what, startedAt, finishedAt, hasFailed, nextAt, isLate }: JobState): object {
  const state = isLate
    ? { word: 'late', badge: 'bad' }
    : hasFailed
      ? { word: 'failed', badge: 'bad' }
      : startedAt && !finishedAt
        ? { word: 'runs', badge: 'ok' }
        : startedAt
          ? { word: 'done', badge: 'ok' }
          : undefined;
  return { what, state, last: startedAt && dateTime(startedAt), next: nextAt && dateTime(nextAt) };
}

/** `3 minutes`, in the largest unit that fits. */
function age(seconds: number): string {
  if (seconds < 90) return plural(Math.max(0, Math.round(seconds)), 'second', 'seconds');
  if (seconds < 90 * 60) return plural(Math.round(seconds / 60), 'minute', 'minutes');
  return plural(Math.round(seconds / 3600), 'hour', 'hours');
}

function latencyWords(millis: number | undefined): string | undefined {
  if (millis === undefined) return undefined;
  return Number.isFinite(millis) ? `${count(millis)} ms` : 'more than 10 seconds';
}
