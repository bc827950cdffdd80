import { hkdfSync, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { Clock } from '../../common/clock.js';
import { AppError } from '../../common/errors.js';
import { SESSION_SECRETS } from '../../config/session-secrets.js';
import { NEXT_PAGES } from '../identity/next-page.js';
import { IDENTITY_LIFETIME } from '../identity/portal-identity.js';

/** Whom a Zulip server vouches for. */
export interface RealmVisitor {
  readonly realmUuid: string;
  readonly serverUuid: string;
  readonly userUuid: string;
  readonly email: string;
  readonly fullName: string;
  readonly uriScheme: 'http://' | 'https://';
  readonly nextPage: (typeof NEXT_PAGES)[number] | undefined;
}

/** A token as it was read. */
export interface ReadToken extends RealmVisitor {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly issuedAt: number;
  readonly expiresAt: Date;
}

const PURPOSE = 'push-bouncer plan management log-in';
/** Its signature fills all bits of its text (384 = 64 · 6), so that not one letter of a token can be changed. */
const ALGORITHM = 'HS384';

const claims = z.object({
  jti: z.string(),
  iat: z.int(),
  exp: z.int(),
  realm: z.string(),
  server: z.string(),
  sub: z.string(),
  email: z.string(),
  name: z.string(),
  scheme: z.enum(['http://', 'https://']),
  next: z.enum(NEXT_PAGES).optional(),
});

/**
 * The token in the link that a Zulip server sends its user to: a JWT (RFC 7519), signed with a key derived from the session secrets.
 * It carries the time when the server asked for it and is good for two hours from then, however often it is looked at.
 */
@Injectable()
export class RealmTokens {
  private readonly keys: readonly Uint8Array[];

  constructor(
    @Inject(SESSION_SECRETS) secrets: readonly string[],
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.keys = secrets.map((secret) => new Uint8Array(hkdfSync('sha384', secret, '', PURPOSE, 48)));
  }

  sign(visitor: RealmVisitor): Promise<string> {
    const [key] = this.keys;
    if (!key) throw new Error('no secret to sign with');
    const { realmUuid: realm, serverUuid: server, email, fullName: name, uriScheme: scheme, nextPage: next } = visitor;
    const now = this.clock.seconds();
    return new SignJWT({ realm, server, email, name, scheme, ...(next ? { next } : {}) })
      .setProtectedHeader({ alg: ALGORITHM })
      .setSubject(visitor.userUuid)
      .setJti(randomBytes(16).toString('base64url'))
      .setIssuedAt(now)
      .setExpirationTime(now + IDENTITY_LIFETIME / 1_000)
      .sign(key);
  }

  /** @throws AppError `login.token-expired`, `login.token-invalid` */
  async read(token: string): Promise<ReadToken> {
    for (const key of this.keys) {
      try {
        const options = { algorithms: [ALGORITHM], currentDate: this.clock.now() };
        return toToken(claims.parse((await jwtVerify(token, key, options)).payload));
      } catch (error) {
        // Only of a signature that was right.
        if (error instanceof errors.JWTExpired) throw new AppError('login.token-expired');
      }
    }
    throw new AppError('login.token-invalid');
  }
}

function toToken({ jti, iat, exp, realm, server, sub, email, name, scheme, next }: z.output<typeof claims>): ReadToken {
  return {
    id: jti,
    issuedAt: iat * 1_000,
    expiresAt: new Date(exp * 1_000),
    realmUuid: realm,
    serverUuid: server,
    userUuid: sub,
    ...{ email, fullName: name, uriScheme: scheme, nextPage: next },
  };
}
