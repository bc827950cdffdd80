import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import type { Clock } from '../../common/clock.js';
import type { FcmSettings } from '../../config/settings.js';
import { type Attempt, DELIVERED, failedAttempt, withinBudget } from '../http2/attempts.js';
import { Breaker } from '../http2/breaker.js';
import type { PoolObserver } from '../http2/pool-options.js';
import { retryAfterSeconds } from '../http2/retry-after.js';
import { SessionPool } from '../http2/session-pool.js';
import type { ProviderExtras } from '../provider-extras.js';
import type { CredentialFacts, ProviderSnapshot } from '../provider-snapshot.js';
import type { PushOutcome } from '../push-outcome.js';
import { type FcmDelivery, FcmProvider, type SendOptions } from '../push-provider.js';
import { plainWord, ReasonLog } from '../reason-log.js';
import { type AccessTokenResult, AccessTokens } from './access-token.js';
import { type FcmMeaning, fcmOutcome, fcmRefusal } from './fcm-errors.js';
import { readServiceAccount } from './service-account.js';

/**
 * Sends to Google by FCM's HTTP v1 over HTTP/2, one message per request. What an answer means stands in `fcm-errors.ts`, how
 * often and how long it is tried in `http2/attempts.ts`.
 */
export class FcmHttp2Provider extends FcmProvider {
  readonly #tokens: AccessTokens | undefined;
  readonly #keyId: string | undefined;
  readonly #path: string;
  readonly #pool: SessionPool;
  readonly #observers: PoolObserver[];
  readonly #breaker: Breaker;
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
    this.#keyId = account?.keyId;
    this.#path = `/v1/projects/${encodeURIComponent(account?.projectId ?? '')}/messages:send`;
    this.#reasons = new ReasonLog('FCM', logger);
    const tls = extras.ca === undefined ? {} : { ca: extras.ca };
    this.#breaker = new Breaker(extras.breaker, (open) => this.#reasons.breaker(open));
    this.#observers = [{ connectionFailed: (code) => this.#reasons.unreachable(code) }];
    if (extras.observer) this.#observers.push(extras.observer);
    this.#pool = new SessionPool(settings.origin, extras.pool, tls, this.#observers);
  }

  get configured(): boolean {
    return this.#tokens !== undefined;
  }

  credentialFacts(): CredentialFacts | undefined {
    if (!this.#tokens) return undefined;
    const { obtainedAt } = this.#tokens;
    return {
      kind: 'service-account',
      ...(this.#keyId === undefined ? {} : { keyId: this.#keyId }),
      ...(obtainedAt === undefined ? {} : { tokenAgeSeconds: (this.clock.millis() - obtainedAt) / 1000 }),
    };
  }

  snapshot(): ProviderSnapshot {
    const credentials = this.credentialFacts();
    return {
      pools: [{ name: 'main', ...this.#pool.snapshot() }],
      breaker: this.#breaker.snapshot(),
      ...(credentials ? { credentials } : {}),
    };
  }

  observe(observer: PoolObserver): void {
    this.#observers.push(observer);
  }

  async send(deliveries: readonly FcmDelivery[], options: SendOptions): Promise<PushOutcome[]> {
    const tokens = this.#tokens;
    if (!tokens) return deliveries.map(() => ({ kind: 'not-configured' }));
    // Each delivery listens to the batch's signal; Node would take more than ten for a leak.
    if (options.signal) setMaxListeners(0, options.signal);
    const endsAt = performance.now() + options.deadline - this.clock.millis();
    const { signal } = options;
    const limits = { endsAt, signal, breaker: this.#breaker };
    const sendOne = ({ body }: FcmDelivery): Promise<PushOutcome> =>
      withinBudget(limits, (timeoutMs) => this.#attempt(tokens, body, timeoutMs, signal));
    const [first] = deliveries;
    return first && deliveries.length === 1 ? [await sendOne(first)] : Promise.all(deliveries.map(sendOne));
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
        signal,
      });
      if (result.kind === 'failure') return failedAttempt(result);
      if (result.status === 200) return DELIVERED;
      const { reason, meaning } = fcmRefusal(result.status, result.body);
      if (meaning === 'renew' && tokens.refused(token)) continue;
      if (meaning === undefined) this.#reasons.unknown(result.status, reason);
      if (meaning === 'credential' || meaning === 'renew') this.#reasons.credential(reason);
      const retryAfter = retryAfterSeconds(result.headers['retry-after'], this.clock.millis());
      return {
        outcome: fcmOutcome(meaning, plainWord(reason), retryAfter),
        again: meaning === 'again' || (meaning === 'later' && retryAfter !== undefined),
        verdict: failsForAll(result.status, meaning) ? 'fails' : 'works',
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
    if (result.kind === 'unavailable') return { outcome: { kind: 'try-later', reason }, again: true, verdict: 'fails' };
    this.#reasons.credential(reason);
    return { outcome: { kind: 'rejected', reason }, again: false, verdict: 'fails' };
  }
}

/** Whether a refusal is about the service or our account, so that any other message would meet it too. */
function failsForAll(status: number, meaning: FcmMeaning | undefined): boolean {
  return status >= 500 || meaning === 'credential' || meaning === 'renew';
}
