import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { DeviceCleaner } from '../../devices/device-cleaner.js';
import { DEVICE_KIND, type DeviceKind } from '../../devices/device-kind.js';
import { type TargetDevice, TargetLookup } from '../../devices/target-lookup.js';
import { userIdentity } from '../../devices/user-identity.js';
import { PushPermissions } from '../../plans/permission/push-permission.js';
import type { Exchange } from '../../protocol/exchange.decorator.js';
import { PushFailures } from '../../registration/counts/push-failures.recorder.js';
import { Settlements } from '../../registration/settle/settlements.js';
import { classOfPayloads } from '../admission/push-class.js';
import { Dispatcher } from '../dispatcher.js';
import { refuseOutage } from '../outage.js';
import { ownRealm } from '../own-realm.js';
import { Passage } from '../passage.js';
import type { PushOutcome } from '../push-outcome.js';
import type { Attempt } from '../repeats/attempt.js';
import { covers, Sender, type SendResult } from '../sender.js';
import type { NotifyRequest } from './notify.schemas.js';
import { type NotifyAnswer, notifyAnswer } from './notify-answer.js';
import { apnsDeliveries, fcmDeliveries } from './notify-messages.js';
import { refusal } from './refusal.js';
import { chooseTargets, type NotificationTargets } from './targets.js';

/** A request to notify, and what it came with. */
export interface NotifyOrder {
  readonly serverId: string;
  readonly request: NotifyRequest;
  /** Whether it holds numbers that must be written back exactly. */
  readonly exact: boolean;
  readonly exchange: Exchange;
}

/** What is to be counted, and for whom. */
interface Counted {
  readonly serverId: string;
  readonly realmId?: string | undefined;
  readonly attempt: Attempt;
  readonly receivedAt: Date;
  /** Devices aimed at; undefined long after the answer, when they have been counted. */
  readonly received: number | undefined;
}

/**
 * Forwards a notification to all devices of a user: one straight walk from the request to the answer. Content lives in memory
 * only, for as long as the walk takes.
 */
@Injectable()
export class NotifyService {
  constructor(
    @Inject(TargetLookup) private readonly targets: TargetLookup,
    @Inject(DeviceCleaner) private readonly cleaner: DeviceCleaner,
    @Inject(PushPermissions) private readonly permissions: PushPermissions,
    @Inject(Settlements) private readonly settlements: Settlements,
    @Inject(PushFailures) private readonly failures: PushFailures,
    @Inject(Passage) private readonly passage: Passage,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(Sender) private readonly sender: Sender,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Sends to all devices of the user and answers when the counters are committed.
   *
   * @throws AppError for a request without a user, another server's realm, a refused permission, unknown options, no room for it,
   *   or when no device could be reached for reasons that will pass
   */
  notify(order: NotifyOrder): Promise<NotifyAnswer> {
    const { serverId, exchange, request } = order;
    const kind = classOfPayloads(request.gcm_payload, request.apns_payload);
    return this.passage.run({ serverId, endpoint: 'notify', kind, exchange }, (attempt) =>
      this.forward(order, attempt),
    );
  }

  private async forward({ serverId, request, exact }: NotifyOrder, attempt: Attempt): Promise<NotifyAnswer> {
    const arrivedAt = performance.now();
    const { userId, userUuid } = userIdentity(request);
    const found = await this.targets.find({ serverId, userId, userUuid, realmUuid: request.realm_uuid ?? undefined });
    const realmId = ownRealm(serverId, found.realm);
    const permission = await this.permissions.decide({ serverId, realmId }, found.permission);
    if (!permission.canPush) throw refusal(permission);
    const targets = chooseTargets(found.devices);
    const android = fcmDeliveries(request, targets.android, this.sender.fcmConfigured, exact);
    const apple = apnsDeliveries(request, targets.apple, this.clock.seconds(), exact);
    const received = apple.length + android.length;
    const counted: Counted = { serverId, realmId, attempt, receivedAt: this.clock.now(), received };
    // What the rows need meanwhile does not have to wait for the providers, nor they for it. But whatever becomes of the rows, what
    // was sent must be known before anybody hears of it.
    const upkeep = this.upkeep(serverId, realmId, targets);
    upkeep?.catch(() => undefined);
    const sent = await this.dispatcher.send(attempt, { apple, android }, arrivedAt);
    if (upkeep) await upkeep;
    const gone = await this.settle(counted, targets, sent);
    refuseOutage(sent, this.settings);
    this.dispatcher.keepTrying(attempt, { apple, android }, sent, arrivedAt, async (key, outcome) => {
      const only = (devices: readonly TargetDevice[]) => devices.filter(({ id }) => id === key);
      const late = { apple: only(targets.apple), android: only(targets.android) };
      await this.settle({ ...counted, received: undefined }, late, {
        apple: late.apple.map(() => outcome),
        android: late.android.map(() => outcome),
      });
    });
    return notifyAnswer(request, targets, gone, realmId === undefined ? undefined : permission);
  }

  /** Nearly always there is nothing to do. */
  private upkeep(
    serverId: string,
    realmId: string | undefined,
    { apple, android, needless }: NotificationTargets,
  ): Promise<unknown> | undefined {
    const isHomeless = (device: TargetDevice) => device.realmId === null;
    const homeless = realmId ? [...apple.filter(isHomeless), ...android.filter(isHomeless)] : [];
    if (needless.length + homeless.length === 0) return undefined;
    const ids = (devices: readonly TargetDevice[]) => devices.map(({ id }) => id);
    return Promise.all([
      this.cleaner.remove(serverId, ids(needless)),
      realmId && this.cleaner.adopt(serverId, realmId, ids(homeless)),
    ]);
  }

  /** Commits what sending brought about; answers the ids of the rows that are gone. */
  private async settle(
    subject: Counted,
    targets: Pick<NotificationTargets, 'apple' | 'android'>,
    sent: SendResult,
  ): Promise<ReadonlySet<string>> {
    const { serverId, realmId, attempt, received, receivedAt } = subject;
    this.failures.note(subject, 'apns', sent.apple);
    this.failures.note(subject, 'fcm', sent.android);
    const counted = attempt.count((forwarded) =>
      this.settlements.settle({
        serverId,
        realmId,
        late: received === undefined,
        tallies: [
          { property: 'received', value: received ?? 0, at: receivedAt },
          { property: 'forwarded', value: forwarded, at: this.clock.now() },
        ],
      }),
    );
    if (!sent.apple.some(isGone) && !sent.android.some(isGone)) {
      await counted;
      return NONE;
    }
    const [goneApple, goneAndroid] = await Promise.all([
      this.forget(DEVICE_KIND.apns, targets.apple, sent.apple),
      this.forget(DEVICE_KIND.fcm, targets.android, sent.android),
      counted,
    ]);
    return new Set([...goneApple, ...goneAndroid]);
  }

  private async forget(
    kind: DeviceKind,
    devices: readonly TargetDevice[],
    outcomes: readonly (PushOutcome | undefined)[],
  ): Promise<string[]> {
    const dead = await this.sender.removeDead(
      kind,
      devices.map(({ token }) => token),
      outcomes,
    );
    const byToken = new Map(dead.map((token) => [token.token, token]));
    return devices.filter(({ token, registeredAt }) => isCovered(byToken.get(token), registeredAt)).map(({ id }) => id);
  }
}

const NONE: ReadonlySet<string> = new Set();

function isGone(outcome: PushOutcome | undefined): boolean {
  return outcome?.kind === 'token-gone';
}

function isCovered(dead: Parameters<typeof covers>[0] | undefined, registeredAt: Date): boolean {
  return dead !== undefined && covers(dead, registeredAt);
}
