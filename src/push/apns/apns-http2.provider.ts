import { randomUUID } from 'node:crypto';
import { type OutgoingHttpHeaders, sensitiveHeaders } from 'node:http2';
import type { LoggerService } from '@nestjs/common';
import type { Clock } from '../../common/clock.js';
import type { ApnsSettings } from '../../config/settings.js';
import { type Attempt, failedAttempt, withinBudget } from '../http2/attempts.js';
import type { Http2Result } from '../http2/http2-request.js';
import type { PoolSnapshot } from '../http2/pool-options.js';
import { retryAfterSeconds } from '../http2/retry-after.js';
import { SessionPool } from '../http2/session-pool.js';
import type { ProviderExtras } from '../provider-extras.js';
import type { PushOutcome } from '../push-outcome.js';
import { type ApnsDelivery, ApnsProvider, type SendOptions } from '../push-provider.js';
import { plainWord, ReasonLog } from '../reason-log.js';
import { type ApnsCredentials, readApnsCredentials } from './apns-credentials.js';
import { apnsMeaning, apnsOutcome, apnsRefusal } from './apns-reasons.js';

/**
 * Sends to Apple over HTTP/2 ("Sending notification requests to APNs"). What an answer means stands in `apns-reasons.ts`, how
 * often and how long it is tried in `http2/attempts.ts`.
 */
export class ApnsHttp2Provider extends ApnsProvider {
  readonly #credentials: ApnsCredentials | undefined;
  readonly #pool: SessionPool;
  readonly #reasons: ReasonLog;

  /** @throws SettingsError for a credential file that is missing or broken */
  constructor(
    settings: ApnsSettings,
    private readonly clock: Clock,
    logger: LoggerService,
    extras: ProviderExtras = {},
  ) {
    super();
    this.#credentials = readApnsCredentials(settings, clock);
    this.#reasons = new ReasonLog('APNs', logger);
    const certificate = this.#credentials?.kind === 'certificate' ? this.#credentials : undefined;
    this.#pool = new SessionPool(
      settings.origin,
      extras.pool,
      {
        ...(certificate ? { cert: certificate.cert, key: certificate.key } : {}),
        ...(extras.ca === undefined ? {} : { ca: extras.ca }),
      },
      [{ connectionFailed: (code) => this.#reasons.unreachable(code) }, ...(extras.observer ? [extras.observer] : [])],
    );
  }

  get configured(): boolean {
    return this.#credentials !== undefined;
  }

  /** The connections at this moment, for gauges. */
  get connections(): PoolSnapshot {
    return this.#pool.snapshot();
  }

  async send(deliveries: readonly ApnsDelivery[], options: SendOptions): Promise<PushOutcome[]> {
    const credentials = this.#credentials;
    if (!credentials) return deliveries.map(() => ({ kind: 'not-configured' }));
    const endsAt = performance.now() + options.deadline - this.clock.millis();
    return Promise.all(
      deliveries.map((delivery) => {
        // One id for all tries: to Apple they are one notification.
        const id = randomUUID();
        return withinBudget(
          endsAt,
          (timeoutMs) => this.#attempt(credentials, delivery, id, timeoutMs, options.signal),
          options.signal,
        );
      }),
    );
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #attempt(
    credentials: ApnsCredentials,
    delivery: ApnsDelivery,
    id: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Attempt> {
    const endsAt = performance.now() + timeoutMs;
    for (;;) {
      const token =
        credentials.kind === 'token' ? (credentials.token.current ?? (await credentials.token.get())) : undefined;
      const result = await this.#pool.request({
        headers: requestHeaders(delivery, id, token),
        body: delivery.body,
        timeoutMs: endsAt - performance.now(),
        ...(signal ? { signal } : {}),
      });
      if (result.kind === 'failure') return failedAttempt(result.reason);
      if (result.status === 200) return { outcome: { kind: 'delivered' }, again: false };
      const { reason, since } = apnsRefusal(result.status, result.body);
      const meaning = apnsMeaning(result.status, reason);
      if (meaning === 'renew' && credentials.kind === 'token' && token && credentials.token.expired(token)) continue;
      return this.#refused(result, reason, meaning, since);
    }
  }

  #refused(
    answer: Extract<Http2Result, { kind: 'answer' }>,
    reason: string,
    meaning: ReturnType<typeof apnsMeaning>,
    since: Date | undefined,
  ): Attempt {
    if (meaning === undefined) this.#reasons.unknown(answer.status, reason);
    if (meaning === 'credential' || meaning === 'renew') this.#reasons.credential(reason);
    const retryAfter = retryAfterSeconds(answer.headers['retry-after'], this.clock.millis());
    return {
      outcome: apnsOutcome(meaning, plainWord(reason), since, retryAfter),
      again: meaning === 'again',
    };
  }
}

function requestHeaders(delivery: ApnsDelivery, id: string, token: string | undefined): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    ':method': 'POST',
    ':path': `/3/device/${encodeURIComponent(delivery.token)}`,
    'apns-id': id,
    'apns-topic': delivery.topic,
    // Values of one use would push the long authorization header out of HPACK's table.
    [sensitiveHeaders as unknown as string]: [':path', 'apns-id'],
  };
  if (token !== undefined) headers['authorization'] = `bearer ${token}`;
  if (delivery.expiration !== undefined) headers['apns-expiration'] = String(delivery.expiration);
  if (delivery.priority !== undefined) headers['apns-priority'] = String(delivery.priority);
  if (delivery.pushType !== undefined) headers['apns-push-type'] = delivery.pushType;
  return headers;
}
