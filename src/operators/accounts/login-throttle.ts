import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { getStorageToken, type ThrottlerStorage } from '@nestjs/throttler';
import { AppError } from '../../common/errors.js';
import { addressKey } from '../../sessions/throttle/address-key.js';

/** Within so many milliseconds … */
const WINDOW = 15 * 60 * 1_000;
/** … so many tries from one address (of IPv6, from one network), and so many for one operator. */
const PER_ADDRESS = 40;
const PER_OPERATOR = 10;

/** Slows down who guesses passwords and codes; nodes count together where they share a Redis. */
@Injectable()
export class LoginThrottle {
  constructor(@Inject(getStorageToken()) private readonly storage: ThrottlerStorage) {}

  /**
   * One try to log in, or to prove again who one is.
   *
   * @param step passwords and codes are counted apart
   * @throws AppError `page.too-many-tries`
   */
  async admit(step: 'password' | 'code', address: string, operator: string): Promise<void> {
    // An e-mail address is no business of Redis'.
    const digest = hash('sha256', operator, 'base64url');
    await this.count(`operator-${step}-address:${addressKey(address)}`, PER_ADDRESS);
    await this.count(`operator-${step}-operator:${digest}`, PER_OPERATOR);
  }

  private async count(key: string, limit: number): Promise<void> {
    const state = await this.storage.increment(key, WINDOW, limit, 0, '');
    if (!state.isBlocked) return;
    const seconds = String(Math.ceil(state.timeToBlockExpire / 1_000));
    throw new AppError('page.too-many-tries', {}, {}, { 'Retry-After': seconds });
  }
}
