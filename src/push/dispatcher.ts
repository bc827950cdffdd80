import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { AppError } from '../common/errors.js';
import type { Settings } from '../config/settings.js';
import { SETTINGS } from '../config/settings.module.js';
import { LateDeliveries } from './late/late-deliveries.js';
import type { PushOutcome } from './push-outcome.js';
import type { ApnsDelivery, FcmDelivery } from './push-provider.js';
import type { Attempt } from './repeats/attempt.js';
import { Sender, type SendResult } from './sender.js';

/** A message to one device, and what it is known by within its notification. */
export interface Parcel<D> {
  readonly key: string;
  readonly delivery: D;
}

/** The messages of one notification. */
export interface Parcels {
  /** Undefined for a device that cannot be reached. */
  readonly apple: readonly Parcel<ApnsDelivery | undefined>[];
  readonly android: readonly Parcel<FcmDelivery>[];
}

/** A notification must be answered within a client's 15 s; sending gets this much from its arrival, in milliseconds. */
const BUDGET_MS = 10_000;
/** How long after its arrival a delivery is still worth trying. */
const LATE_BUDGET_MS = 60_000;
/** Seconds; by then some of those that are being tried have been taken or given up. */
const RETRY_AFTER = '5';

/** Sends the messages of a notification: each device's once, however often its server repeats it, and for as long as is sensible. */
@Injectable()
export class Dispatcher {
  constructor(
    @Inject(Sender) private readonly sender: Sender,
    @Inject(LateDeliveries) private readonly late: LateDeliveries,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Sends what nobody took yet. What was taken before counts as delivered. Never throws for what a provider does. */
  async send(attempt: Attempt, parcels: Parcels, arrivedAt: number): Promise<SendResult> {
    // Only of a repeat may something have been taken before.
    if (attempt.taken.size === 0) {
      const sent = await this.sendNow(parcels, arrivedAt + BUDGET_MS);
      attempt.note(parcels.apple, sent.apple);
      attempt.note(parcels.android, sent.android);
      return sent;
    }
    const left = {
      apple: parcels.apple.filter(({ key }) => !attempt.taken.has(key)),
      android: parcels.android.filter(({ key }) => !attempt.taken.has(key)),
    };
    const sent = await this.sendNow(left, arrivedAt + BUDGET_MS);
    attempt.note(left.apple, sent.apple);
    attempt.note(left.android, sent.android);
    return {
      apple: inPlace(parcels.apple, left.apple, sent.apple),
      android: inPlace(parcels.android, left.android, sent.android),
    };
  }

  /**
   * Goes on trying, after the answer, what was not taken for reasons that will pass; `settle` hears what became of each.
   *
   * @throws AppError `push.overload` where there is no room to: a repeat goes to those devices only. Not where the operator wants
   *   outages accepted
   */
  keepTrying(
    attempt: Attempt,
    parcels: Parcels,
    sent: SendResult,
    arrivedAt: number,
    settle: (key: string, outcome: PushOutcome) => Promise<void>,
  ): void {
    const endsAt = arrivedAt + LATE_BUDGET_MS;
    const take = (key: string, outcome: PushOutcome | undefined, again: Parcels) => {
      if (!isPending(outcome)) return;
      this.late.take({
        key,
        attempt,
        outcome,
        endsAt,
        send: async (until, signal) => {
          const { apple, android } = await this.sendNow(again, until, signal);
          return [...apple, ...android][0];
        },
        settle: (final) => settle(key, final),
      });
    };
    if (!sent.apple.some(isPending) && !sent.android.some(isPending)) return;
    const pending = [...sent.apple, ...sent.android].filter(isPending).length;
    if (!this.late.hasRoom(pending) && this.settings.push.onProviderOutage !== 'accept') {
      throw new AppError('push.overload', {}, {}, { 'Retry-After': RETRY_AFTER });
    }
    for (const [i, parcel] of parcels.apple.entries()) {
      take(parcel.key, sent.apple[i], { apple: [parcel], android: [] });
    }
    for (const [i, parcel] of parcels.android.entries()) {
      take(parcel.key, sent.android[i], { apple: [], android: [parcel] });
    }
  }

  /** @param until on the scale of `performance.now()`, since the clock may be set meanwhile */
  private sendNow({ apple, android }: Parcels, until: number, signal?: AbortSignal): Promise<SendResult> {
    return this.sender.send(
      apple.map(({ delivery }) => delivery),
      android.map(({ delivery }) => delivery),
      { deadline: this.clock.millis() + until - performance.now(), ...(signal ? { signal } : {}) },
    );
  }
}

function isPending(outcome: PushOutcome | undefined): outcome is Extract<PushOutcome, { kind: 'try-later' }> {
  return outcome?.kind === 'try-later';
}

/** The outcomes of those that were sent, and between them those that had been taken. */
function inPlace<O>(
  all: readonly Parcel<unknown>[],
  sent: readonly Parcel<unknown>[],
  outcomes: readonly O[],
): (O | { readonly kind: 'delivered' })[] {
  let next = 0;
  return all.map((parcel) => (parcel === sent[next] ? (outcomes[next++] as O) : { kind: 'delivered' }));
}
