import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SESSION_SECRETS } from '../../config/session-secrets.js';

/** A number of users as it goes to a page and comes back. */
export interface SignedUsers {
  readonly signedUsers: string;
  readonly salt: string;
}

/** Signs the number of users that a page shows, so that nobody buys by another one than they were shown. */
@Injectable()
export class UserCountSignature {
  constructor(@Inject(SESSION_SECRETS) private readonly secrets: readonly string[]) {}

  sign(users: number): SignedUsers {
    const salt = randomBytes(16).toString('hex');
    return { signedUsers: `${users}:${this.mac(this.secrets[0] ?? '', users, salt)}`, salt };
  }

  /** The number that was signed; undefined where it was not by us. */
  verify({ signedUsers, salt }: SignedUsers): number | undefined {
    const [, digits, mac] = /^(\d{1,9}):([\w-]{43})$/.exec(signedUsers) ?? [];
    if (digits === undefined || mac === undefined) return undefined;
    const given = Buffer.from(mac);
    const users = Number(digits);
    const isOurs = this.secrets.some((secret) => timingSafeEqual(Buffer.from(this.mac(secret, users, salt)), given));
    return isOurs ? users : undefined;
  }

  private mac(secret: string, users: number, salt: string): string {
    return createHmac('sha256', secret).update(`users\0${salt}\0${users}`).digest('base64url');
  }
}
