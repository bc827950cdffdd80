import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { type DeadToken, DeviceCleaner } from '../devices/device-cleaner.js';
import { DEVICE_KIND, type DeviceKind } from '../devices/device-kind.js';
import { DeadTokenGuard } from './dead-tokens/dead-token-guard.js';
import { DeliveryTally } from './delivery-tally.js';
import type { PushOutcome } from './push-outcome.js';
import { type ApnsDelivery, ApnsProvider, type FcmDelivery, FcmProvider, type SendOptions } from './push-provider.js';

/** A notification must be answered within a client's 15 s; sending gets this much of it, in milliseconds. */
const BUDGET = 10_000;

/** One outcome per message, in order; undefined where there was no message. */
export interface SendResult {
  readonly apple: readonly (PushOutcome | undefined)[];
  readonly android: readonly PushOutcome[];
}

/** Hands messages to both providers at once. */
@Injectable()
export class Sender {
  readonly tally = new DeliveryTally();
  private readonly logger = new Logger(Sender.name);

  constructor(
    @Inject(ApnsProvider) private readonly apns: ApnsProvider,
    @Inject(FcmProvider) private readonly fcm: FcmProvider,
    @Inject(DeviceCleaner) private readonly cleaner: DeviceCleaner,
    @Inject(DeadTokenGuard) private readonly guard: DeadTokenGuard,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Whether Google can be reached at all. */
  get fcmConfigured(): boolean {
    return this.fcm.configured;
  }

  /** Sends all messages of a notification. Never throws for what a provider does. */
  async send(
    apple: readonly (ApnsDelivery | undefined)[],
    android: readonly FcmDelivery[],
    options: SendOptions = { deadline: this.clock.millis() + BUDGET },
  ): Promise<SendResult> {
    // Most users have phones of one kind.
    if (android.length === 0) return { apple: await this.toApple(apple, options), android: [] };
    if (apple.length === 0) return { apple: [], android: await this.toAndroid(android, options) };
    const [appleOutcomes, androidOutcomes] = await Promise.all([
      this.toApple(apple, options),
      this.toAndroid(android, options),
    ]);
    return { apple: appleOutcomes, android: androidOutcomes };
  }

  private async toApple(
    deliveries: readonly (ApnsDelivery | undefined)[],
    options: SendOptions,
  ): Promise<readonly (PushOutcome | undefined)[]> {
    const reachable = deliveries.filter((delivery) => delivery !== undefined);
    if (reachable.length < deliveries.length) this.logger.error('an Apple device has no app id and cannot be reached');
    if (reachable.length === 0) return deliveries.map(() => undefined);
    const believed = this.believe(reachable, await this.apns.send(reachable, options));
    this.tally.add('apns', believed);
    if (reachable.length === deliveries.length) return believed;
    const outcomes = believed[Symbol.iterator]();
    return deliveries.map((delivery) => (delivery ? outcomes.next().value : undefined));
  }

  private async toAndroid(deliveries: readonly FcmDelivery[], options: SendOptions): Promise<readonly PushOutcome[]> {
    const believed = this.guard.believe('fcm', '', await this.fcm.send(deliveries, options));
    this.tally.add('fcm', believed);
    return believed;
  }

  /** The outcomes of Apple devices as they are to be believed, app by app: a wrong topic must not stop what works for another. */
  private believe(deliveries: readonly ApnsDelivery[], outcomes: readonly PushOutcome[]): readonly PushOutcome[] {
    const first = deliveries[0]?.topic ?? '';
    if (deliveries.every(({ topic }) => topic === first)) return this.guard.believe('apns', first, outcomes);
    const believed: PushOutcome[] = [];
    for (const topic of new Set(deliveries.map((delivery) => delivery.topic))) {
      const places = deliveries.flatMap((delivery, i) => (delivery.topic === topic ? [i] : []));
      const own = places.flatMap((place) => outcomes[place] ?? []);
      this.guard.believe('apns', topic, own).forEach((outcome, i) => {
        believed[places[i] ?? 0] = outcome;
      });
    }
    return believed;
  }

  /** Forgets what was declared dead, on all servers. Answers those tokens. */
  async removeDead(
    kind: DeviceKind,
    tokens: readonly string[],
    outcomes: readonly (PushOutcome | undefined)[],
  ): Promise<readonly DeadToken[]> {
    const dead = tokens.flatMap((token, i): DeadToken[] => {
      const outcome = outcomes[i];
      if (outcome?.kind !== 'token-gone') return [];
      return [{ kind, token, ...(outcome.since ? { since: outcome.since } : {}) }];
    });
    await this.cleaner.removeDead(dead);
    if (dead.length > 0) {
      this.logger.debug('dead tokens removed', {
        provider: kind === DEVICE_KIND.apns ? 'apns' : 'fcm',
        count: dead.length,
      });
    }
    return dead;
  }
}

/** Whether a dead token's declaration covers a device registered at that time. */
export function covers(dead: Pick<DeadToken, 'since'>, registeredAt: Date): boolean {
  return dead.since === undefined || registeredAt < dead.since;
}

/** How many messages were handed over. */
export function countDelivered(outcomes: readonly (PushOutcome | undefined)[]): number {
  return outcomes.filter((outcome) => outcome?.kind === 'delivered').length;
}
