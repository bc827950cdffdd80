import { Counter, Histogram, type Registry } from 'prom-client';
import { PROVIDER_NAMES, type ProviderName } from '../../push/delivery-tally.js';
import type { NamedPool, ProviderSnapshot } from '../../push/provider-snapshot.js';
import type { ApnsProvider, FcmProvider } from '../../push/push-provider.js';
import { type Sample, type SampledMetric, sampleCounter, sampleGauge } from './samples.js';

type Providers = Readonly<Record<ProviderName, ApnsProvider | FcmProvider>>;

/** Seconds. Apple and Google mostly answer within a tenth of a second; a notification gives up after ten. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;

/** What goes on between the service and Apple and Google. */
export function providerMetrics(registry: Registry, providers: Providers): void {
  observeRequests(registry, providers);
  const each = (samples: (snapshot: ProviderSnapshot) => Iterable<Sample>) => ({
    labels: ['provider'],
    *read(): Iterable<Sample> {
      for (const provider of PROVIDER_NAMES) {
        for (const [labels, value] of samples(providers[provider].snapshot())) yield [{ provider, ...labels }, value];
      }
    },
  });
  poolMetrics(registry, each);
  sampleGauge(registry, {
    name: 'push_bouncer_provider_breaker',
    help: 'Whether sending to the provider goes on (closed), pauses (open) or is tried by one message (half-open)',
    ...each(({ breaker }) => BREAKER_STATES.map((state) => [{ state }, Number(breaker.state === state)])),
    labels: ['provider', 'state'],
  });
  sampleCounter(registry, {
    name: 'push_bouncer_provider_breaker_opened_total',
    help: 'How often sending to the provider was paused',
    ...each(({ breaker }) => [[{}, breaker.opened]]),
  });
  sampleGauge(registry, {
    name: 'push_bouncer_provider_configured',
    help: 'Whether there are credentials for the provider',
    together: 'max',
    ...each(({ credentials }) => [[{}, Number(credentials !== undefined)]]),
  });
  sampleGauge(registry, {
    name: 'push_bouncer_provider_token_age_seconds',
    help: "Age of Apple's provider token or Google's access token in use",
    together: 'max',
    ...each(({ credentials }) => present(credentials?.tokenAgeSeconds)),
  });
  sampleGauge(registry, {
    name: 'push_bouncer_provider_certificate_expiry_timestamp_seconds',
    help: 'When the client certificate for the provider ends, in Unix time',
    together: 'min',
    ...each(({ credentials }) => present(credentials?.expiresAt && credentials.expiresAt.getTime() / 1000)),
  });
}

function poolMetrics(
  registry: Registry,
  each: (samples: (snapshot: ProviderSnapshot) => Iterable<Sample>) => Pick<SampledMetric, 'labels' | 'read'>,
): void {
  const gauges: [name: string, help: string, value: (pool: NamedPool) => number][] = [
    ['sessions', 'HTTP/2 sessions that take requests', ({ sessions }) => sessions],
    ['sessions_connecting', 'HTTP/2 sessions that are being opened', ({ connecting }) => connecting],
    ['streams', 'Messages on their way', ({ streams }) => streams],
    ['stream_capacity', 'Messages that the open sessions could carry at once', ({ capacity }) => capacity],
    ['requests_waiting', 'Messages that wait for a stream', ({ waiting }) => waiting],
  ];
  for (const [name, help, value] of gauges) {
    sampleGauge(registry, {
      name: `push_bouncer_provider_${name}`,
      help,
      ...each(({ pools }) => pools.map((pool) => [{ pool: pool.name }, value(pool)])),
      labels: ['provider', 'pool'],
    });
  }
}

/** Counts what happens in the connections as it happens. */
function observeRequests(registry: Registry, providers: Providers): void {
  const registers = [registry];
  const durations = new Histogram({
    name: 'push_bouncer_provider_request_duration_seconds',
    help: 'Time from handing a message to the connections until its answer or the lack of one, waiting included',
    labelNames: ['provider', 'result'],
    buckets: BUCKETS,
    registers,
  });
  const count = (name: string, help: string) =>
    new Counter({ name: `push_bouncer_provider_${name}`, help, labelNames: ['provider'], registers });
  const opened = count('sessions_opened_total', 'HTTP/2 sessions that were opened');
  const closed = count('sessions_closed_total', 'HTTP/2 sessions that ended');
  const failed = count('connections_failed_total', 'Attempts to connect that came to nothing');
  const resent = count('requests_resent_total', 'Messages sent again because the provider had not looked at them');
  for (const provider of PROVIDER_NAMES) {
    for (const counter of [opened, closed, failed, resent]) counter.inc({ provider }, 0);
    providers[provider].observe({
      answered: (status, millis) => durations.observe({ provider, result: statusClass(status) }, millis / 1000),
      failed: (reason, millis) => durations.observe({ provider, result: reason }, millis / 1000),
      sessionOpened: () => opened.inc({ provider }),
      sessionClosed: () => closed.inc({ provider }),
      connectionFailed: () => failed.inc({ provider }),
      resent: () => resent.inc({ provider }),
    });
  }
}

/** `2xx`, `4xx` and so on: the provider, or what stands in its place, may answer any number. */
function statusClass(status: number): string {
  const first = Math.floor(status / 100);
  return first >= 1 && first <= 5 ? `${first}xx` : 'other';
}

function present(value: number | undefined): Sample[] {
  return value === undefined ? [] : [[{}, value]];
}
