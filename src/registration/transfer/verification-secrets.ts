import { hkdfSync } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { Clock } from '../../common/clock.js';
import { SESSION_SECRETS } from '../../config/session-secrets.js';

/** How long a secret is good for, milliseconds. */
const LIFETIME = 10_000;

/** Keys for this purpose come from the session secret but open nothing else that it signs. */
const PURPOSE = 'push-bouncer registration-transfer';

/** What is to be said of a secret that came back. */
export type SecretVerdict = 'good' | 'malformed' | 'invalid' | 'expired' | 'other-host';

const statement = z.object({ sub: z.string(), iat: z.number() });

/**
 * Secrets by which a host proves that it asked for a transfer: signed, dated statements of its name (JWT, RFC 7519), spelled in
 * upper-case hexadecimal as Zulip servers know them. Nothing is stored, so any node may check what another issued.
 */
@Injectable()
export class VerificationSecrets {
  private readonly keys: readonly Uint8Array[];

  constructor(
    @Inject(SESSION_SECRETS) secrets: readonly string[],
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.keys = secrets.map((secret) => new Uint8Array(hkdfSync('sha256', secret, '', PURPOSE, 32)));
  }

  /** A secret for this host name, good from now on. */
  async issue(hostname: string): Promise<string> {
    const [key] = this.keys;
    if (!key) throw new Error('no secret to sign with');
    // In fractions of seconds, which RFC 7519 allows: ten seconds shall be ten.
    const jwt = new SignJWT({ sub: hostname, iat: this.clock.millis() / 1_000 }).setAudience(PURPOSE);
    const text = await jwt.setProtectedHeader({ alg: 'HS256' }).sign(key);
    return Buffer.from(text, 'latin1').toString('hex').toUpperCase();
  }

  /** Whether a secret was issued here for this host name, within the last ten seconds. */
  async check(secret: string, hostname: string): Promise<SecretVerdict> {
    if (!/^([0-9A-F]{2})+$/.test(secret)) return 'malformed';
    const said = await this.open(Buffer.from(secret, 'hex').toString('latin1'));
    if (!said) return 'invalid';
    if (this.clock.millis() - said.iat * 1_000 > LIFETIME) return 'expired';
    return said.sub === hostname ? 'good' : 'other-host';
  }

  private async open(jwt: string): Promise<z.output<typeof statement> | undefined> {
    for (const key of this.keys) {
      try {
        return statement.parse((await jwtVerify(jwt, key, { algorithms: ['HS256'], audience: PURPOSE })).payload);
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
      }
    }
    return undefined;
  }
}
