import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { DeviceCleaner } from '../../devices/device-cleaner.js';
import { DEVICE_KIND, type DeviceKind } from '../../devices/device-kind.js';
import { type TargetDevice, TargetLookup } from '../../devices/target-lookup.js';
import { comparableToken } from '../../devices/token.js';
import { userIdentity } from '../../devices/user-identity.js';
import { type PushPermission, PushPermissions } from '../../plans/permission/push-permission.js';
import { ActivityRecorder } from '../../registration/activity.recorder.js';
import { PushCountsRecorder } from '../../registration/counts/push-counts.recorder.js';
import { refuseOutage } from '../outage.js';
import { ownRealm } from '../own-realm.js';
import type { PushOutcome } from '../push-outcome.js';
import { countDelivered, covers, Sender, type SendResult } from '../sender.js';
import { missingAndroid, missingApple } from './deleted-devices.js';
import type { NotifyRequest } from './notify.schemas.js';
import { apnsDeliveries, fcmDeliveries } from './notify-messages.js';
import { refusal } from './refusal.js';
import { chooseTargets, type NotificationTargets } from './targets.js';

/** What is answered to `push/notify`. Totals are devices aimed at, not reached. */
export interface NotifyAnswer {
  readonly total_android_devices: number;
  readonly total_apple_devices: number;
  readonly deleted_devices: { readonly android_devices: string[]; readonly apple_devices: string[] };
  readonly realm: { readonly can_push: boolean; readonly expected_end_timestamp: number | null } | null;
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
    @Inject(PushCountsRecorder) private readonly counts: PushCountsRecorder,
    @Inject(ActivityRecorder) private readonly activity: ActivityRecorder,
    @Inject(Sender) private readonly sender: Sender,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Sends to all devices of the user and answers when the counters are committed.
   *
   * @throws AppError for a request without a user, another server's realm, a refused permission, unknown options, or when no
   *   device could be reached for reasons that will pass
   */
  async notify(serverId: string, request: NotifyRequest, exact: boolean): Promise<NotifyAnswer> {
    const identity = userIdentity(request);
    const realmUuid = request.realm_uuid ?? undefined;
    const found = await this.targets.find({ serverId, ...identity, ...(realmUuid ? { realmUuid } : {}) });
    const realmId = ownRealm(serverId, found.realm);
    const permission = await this.permissions.decide({ serverId, ...(realmId ? { realmId } : {}) }, found.permission);
    if (!permission.canPush) throw refusal(permission);
    const targets = chooseTargets(found.devices);
    const android = fcmDeliveries(request, targets.android, this.sender.fcmConfigured, exact);
    const apple = apnsDeliveries(request, targets.apple, this.clock.seconds(), exact);
    const receivedAt = this.clock.now();
    // What the rows need meanwhile does not have to wait for the providers, nor they for it.
    const upkeep = this.upkeep(serverId, realmId, targets);
    const [sent] = await Promise.all([this.sender.send(apple, android), upkeep]);
    const gone = await this.settle(serverId, realmId, targets, sent, receivedAt);
    refuseOutage(sent, this.settings);
    return answer(request, targets, gone, realmId === undefined ? undefined : permission);
  }

  private async upkeep(serverId: string, realmId: string | undefined, targets: NotificationTargets): Promise<void> {
    const { apple, android, needless } = targets;
    const work = [
      this.cleaner.remove(
        serverId,
        needless.map(({ id }) => id),
      ),
    ];
    if (realmId) {
      const homeless = [...apple, ...android].filter((device) => device.realmId === null).map(({ id }) => id);
      work.push(this.cleaner.adopt(serverId, realmId, homeless), this.activity.realmSeen(realmId));
    }
    await Promise.all(work);
  }

  /** Commits what sending brought about; answers the ids of the rows that are gone. */
  private async settle(
    serverId: string,
    realmId: string | undefined,
    targets: NotificationTargets,
    sent: SendResult,
    receivedAt: Date,
  ): Promise<ReadonlySet<string>> {
    const subject = { serverId, ...(realmId ? { realmId } : {}) };
    const delivered = countDelivered(sent.apple) + countDelivered(sent.android);
    const [goneApple, goneAndroid] = await Promise.all([
      this.forget(DEVICE_KIND.apns, targets.apple, sent.apple),
      this.forget(DEVICE_KIND.fcm, targets.android, sent.android),
      this.counts.add([
        {
          ...subject,
          property: 'mobile_pushes_received::day',
          value: targets.apple.length + targets.android.length,
          at: receivedAt,
        },
        { ...subject, property: 'mobile_pushes_forwarded::day', value: delivered, at: this.clock.now() },
      ]),
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

function isCovered(dead: Parameters<typeof covers>[0] | undefined, registeredAt: Date): boolean {
  return dead !== undefined && covers(dead, registeredAt);
}

function answer(
  request: NotifyRequest,
  { apple, android }: NotificationTargets,
  gone: ReadonlySet<string>,
  permission: PushPermission | undefined,
): NotifyAnswer {
  const left = (devices: readonly TargetDevice[]) =>
    new Set(devices.filter(({ id }) => !gone.has(id)).map(({ kind, token }) => comparableToken(kind, token)));
  return {
    total_android_devices: android.length,
    total_apple_devices: apple.length,
    deleted_devices: {
      android_devices: missingAndroid(request.android_devices, left(android)),
      apple_devices: missingApple(request.apple_devices, left(apple)),
    },
    realm: permission
      ? { can_push: permission.canPush, expected_end_timestamp: permission.expectedEndTimestamp }
      : null,
  };
}
