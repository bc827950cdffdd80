import { createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { toAppError } from '../../protocol/error.filter.js';
import type { Exchange } from '../../protocol/exchange.decorator.js';
import { Attempt } from './attempt.js';

/** For gauges. */
export interface RepeatsSnapshot {
  /** Notifications whose servers may send them again. */
  readonly remembered: number;
  /** Repeats known as such since the start. */
  readonly recognised: number;
}

interface Remembered {
  readonly attempt: Attempt;
  readonly until: number;
}

const CAPACITY = 10_000;
/** A Zulip server's queue has tried again, three times at most, long before. */
const LIFETIME_MILLIS = 5 * 60_000;

/**
 * Knows a notification again that its server repeats because it got no answer, or one of our failures (5xx), so that phones that
 * took it do not ring twice. What is remembered is a keyed digest of server and body, and which devices took it; neither outlives
 * the process, nor can the digest be computed outside it. After a success that was written out, the same body is a new notification.
 *
 * Digests are only made once there is something to remember, so that while all goes well this costs nothing.
 */
@Injectable()
export class Repeats {
  private readonly key = randomBytes(32);
  private readonly remembered = new Map<string, Remembered>();
  private recognised = 0;

  constructor(@Inject(Clock) private readonly clock: Clock) {}

  /**
   * Does the work of a request, with what earlier requests of the same notification have reached. A repeat waits for the request
   * that it repeats.
   *
   * @param scope which server, and which endpoint
   */
  async watch<T>(scope: string, exchange: Exchange, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const known = this.remembered.size === 0 ? undefined : this.recall(this.digest(scope, exchange));
    if (known) this.recognised++;
    const attempt = known ?? new Attempt();
    const running = known ? known.over.then(() => work(known)) : work(attempt);
    attempt.over = running.catch(() => undefined);
    let failed = false;
    exchange.whenOver((written) => {
      if (!written) this.remember(this.digest(scope, exchange), attempt);
      else if (known && !failed) this.forget(this.digest(scope, exchange), attempt);
    });
    try {
      return await running;
    } catch (error) {
      failed = toAppError(error).status >= 500;
      // Before the answer is on its way: the repeat may be here sooner than the news that it was written.
      if (failed) this.remember(this.digest(scope, exchange), attempt);
      throw error;
    }
  }

  snapshot(): RepeatsSnapshot {
    return { remembered: this.remembered.size, recognised: this.recognised };
  }

  private digest(scope: string, { body }: Exchange): string {
    return createHmac('sha256', this.key).update(`${scope}\0`).update(body).digest('base64');
  }

  private recall(digest: string): Attempt | undefined {
    this.dropOld();
    return this.remembered.get(digest)?.attempt;
  }

  private remember(digest: string, attempt: Attempt): void {
    this.remembered.delete(digest);
    this.remembered.set(digest, { attempt, until: this.clock.millis() + LIFETIME_MILLIS });
    this.dropOld();
    // Of what nobody took there is nothing to know.
    void attempt.over.then(() => {
      if (attempt.taken.size === 0) this.forget(digest, attempt);
    });
  }

  private forget(digest: string, attempt: Attempt): void {
    if (this.remembered.get(digest)?.attempt === attempt) this.remembered.delete(digest);
  }

  /** The oldest stand first: a Map keeps the order of insertion. */
  private dropOld(): void {
    const now = this.clock.millis();
    for (const [digest, { until }] of this.remembered) {
      if (until > now && this.remembered.size <= CAPACITY) return;
      this.remembered.delete(digest);
    }
  }
}
