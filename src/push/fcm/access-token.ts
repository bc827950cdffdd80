import { SignJWT } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../common/clock.js';
import type { ServiceAccount } from './service-account.js';

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const FETCH_TIMEOUT_MS = 5000;
/** A token is renewed, in the background, when less than this remains of it... */
const RENEW_BEFORE_MS = 300_000;
/** ...and no longer used when less than this does. */
const UNUSABLE_BEFORE_MS = 10_000;
/** A token that FCM refuses is replaced early only this often. */
const LEAST_RENEWAL_MS = 10_000;
/** After a failure nothing is asked for this long. */
const PAUSE_AFTER_FAILURE_MS = 200;

const answerSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });
const refusalSchema = z.object({ error: z.string() });

/** An access token, or why there is none: `refused` means that the account itself is not accepted. */
export type AccessTokenResult =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'refused' | 'unavailable'; readonly reason: string };

/**
 * Access tokens of a service account, from the `token_uri` its file names (RFC 7523, "Using OAuth 2.0 for Server to Server
 * Applications"). Kept until shortly before they expire; one request for a new one at a time.
 */
export class AccessTokens {
  #token: string | undefined;
  #expiresAt = 0;
  #obtainedAt = 0;
  #fetching: Promise<AccessTokenResult> | undefined;
  #givenUpAt: number | undefined;
  #failure: { readonly at: number; readonly result: AccessTokenResult } | undefined;

  constructor(
    private readonly account: ServiceAccount,
    private readonly clock: Clock,
  ) {}

  /** The token now, without waiting; undefined where one must be fetched first. Starts the renewal of one about to expire. */
  usable(): string | undefined {
    if (this.#token === undefined) return undefined;
    const left = this.#expiresAt - this.clock.millis();
    if (left < RENEW_BEFORE_MS) void this.#renew();
    return left < UNUSABLE_BEFORE_MS ? undefined : this.#token;
  }

  /** When the token in use was asked for, milliseconds since the epoch; undefined where there is none. */
  get obtainedAt(): number | undefined {
    return this.#token === undefined ? undefined : this.#obtainedAt;
  }

  async get(): Promise<AccessTokenResult> {
    const token = this.usable();
    return token === undefined ? this.#renew() : { kind: 'token', token };
  }

  /**
   * FCM did not accept `token`. Answers whether sending again makes sense: another token is in use already, or this one was now
   * given up. Seldom, since an account without the right to send is not cured by fresh tokens.
   */
  refused(token: string): boolean {
    if (token !== this.#token) return true;
    const now = performance.now();
    if (this.#givenUpAt !== undefined && now - this.#givenUpAt < LEAST_RENEWAL_MS) return false;
    this.#givenUpAt = now;
    this.#token = undefined;
    return true;
  }

  #renew(): Promise<AccessTokenResult> {
    const failure = this.#failure;
    if (failure && performance.now() - failure.at < PAUSE_AFTER_FAILURE_MS) return Promise.resolve(failure.result);
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<AccessTokenResult> {
    const result = await this.#ask();
    this.#failure = result.kind === 'token' ? undefined : { at: performance.now(), result };
    return result;
  }

  async #ask(): Promise<AccessTokenResult> {
    try {
      const askedAt = this.clock.millis();
      const response = await fetch(this.account.tokenUri, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({ grant_type: GRANT, assertion: await this.#assertion(askedAt) }),
        redirect: 'error',
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      });
      const json: unknown = await response.json();
      if (!response.ok) return refusal(response.status, json);
      const answer = answerSchema.parse(json);
      this.#token = answer.access_token;
      this.#obtainedAt = askedAt;
      this.#expiresAt = askedAt + answer.expires_in * 1000;
      return { kind: 'token', token: answer.access_token };
    } catch {
      // What went wrong may quote the assertion or the answer, so only the fact is passed on.
      return { kind: 'unavailable', reason: 'access-token-unavailable' };
    }
  }

  #assertion(nowMillis: number): Promise<string> {
    const { keyId, key, email, tokenUri } = this.account;
    const now = Math.floor(nowMillis / 1000);
    return new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) })
      .setIssuer(email)
      .setAudience(tokenUri)
      .setIssuedAt(now)
      .setExpirationTime(now + 3600)
      .sign(key);
  }
}

function refusal(status: number, json: unknown): AccessTokenResult {
  const parsed = refusalSchema.safeParse(json);
  const reason = parsed.success ? parsed.data.error : `Status${status}`;
  // 408 and 429 are about this request, the other 4xx about the account.
  const refused = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return { kind: refused ? 'refused' : 'unavailable', reason };
}
