import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Clock } from '../../common/clock.js';

/** Apple takes a token for an hour and refuses one that is renewed more often than every 20 minutes. */
const REUSE_MS = 50 * 60_000;
const LEAST_RENEWAL_MS = 20 * 60_000;

/**
 * The provider token of one signing key ("Establishing a token-based connection to APNs"): signed once, shared by all
 * sessions, renewed after 50 minutes.
 */
export class ProviderToken {
  #token: string | undefined;
  #signedAt = 0;
  #signing: Promise<string> | undefined;
  #renewedEarlyAt: number | undefined;

  constructor(
    private readonly key: KeyObject,
    private readonly keyId: string,
    private readonly teamId: string,
    private readonly clock: Clock,
  ) {}

  /** The token now, without waiting; undefined where it must be signed first. */
  get current(): string | undefined {
    const age = this.clock.millis() - this.#signedAt;
    // A negative age means that the clock was set back: Apple would see a token from the future.
    return age >= 0 && age < REUSE_MS ? this.#token : undefined;
  }

  async get(): Promise<string> {
    return this.current ?? this.#sign();
  }

  /**
   * Apple called `token` expired. Answers whether sending again makes sense: another token is in use already, or this one
   * was now given up. Not more than once in 20 minutes, since a clock that is wrong is not cured by signing again.
   */
  expired(token: string): boolean {
    if (token !== this.#token) return true;
    const now = performance.now();
    if (this.#renewedEarlyAt !== undefined && now - this.#renewedEarlyAt < LEAST_RENEWAL_MS) return false;
    this.#renewedEarlyAt = now;
    this.#token = undefined;
    return true;
  }

  #sign(): Promise<string> {
    this.#signing ??= this.#signOnce().finally(() => {
      this.#signing = undefined;
    });
    return this.#signing;
  }

  async #signOnce(): Promise<string> {
    const millis = this.clock.millis();
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: this.keyId })
      .setIssuer(this.teamId)
      .setIssuedAt(Math.floor(millis / 1000))
      .sign(this.key);
    this.#token = token;
    this.#signedAt = millis;
    return token;
  }
}
