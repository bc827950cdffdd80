import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import type { Clock } from '../../common/clock.js';
import type { FcmSettings } from '../../config/settings.js';
import { type Attempt, failedAttempt, withinBudget } from '../http2/attempts.js';
import type { PoolSnapshot } from '../http2/pool-options.js';
import { retryAfterSeconds } from '../http2/retry-after.js';
import { SessionPool } from '../http2/session-pool.js';
import type { ProviderExtras } from '../provider-extras.js';
import type { PushOutcome } from '../push-outcome.js';
import { type FcmDelivery, FcmProvider, type SendOptions } from '../push-provider.js';
import { plainWord, ReasonLog } from '../reason-log.js';
import { type AccessTokenResult, AccessTokens } from './access-token.js';
import { fcmOutcome, fcmRefusal } from './fcm-errors.js';
import { readServiceAccount } from './service-account.js';

/**
 * Sends to Google by FCM's HTTP v1 over HTTP/2, one message per request. What an answer means stands in `fcm-errors.ts`, how
 * often and how long it is tried in `http2/attempts.ts`.
 */
export class FcmHttp2Provider extends FcmProvider {
  readonly #tokens: AccessTokens | undefined;
  readonly #path: string;
  readonly #pool: SessionPool;
  readonly #reasons: ReasonLog;

  /** @throws SettingsError for a credential file that is missing or broken */
  constructor(
    settings: FcmSettings,
    private readonly clock: Clock,
    logger: LoggerService,
    extras: ProviderExtras = {},
  ) {
    super();
    const account = settings.credentialsFile === undefined ? undefined : readServiceAccount(settings.credentialsFile);
    this.#tokens = account && new AccessTokens(account, clock);
    this.#path = `/v1/projects/${encodeURIComponent(account?.projectId ?? '')}/messages:send`;
    this.#reasons = new ReasonLog('FCM', logger);
    const tls = extras.ca === undefined ? {} : { ca: extras.ca };
    this.#pool = new SessionPool(settings.origin, extras.pool, tls, [
      { connectionFailed: (code) => this.#reasons.unreachable(code) },
      ...(extras.observer ? [extras.observer] : []),
    ]);
  }

  get configured(): boolean {
    return this.#tokens !== undefined;
  }

  /** The connections at this moment, for gauges. */
  get connections(): PoolSnapshot {
    return this.#pool.snapshot();
  }

  async send(deliveries: readonly FcmDelivery[], options: SendOptions): Promise<PushOutcome[]> {
    const tokens = this.#tokens;
    if (!tokens) return deliveries.map(() => ({ kind: 'not-configured' }));
    const endsAt = performance.now() + options.deadline - this.clock.millis();
    const { signal } = options;
    return Promise.all(
      deliveries.map(({ body }) =>
        withinBudget(endsAt, (timeoutMs) => this.#attempt(tokens, body, timeoutMs, signal), signal),
      ),
    );
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #attempt(
    tokens: AccessTokens,
    body: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Attempt> {
    const endsAt = performance.now() + timeoutMs;
    for (;;) {
      const token = tokens.usable() ?? (await this.#fetchToken(tokens, endsAt));
      if (typeof token !== 'string') return token;
      const result = await this.#pool.request({
        headers: {
          ':method': 'POST',
          ':path': this.#path,
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
        },
        body,
        timeoutMs: endsAt - performance.now(),
        ...(signal ? { signal } : {}),
      });
      if (result.kind === 'failure') return failedAttempt(result.reason);
      if (result.status === 200) return { outcome: { kind: 'delivered' }, again: false };
      const { reason, meaning } = fcmRefusal(result.status, result.body);
      if (meaning === 'renew' && tokens.refused(token)) continue;
      if (meaning === undefined) this.#reasons.unknown(result.status, reason);
      if (meaning === 'credential' || meaning === 'renew') this.#reasons.credential(reason);
      const retryAfter = retryAfterSeconds(result.headers['retry-after'], this.clock.millis());
      return {
        outcome: fcmOutcome(meaning, plainWord(reason), retryAfter),
        again: meaning === 'again' || (meaning === 'later' && retryAfter !== undefined),
      };
    }
  }

  /** A fresh access token, or the attempt that its absence amounts to. */
  async #fetchToken(tokens: AccessTokens, endsAt: number): Promise<string | Attempt> {
    const late: AccessTokenResult = { kind: 'unavailable', reason: 'access-token-unavailable' };
    const timer = new AbortController();
    const result = await Promise.race([
      tokens.get(),
      sleep(Math.max(0, endsAt - performance.now()), late, { signal: timer.signal }).catch(() => late),
    ]);
    timer.abort();
    if (result.kind === 'token') return result.token;
    const reason = plainWord(result.reason);
    if (result.kind === 'unavailable') return { outcome: { kind: 'try-later', reason }, again: true };
    this.#reasons.credential(reason);
    return { outcome: { kind: 'rejected', reason }, again: false };
  }
}
