import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT } from 'jose';
import type { Clock } from '../../common/clock.js';
import type { ApnsSigningKey, IssuedToken, KeptToken, ProviderTokenStore } from './provider-token-store.js';

/** Apple takes a token for an hour and refuses one that is renewed more often than every 20 minutes. */
const REUSE_MS = 50 * 60_000;
const LEAST_RENEWAL_MS = 20 * 60_000;
/** Another node's clock may be ahead by this much. */
const SKEW_MS = 30_000;
/** A notification waits no longer than this for the store. */
const STORE_TIMEOUT_MS = 2000;
/** After a refusal to renew early, nobody asks again for this long. */
const PAUSE_MS = 10_000;

interface StoreAnswer {
  readonly works: boolean;
  readonly kept: KeptToken | undefined;
}

/**
 * The provider token of one signing key ("Establishing a token-based connection to APNs"): one for all sessions and, through the
 * store, for all nodes; renewed after 50 minutes. Where the store fails, this process signs its own.
 */
export class ProviderToken {
  #used: IssuedToken | undefined;
  #renewing: Promise<string> | undefined;
  #replacing: Promise<boolean> | undefined;
  #pauseUntil = 0;

  /** `storeState` is told what became of each use of the store. */
  constructor(
    readonly signing: ApnsSigningKey,
    private readonly clock: Clock,
    private readonly store: ProviderTokenStore,
    private readonly storeState: (works: boolean) => void = () => undefined,
  ) {}

  /** The token now, without waiting; undefined where it must be fetched or signed first. */
  get current(): string | undefined {
    return this.#used && isFresh(this.#used.issuedAt, this.clock.millis()) ? this.#used.token : undefined;
  }

  /** When the token in use was signed, milliseconds since the epoch. */
  get issuedAt(): number | undefined {
    return this.#used?.issuedAt;
  }

  async get(): Promise<string> {
    return this.current ?? this.#renew();
  }

  /**
   * Apple called `token` expired. Answers whether sending again makes sense: another token is in use already, or this one
   * was now given up. Not more than once in 20 minutes, since a clock that is wrong is not cured by signing again.
   */
  async expired(token: string): Promise<boolean> {
    if (token !== this.#used?.token) return true;
    if (performance.now() < this.#pauseUntil) return false;
    this.#replacing ??= this.#replace(token).finally(() => {
      this.#replacing = undefined;
    });
    return this.#replacing;
  }

  #renew(): Promise<string> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renewOnce(): Promise<string> {
    const now = this.clock.millis();
    const answer = await this.#asked(this.store.read(this.signing));
    if (isUsable(answer.kept, now)) return this.#use(answer.kept);
    const signed = await this.#sign(now, answer.kept?.renewedEarlyAt ?? this.#used?.renewedEarlyAt);
    return this.#offer(answer, signed, now);
  }

  async #replace(expired: string): Promise<boolean> {
    const now = this.clock.millis();
    const answer = await this.#asked(this.store.read(this.signing));
    const { kept } = answer;
    if (isUsable(kept, now) && kept.token !== expired) {
      this.#use(kept);
      return true;
    }
    const early = Math.max(kept?.renewedEarlyAt ?? 0, this.#used?.renewedEarlyAt ?? 0);
    if (Math.abs(now - early) < LEAST_RENEWAL_MS) {
      this.#pauseUntil = performance.now() + PAUSE_MS;
      return false;
    }
    await this.#offer(answer, await this.#sign(now, now), now);
    return true;
  }

  /** Offers a token to the other nodes, and uses theirs where one of them was faster. */
  async #offer(seen: StoreAnswer, signed: IssuedToken, now: number): Promise<string> {
    if (!seen.works) return this.#use(signed);
    const { kept } = await this.#asked(this.store.replace(this.signing, seen.kept?.version, signed));
    return this.#use(isUsable(kept, now) && kept.version !== seen.kept?.version ? kept : signed);
  }

  /** What the store answers, if it works and does not take too long. */
  async #asked(question: Promise<KeptToken | undefined>): Promise<StoreAnswer> {
    const timer = new AbortController();
    const late = sleep(STORE_TIMEOUT_MS, undefined, { signal: timer.signal }).then(() => {
      throw new Error('the store of provider tokens takes too long');
    });
    // Whichever loses the race may fail later, unheard.
    late.catch(() => undefined);
    try {
      const kept = await Promise.race([question, late]);
      this.storeState(true);
      return { works: true, kept };
    } catch {
      this.storeState(false);
      return { works: false, kept: undefined };
    } finally {
      timer.abort();
    }
  }

  #use(token: IssuedToken): string {
    this.#used = token;
    return token.token;
  }

  async #sign(now: number, renewedEarlyAt: number | undefined): Promise<IssuedToken> {
    const { key, keyId, teamId } = this.signing;
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .setIssuer(teamId)
      .setIssuedAt(Math.floor(now / 1000))
      .sign(key);
    return { token, issuedAt: now, ...(renewedEarlyAt === undefined ? {} : { renewedEarlyAt }) };
  }
}

/** A negative age means that the clock was set back: Apple would see a token from the future. */
function isFresh(issuedAt: number, now: number): boolean {
  const age = now - issuedAt;
  return age > -SKEW_MS && age < REUSE_MS;
}

function isUsable(kept: KeptToken | undefined, now: number): kept is KeptToken & IssuedToken {
  return kept?.token !== undefined && isFresh(kept.issuedAt, now);
}
