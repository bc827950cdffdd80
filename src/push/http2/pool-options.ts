import type { Http2FailureReason } from './http2-request.js';

/** Limits of a session pool. All times in milliseconds. */
export interface PoolOptions {
  /** Sessions in use at once; one more may exist while an old one is replaced. */
  readonly maxSessions: number;
  /** Streams per session that we use even where the peer allows more. */
  readonly maxStreams: number;
  /** Requests that may wait for a stream. */
  readonly maxWaiting: number;
  /** How long a request may wait for a stream. */
  readonly maxWaitMs: number;
  readonly connectTimeoutMs: number;
  /** Least time between the starts of two connection attempts; up to a quarter is added at random. */
  readonly connectIntervalMs: number;
  /** A session that was silent this long is pinged. */
  readonly quietMs: number;
  /** A session that owes answers and was silent this long is pinged. */
  readonly suspectMs: number;
  /** A session whose ping stays unanswered this long is destroyed. */
  readonly pongTimeoutMs: number;
  /** A session this old is replaced; each session's own age varies by a fifth, so that not all go at once. */
  readonly maxAgeMs: number;
  /** A session that carried this many requests is replaced: client stream ids end at 2^31 - 1 (RFC 9113, 5.1.1). */
  readonly maxRequestsPerSession: number;
  /** How long `close` lets requests in flight go on. */
  readonly closeGraceMs: number;
}

/** What the service uses. */
export const POOL_DEFAULTS: PoolOptions = {
  maxSessions: 8,
  maxStreams: 1000,
  maxWaiting: 10_000,
  maxWaitMs: 5000,
  connectTimeoutMs: 5000,
  connectIntervalMs: 1000,
  quietMs: 30_000,
  suspectMs: 2000,
  pongTimeoutMs: 5000,
  maxAgeMs: 3_600_000,
  maxRequestsPerSession: 2 ** 28,
  closeGraceMs: 12_000,
};

/**
 * TLS material of a pool. The peer's name and chain are always checked; authorities beside the built-in ones come by Node's
 * NODE_EXTRA_CA_CERTS, and `ca` is for tests.
 */
export interface PoolTls {
  readonly ca?: string;
  /** Client certificate and key, PEM. */
  readonly cert?: string;
  readonly key?: string;
}

/** Told of what happens in a pool; every method is optional. Metrics and logs attach here. */
export interface PoolObserver {
  sessionOpened?(): void;
  sessionClosed?(): void;
  /** No working connection came about; `code` is Node's word for it, such as ECONNREFUSED or CERT_HAS_EXPIRED. */
  connectionFailed?(code: string): void;
  /** An answer came; `millis` counts from `request()`, waiting included. `date`: the header of this name (RFC 9110, 6.6.1). */
  answered?(status: number, millis: number, date?: string): void;
  failed?(reason: Http2FailureReason, millis: number): void;
  /** A request that the peer had not processed goes out again. */
  resent?(): void;
}

/** A pool at this moment, for gauges. */
export interface PoolSnapshot {
  /** Sessions that take requests. */
  readonly sessions: number;
  readonly connecting: number;
  /** Requests on their way. */
  readonly streams: number;
  /** Streams the peer would allow now. */
  readonly capacity: number;
  readonly waiting: number;
}
