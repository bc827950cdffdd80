import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { decodeJwt, errors, jwtVerify } from 'jose';
import type { Clock } from '../../common/clock.js';
import type { ApnsReason } from './apns-reasons.js';

/** A signing key as Apple issues it: contents of the `.p8` file with its two ids. */
export interface ApnsKey {
  /** PKCS #8, PEM. */
  readonly p8: string;
  readonly keyId: string;
  readonly teamId: string;
}

const TOKEN_LIFE_SECONDS = 3600;
/** Apple allows some clock difference; so does this. */
const SKEW_SECONDS = 60;

/**
 * Apple's side of token-based authentication ("Establishing a token-based connection to APNs"): ES256, `kid` and `iss` of a known
 * key, not older than an hour.
 */
export class ProviderTokens {
  private readonly keys = new Map<string, { readonly publicKey: KeyObject; readonly teamId: string }>();
  /** Issue times of tokens found good: a signature needs checking once. */
  private readonly checked = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Makes a key and registers its public half. */
  createKey(): ApnsKey {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const key = {
      p8: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      keyId: appleId(),
      teamId: appleId(),
    };
    this.keys.set(key.keyId, { publicKey, teamId: key.teamId });
    return key;
  }

  /** Withdraws a key: its tokens are invalid from now on. */
  revokeKey(keyId: string): void {
    this.keys.delete(keyId);
    this.checked.clear();
  }

  /** The reason to refuse the `authorization` header, undefined when it is good. */
  async check(authorization: string | undefined): Promise<ApnsReason | undefined> {
    const token = /^bearer (.+)$/i.exec(authorization ?? '')?.[1];
    if (!token) return 'MissingProviderToken';
    const issuedAt = this.checked.get(token) ?? (await this.verify(token));
    if (issuedAt === undefined) return 'InvalidProviderToken';
    const age = this.clock.seconds() - issuedAt;
    if (age < -SKEW_SECONDS) return 'InvalidProviderToken';
    return age > TOKEN_LIFE_SECONDS ? 'ExpiredProviderToken' : undefined;
  }

  /** Issue time in Unix seconds of a token that is signed by a known key of the team it names. */
  private async verify(token: string): Promise<number | undefined> {
    try {
      const { payload } = await jwtVerify(
        token,
        (header) => {
          const key = this.keys.get(header.kid ?? '');
          if (!key || key.teamId !== decodeJwt(token).iss) throw new errors.JWKSNoMatchingKey();
          return key.publicKey;
        },
        { algorithms: ['ES256'] },
      );
      if (payload.iat !== undefined) this.checked.set(token, payload.iat);
      return payload.iat;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
      throw error;
    }
  }
}

/** Ten characters, as Apple's key and team ids have. */
function appleId(): string {
  return Array.from(randomBytes(10), (byte) => 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'[byte % 32]).join('');
}
