import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { LoggerService } from '@nestjs/common';
import type { Clock } from '../../common/clock.js';
import type { ApnsSettings } from '../../config/settings.js';
import { TokenTrust } from '../dead-tokens/token-trust.js';
import { type Attempt, DELIVERED, failedAttempt, withinBudget } from '../http2/attempts.js';
import { Breaker } from '../http2/breaker.js';
import type { Http2Result } from '../http2/http2-request.js';
import type { PoolObserver, PoolTls } from '../http2/pool-options.js';
import { retryAfterSeconds } from '../http2/retry-after.js';
import { SessionPool } from '../http2/session-pool.js';
import type { RequestHeaders } from '../http2/wire/request-headers.js';
import type { ProviderExtras } from '../provider-extras.js';
import type { CredentialFacts, ProviderSnapshot } from '../provider-snapshot.js';
import type { PushOutcome } from '../push-outcome.js';
import { type ApnsDelivery, ApnsProvider, type SendOptions } from '../push-provider.js';
import { plainWord, ReasonLog } from '../reason-log.js';
import { type ApnsCredentials, credentialFacts, readApnsCredentials } from './apns-credentials.js';
import { type ApnsMeaning, apnsMeaning, apnsOutcome, apnsRefusal } from './apns-reasons.js';
import { MemoryTokenStore } from './provider-token-store.js';

/** Sessions for tokens that have to prove themselves. */
const UNPROVEN_SESSIONS = 2;
/** After connections were given up for a new provider token, requests may come again for this long. */
const RENEWAL_MS = 5000;

/** Headers with values of one use, which would push the long authorization header out of HPACK's table. */
const OF_ONE_USE = [':path', 'apns-id', 'apns-expiration'];

/** What all attempts of one delivery share. */
interface Sending {
  readonly credentials: ApnsCredentials;
  readonly delivery: ApnsDelivery;
  readonly pool: SessionPool;
  /** One id for all tries: to Apple they are one notification. */
  readonly id: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends to Apple over HTTP/2 ("Sending notification requests to APNs"). What an answer means stands in `apns-reasons.ts`, how
 * often and how long it is tried in `http2/attempts.ts`, and which connections a token may use in `dead-tokens/token-trust.ts`.
 */
export class ApnsHttp2Provider extends ApnsProvider {
  readonly #credentials: ApnsCredentials | undefined;
  readonly #main: SessionPool;
  readonly #unproven: SessionPool;
  readonly #trust = new TokenTrust();
  readonly #observers: PoolObserver[];
  readonly #breaker: Breaker;
  readonly #reasons: ReasonLog;
  #renewal: { readonly token: string; readonly at: number } | undefined;

  /** @throws SettingsError for a credential file that is missing or broken */
  constructor(
    settings: ApnsSettings,
    private readonly clock: Clock,
    logger: LoggerService,
    extras: ProviderExtras = {},
  ) {
    super();
    this.#reasons = new ReasonLog('APNs', logger);
    const store = extras.tokenStore ?? new MemoryTokenStore();
    this.#credentials = readApnsCredentials(settings, clock, store, (works) => this.#reasons.tokenStore(works));
    this.#breaker = new Breaker(extras.breaker, (open) => this.#reasons.breaker(open));
    this.#observers = [{ connectionFailed: (code) => this.#reasons.unreachable(code) }];
    if (extras.observer) this.#observers.push(extras.observer);
    const certificate = this.#credentials?.kind === 'certificate' ? this.#credentials : undefined;
    const tls: PoolTls = {
      ...(certificate ? { cert: certificate.cert, key: certificate.key } : {}),
      ...(extras.ca === undefined ? {} : { ca: extras.ca }),
    };
    const few = {
      ...extras.pool,
      maxSessions: Math.min(UNPROVEN_SESSIONS, extras.pool?.maxSessions ?? UNPROVEN_SESSIONS),
    };
    this.#main = new SessionPool(settings.origin, extras.pool, tls, this.#observers);
    this.#unproven = new SessionPool(settings.origin, few, tls, this.#observers);
  }

  get configured(): boolean {
    return this.#credentials !== undefined;
  }

  credentialFacts(): CredentialFacts | undefined {
    return this.#credentials && credentialFacts(this.#credentials, this.clock.millis());
  }

  snapshot(): ProviderSnapshot {
    const credentials = this.credentialFacts();
    return {
      pools: [
        { name: 'main', ...this.#main.snapshot() },
        { name: 'unproven', ...this.#unproven.snapshot() },
      ],
      breaker: this.#breaker.snapshot(),
      ...(credentials ? { credentials } : {}),
    };
  }

  observe(observer: PoolObserver): void {
    this.#observers.push(observer);
  }

  async send(deliveries: readonly ApnsDelivery[], options: SendOptions): Promise<PushOutcome[]> {
    const credentials = this.#credentials;
    if (!credentials) return deliveries.map(() => ({ kind: 'not-configured' }));
    // Each delivery listens to the batch's signal; Node would take more than ten for a leak.
    if (options.signal) setMaxListeners(0, options.signal);
    const now = this.clock.millis();
    const { deadline, signal } = options;
    const limits = { endsAt: performance.now() + deadline - now, signal, breaker: this.#breaker };
    const sendOne = async (delivery: ApnsDelivery): Promise<PushOutcome> => {
      const trusted = this.#trust.trusts(delivery.token, delivery.registeredAt, now);
      const pool = trusted ? this.#main : this.#unproven;
      const sending: Sending = { credentials, delivery, pool, id: randomUUID(), signal };
      const outcome = await withinBudget(limits, (timeoutMs) => this.#attempt(sending, timeoutMs));
      this.#trust.learn(delivery.token, trusted, outcome, now);
      return outcome;
    };
    const [first] = deliveries;
    return first && deliveries.length === 1 ? [await sendOne(first)] : Promise.all(deliveries.map(sendOne));
  }

  async close(): Promise<void> {
    await Promise.all([this.#main.close(), this.#unproven.close()]);
  }

  async #attempt(sending: Sending, timeoutMs: number): Promise<Attempt> {
    const { credentials, delivery, pool, id, signal } = sending;
    const endsAt = performance.now() + timeoutMs;
    for (;;) {
      const token =
        credentials.kind === 'token' ? (credentials.token.current ?? (await credentials.token.get())) : undefined;
      const result = await pool.request({
        headers: requestHeaders(delivery, id, token),
        once: OF_ONE_USE,
        body: delivery.body,
        timeoutMs: endsAt - performance.now(),
        signal,
      });
      if (result.kind === 'failure') return failedAttempt(result);
      if (result.status === 200) return DELIVERED;
      const { reason, since } = apnsRefusal(result.status, result.body);
      const meaning = apnsMeaning(result.status, reason);
      if (credentials.kind === 'token' && token !== undefined) {
        if (meaning === 'renew' && (await credentials.token.expired(token))) continue;
        if (meaning === 'token-updates' && this.#renewsConnections(token)) {
          return { outcome: { kind: 'try-later', reason: plainWord(reason) }, again: true };
        }
      }
      return this.#refused(result, reason, meaning, since);
    }
  }

  /**
   * Apple finds that a connection changes its provider token too often. New connections know no earlier token, so for each token
   * they are tried once. Answers whether sending again makes sense.
   */
  #renewsConnections(token: string): boolean {
    const now = performance.now();
    if (this.#renewal?.token !== token) {
      this.#renewal = { token, at: now };
      this.#main.renew();
      this.#unproven.renew();
    }
    return now - this.#renewal.at < RENEWAL_MS;
  }

  #refused(
    answer: Extract<Http2Result, { kind: 'answer' }>,
    reason: string,
    meaning: ApnsMeaning | undefined,
    since: Date | undefined,
  ): Attempt {
    if (meaning === undefined) this.#reasons.unknown(answer.status, reason);
    const ours = meaning === 'credential' || meaning === 'renew' || meaning === 'token-updates';
    if (ours) this.#reasons.credential(reason);
    const retryAfter = retryAfterSeconds(answer.headers['retry-after'], this.clock.millis());
    return {
      outcome: apnsOutcome(meaning, plainWord(reason), since, retryAfter),
      again: meaning === 'again',
      verdict: ours || answer.status >= 500 ? 'fails' : 'works',
    };
  }
}

function requestHeaders(delivery: ApnsDelivery, id: string, token: string | undefined): RequestHeaders {
  const headers: Record<string, string> = {
    ':method': 'POST',
    ':path': `/3/device/${encodeURIComponent(delivery.token)}`,
    'apns-id': id,
    'apns-topic': delivery.topic,
  };
  if (token !== undefined) headers['authorization'] = `bearer ${token}`;
  if (delivery.expiration !== undefined) headers['apns-expiration'] = String(delivery.expiration);
  if (delivery.priority !== undefined) headers['apns-priority'] = String(delivery.priority);
  if (delivery.pushType !== undefined) headers['apns-push-type'] = delivery.pushType;
  return headers;
}
