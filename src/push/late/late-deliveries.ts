import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { safeDescription } from '../../protocol/error-description.js';
import type { PushOutcome } from '../push-outcome.js';
import type { Attempt } from '../repeats/attempt.js';

/** A delivery that its provider did not take for a reason that will pass. */
export interface LateDelivery {
  readonly key: string;
  readonly attempt: Attempt;
  /** Why it was not taken. */
  readonly outcome: PushOutcome;
  /** On the scale of `performance.now()`: after that nothing is tried any more. */
  readonly endsAt: number;
  /** Tries once more. */
  send(endsAt: number, signal: AbortSignal): Promise<PushOutcome | undefined>;
  /** Commits what became of it in the end, unless it was given up. */
  settle(outcome: PushOutcome): Promise<void>;
}

/** For gauges. */
export interface LateSnapshot {
  /** Being tried now. */
  readonly waiting: number;
  /** Since the start: taken after all, given up, and dropped for want of room or because the service stopped. */
  readonly delivered: number;
  readonly givenUp: number;
  readonly dropped: number;
}

/** A message is a few kilobytes. */
const CAPACITY = 5_000;
const FIRST_PAUSE_MS = 1_000;
const TRY_MS = 10_000;
/** What a stop still waits for, after the requests have ended. */
const GRACE_MS = 3_000;

/**
 * Goes on trying, from memory, to reach the devices of a notification that was answered with success because others took it: its
 * server will not send it again. What is left when the service stops is dropped: content is written nowhere.
 */
@Injectable()
export class LateDeliveries implements BeforeApplicationShutdown {
  private readonly logger = new Logger(LateDeliveries.name);
  private readonly running = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly sums = { delivered: 0, givenUp: 0, dropped: 0 };

  /** Whether so many more can be taken over. */
  hasRoom(deliveries: number): boolean {
    return this.running.size + deliveries <= CAPACITY;
  }

  /** Takes over a delivery, if there is room for it. */
  take(delivery: LateDelivery): void {
    if (!this.hasRoom(1) || this.stopping.signal.aborted) {
      this.sums.dropped++;
      return;
    }
    // Whoever repeats the notification meanwhile shall not send it beside us.
    delivery.attempt.taken.add(delivery.key);
    const work = this.work(delivery).catch((error: unknown) => {
      this.logger.error('a late delivery could not be settled', { error: safeDescription(error) });
    });
    this.running.add(work);
    void work.then(() => this.running.delete(work));
  }

  snapshot(): LateSnapshot {
    return { waiting: this.running.size, ...this.sums };
  }

  async beforeApplicationShutdown(): Promise<void> {
    const timer = setTimeout(() => this.stopping.abort(), GRACE_MS);
    while (this.running.size > 0) await Promise.all(this.running);
    clearTimeout(timer);
    this.stopping.abort();
  }

  private async work(delivery: LateDelivery): Promise<void> {
    const outcome = await this.tryUntilEnd(delivery);
    if (outcome?.kind === 'delivered') {
      this.sums.delivered++;
      delivery.attempt.note([delivery], [outcome]);
    } else {
      delivery.attempt.taken.delete(delivery.key);
      if (this.stopping.signal.aborted) this.sums.dropped++;
      else this.sums.givenUp++;
    }
    if (outcome) await delivery.settle(outcome);
  }

  /** The first outcome that is final; undefined where none came in time. */
  private async tryUntilEnd({ outcome: first, endsAt, send }: LateDelivery): Promise<PushOutcome | undefined> {
    const { signal } = this.stopping;
    let outcome: PushOutcome | undefined = first;
    for (let tries = 0; outcome?.kind === 'try-later'; tries++) {
      const pause = pauseMs(outcome.retryAfterSeconds, tries);
      if (performance.now() + pause >= endsAt) return undefined;
      try {
        await sleep(pause, undefined, { signal });
      } catch {
        return undefined;
      }
      outcome = await send(Math.min(endsAt, performance.now() + TRY_MS), signal);
    }
    return outcome;
  }
}

/** As long as was asked for, or longer with each try; never all at the same moment. */
function pauseMs(askedSeconds: number | undefined, tries: number): number {
  return Math.max((askedSeconds ?? 0) * 1_000, FIRST_PAUSE_MS * 2 ** tries) * (1 + Math.random() / 4);
}
