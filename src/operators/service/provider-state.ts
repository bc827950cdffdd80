import type { ProviderReport } from './node-report.js';
import { countOf, latencyOf, sumOf, type Traffic } from './recent-traffic.js';
import type { NodeState } from './service-state.js';

/** Names for people, in the order of the page. */
export const PROVIDERS = { apns: 'Apple', fcm: 'Google' } as const;

export type ProviderKey = keyof typeof PROVIDERS;

/** A provider as all living processes see it together. */
export interface ProviderState {
  readonly key: ProviderKey;
  readonly name: string;
  /** Absent: some process has none, or there is no process to ask. */
  readonly credentials?: NonNullable<ProviderReport['credentials']>;
  /** Names of the processes that have stopped sending to it for a while. */
  readonly pausedAt: readonly string[];
  readonly opened: number;
  readonly sessions: number;
  readonly connecting: number;
  readonly streams: number;
  readonly capacity: number;
  readonly waiting: number;
  readonly traffic: Traffic;
  /** Messages that came to an end in the last five minutes, one way or another. */
  readonly messages: number;
  /** Of these: refused because of our credentials. */
  readonly refused: number;
  /** Of these: no answer, or a fault of the provider. */
  readonly failed: number;
  /** Milliseconds in which 50 and 95 of 100 answers came, as the upper end of a class; undefined without answers. */
  readonly median: number | undefined;
  readonly slow: number | undefined;
}

/** What says that credentials are refused. Google's 403 may as well say that a device belongs to another project. */
const REFUSALS: Readonly<Record<ProviderKey, string>> = { apns: '403', fcm: '401' };
/** A status of the provider's own faults, or the reason why no answer came. */
const isFailed = (word: string) => /^5\d\d$/.test(word) || !/^\d+$/.test(word);

export function providerState(key: ProviderKey, nodes: readonly NodeState[]): ProviderState {
  const seen = nodes.flatMap(({ isAlive, name, report }) => (isAlive && report ? [{ name, ...report[key] }] : []));
  const sum = (value: (of: ProviderReport) => number) => seen.reduce((total, one) => total + value(one), 0);
  const traffic = sumOf(seen.map((one) => one.traffic));
  const credentials = seen.find((one) => one.credentials?.tokenAgeSeconds !== undefined) ?? seen[0];
  return {
    key,
    name: PROVIDERS[key],
    ...(credentials?.credentials && seen.every((one) => one.credentials)
      ? { credentials: credentials.credentials }
      : {}),
    pausedAt: seen.filter(({ breaker }) => breaker.state !== 'closed').map(({ name }) => name),
    opened: sum(({ breaker }) => breaker.opened),
    sessions: sum(({ sessions }) => sessions),
    connecting: sum(({ connecting }) => connecting),
    streams: sum(({ streams }) => streams),
    capacity: sum(({ capacity }) => capacity),
    waiting: sum(({ waiting }) => waiting),
    traffic,
    messages: countOf(traffic),
    refused: countOf(traffic, (word) => word === REFUSALS[key]),
    failed: countOf(traffic, isFailed),
    median: latencyOf(traffic, 0.5),
    slow: latencyOf(traffic, 0.95),
  };
}
