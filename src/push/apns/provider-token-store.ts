import type { KeyObject } from 'node:crypto';

/** A signing key of Apple's: the `.p8` file with its two ids. */
export interface ApnsSigningKey {
  readonly key: KeyObject;
  readonly keyId: string;
  readonly teamId: string;
}

/** A signed token; times are milliseconds since the epoch. */
export interface IssuedToken {
  readonly token: string;
  readonly issuedAt: number;
  /** When a token was last given up before its time, because Apple called it expired. */
  readonly renewedEarlyAt?: number;
}

/** What a store holds: `token` is undefined where this key cannot read it. `version` changes with every replacement. */
export interface KeptToken extends Omit<IssuedToken, 'token'> {
  readonly token: string | undefined;
  readonly version: string;
}

/**
 * Where the nodes that share a signing key keep its provider token, since Apple wants one token per key, renewed no more often
 * than every 20 minutes ("Establishing a token-based connection to APNs"). Both methods may fail; then each node signs its own.
 */
export interface ProviderTokenStore {
  /** What stands there now, if anything. */
  read(key: ApnsSigningKey): Promise<KeptToken | undefined>;
  /** Puts `next` in the place of the version that was seen, unless another node was faster. Answers what stands afterwards. */
  replace(key: ApnsSigningKey, seen: string | undefined, next: IssuedToken): Promise<KeptToken | undefined>;
}

/** Keeps tokens for this process alone. */
export class MemoryTokenStore implements ProviderTokenStore {
  readonly #kept = new Map<string, KeptToken>();
  #versions = 0;

  async read({ keyId, teamId }: ApnsSigningKey): Promise<KeptToken | undefined> {
    return this.#kept.get(`${teamId}/${keyId}`);
  }

  async replace(key: ApnsSigningKey, seen: string | undefined, next: IssuedToken): Promise<KeptToken | undefined> {
    const standing = await this.read(key);
    if (standing?.version !== seen) return standing;
    const kept = { ...next, version: String(++this.#versions) };
    this.#kept.set(`${key.teamId}/${key.keyId}`, kept);
    return kept;
  }
}
