import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { getStorageToken, type ThrottlerStorage } from '@nestjs/throttler';
import { AppError } from '../../common/errors.js';
import { waitInWords } from './wait-in-words.js';

const MINUTE = 60_000;

/** Wrong tries for each window: who goes on trying waits longer and longer. */
const WRONG = [
  { limit: 20, window: 10 * MINUTE },
  { limit: 40, window: 60 * MINUTE },
] as const;

/** Tries of any outcome: bounds those that are under way at once, before it is known that they are wrong. */
const ANY = { limit: 120, window: 10 * MINUTE } as const;

/** What a try is counted under: a use, such as `server-login`, whose it is (an address, a server), and which one. */
export interface TryKey {
  readonly use: string;
  readonly of: string;
  readonly subject: string;
}

/** Slows down who guesses secrets, by windows that nodes share where there is a Redis. Only wrong tries use the limit up. */
@Injectable()
export class TryThrottle {
  constructor(@Inject(getStorageToken()) private readonly storage: ThrottlerStorage) {}

  /**
   * Lets a try pass, to be judged, unless there were too many.
   *
   * @throws AppError `page.wait`
   */
  async admit(keys: readonly TryKey[]): Promise<void> {
    for (const key of keys) {
      let wait = await this.count(`${name(key)}:any`, ANY.window, ANY.limit);
      for (const { limit, window } of WRONG) {
        // Nothing fits into a limit of 0, so nothing is counted: this only asks.
        const { totalHits, timeToBlockExpire } = await this.storage.increment(wrong(key, window), window, 0, 0, '');
        if (totalHits >= limit) wait = Math.max(wait, timeToBlockExpire);
      }
      if (wait > 0) throw tooMany(wait);
    }
  }

  /** Counts a try that was wrong. */
  async failed(keys: readonly TryKey[]): Promise<void> {
    for (const key of keys) {
      for (const { limit, window } of WRONG) await this.count(wrong(key, window), window, limit);
    }
  }

  /** Milliseconds to wait, where the limit is used up. */
  private async count(key: string, window: number, limit: number): Promise<number> {
    const { isBlocked, timeToBlockExpire } = await this.storage.increment(key, window, limit, 0, '');
    return isBlocked ? timeToBlockExpire : 0;
  }
}

function tooMany(wait: number): AppError {
  return new AppError('page.wait', { wait: waitInWords(wait) }, {}, { 'Retry-After': String(Math.ceil(wait / 1_000)) });
}

/** Names and addresses are no business of Redis'. */
function name({ use, of, subject }: TryKey): string {
  return `${use}-${of}:${hash('sha256', subject, 'base64url')}`;
}

const wrong = (key: TryKey, window: number) => `${name(key)}:wrong:${window / MINUTE}`;
