import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { DEVICE_KIND } from '../../devices/device-kind.js';
import { EncryptedDevices } from '../../devices/encrypted-devices.js';
import { EncryptedTargetLookup } from '../../devices/encrypted-target-lookup.js';
import { PushPermissions } from '../../plans/permission/push-permission.js';
import { ActivityRecorder } from '../../registration/activity.recorder.js';
import { PushCountsRecorder, type PushProperty } from '../../registration/counts/push-counts.recorder.js';
import { refuseOutage } from '../outage.js';
import { ownRealm } from '../own-realm.js';
import type { PushOutcome } from '../push-outcome.js';
import { countDelivered, covers, Sender, type SendResult } from '../sender.js';
import type { NotifyEncrypted, PushRequest } from './e2ee.schemas.js';
import { type AimedRequest, checkKinds, deviceName, encryptedApns, encryptedFcm } from './e2ee-requests.js';

/** What is answered to `push/e2ee/notify`. Counts are deliveries. */
export interface E2eeNotifyAnswer {
  readonly android_successfully_sent_count: number;
  readonly apple_successfully_sent_count: number;
  readonly delete_token_ids: string[];
  /** Only where the request named devices in this way, as Zulip 11 does. */
  readonly delete_device_ids?: number[];
  readonly realm_push_status: { readonly can_push: boolean; readonly expected_end_timestamp: number | null };
}

/** Forwards notifications that only the apps can read. Each request is for one device and has its own message. */
@Injectable()
export class E2eeNotifyService {
  constructor(
    @Inject(EncryptedTargetLookup) private readonly targets: EncryptedTargetLookup,
    @Inject(EncryptedDevices) private readonly devices: EncryptedDevices,
    @Inject(PushPermissions) private readonly permissions: PushPermissions,
    @Inject(PushCountsRecorder) private readonly counts: PushCountsRecorder,
    @Inject(ActivityRecorder) private readonly activity: ActivityRecorder,
    @Inject(Sender) private readonly sender: Sender,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Sends all requests and answers which devices the server should forget, when the counters are committed.
   *
   * @throws AppError for a realm that is unknown or another server's, a refused permission, a request that does not fit its device,
   *   or when no device could be reached for reasons that will pass
   */
  async notify(serverId: string, request: NotifyEncrypted, exact: boolean): Promise<E2eeNotifyAnswer> {
    const { realm_uuid: realmUuid, push_requests: requests } = request;
    const receivedAt = this.clock.now();
    const found = await this.targets.find({ serverId, realmUuid, devices: requests.map(deviceName) });
    const realmId = ownRealm(serverId, found.realm);
    if (realmId === undefined) throw new AppError('realm.missing');
    const permission = await this.permissions.decide({ serverId, realmId }, found.permission);
    if (!permission.canPush) throw new AppError('push.not-allowed', { reason: permission.reason });
    const aimed = requests.flatMap((each, i): AimedRequest[] => {
      const device = found.devices[i];
      return device ? [{ request: each, device }] : [];
    });
    checkKinds(aimed);
    const apple = aimed.filter(({ device }) => device.kind === DEVICE_KIND.apns);
    const android = aimed.filter(({ device }) => device.kind === DEVICE_KIND.fcm);
    const [sent] = await Promise.all([
      this.sender.send(
        apple.map((each) => encryptedApns(each, exact)),
        android.map((each) => encryptedFcm(each, exact)),
      ),
      this.activity.realmSeen(realmId),
    ]);
    const gone = [...goneOf(apple, sent.apple), ...goneOf(android, sent.android)];
    await this.settle({ serverId, realmId }, requests.length, sent, gone, receivedAt);
    refuseOutage(sent, this.settings);
    const alive = new Set(aimed.filter((each) => !gone.includes(each)).map((each) => each.request));
    return {
      android_successfully_sent_count: countDelivered(sent.android),
      apple_successfully_sent_count: countDelivered(sent.apple),
      ...deletions(requests.filter((each) => !alive.has(each))),
      realm_push_status: { can_push: permission.canPush, expected_end_timestamp: permission.expectedEndTimestamp },
    };
  }

  /** Commits what sending brought about. Encrypted notifications count for the realm only, as the protocol has it. */
  private async settle(
    subject: { readonly serverId: string; readonly realmId: string },
    received: number,
    sent: SendResult,
    gone: readonly AimedRequest[],
    receivedAt: Date,
  ): Promise<void> {
    const count = (property: PushProperty, value: number, at: Date) => ({
      ...subject,
      property,
      value,
      at,
      countForServer: false,
    });
    const forwarded = countDelivered(sent.apple) + countDelivered(sent.android);
    await Promise.all([
      this.devices.expire(
        gone.map(({ device }) => device.deviceId),
        receivedAt,
      ),
      this.counts.add([
        count('mobile_pushes_received::day', received, receivedAt),
        count('mobile_pushes_forwarded::day', forwarded, this.clock.now()),
      ]),
    ]);
  }
}

/** The requests whose device its provider declared dead. */
function goneOf(aimed: readonly AimedRequest[], outcomes: readonly (PushOutcome | undefined)[]): AimedRequest[] {
  return aimed.filter(({ device }, i) => {
    const outcome = outcomes[i];
    return outcome?.kind === 'token-gone' && covers(outcome, device.registeredAt);
  });
}

/** What the server should forget, one entry per request and in its own words: from that it can tell that nothing was reached. */
function deletions(requests: readonly PushRequest[]): Pick<E2eeNotifyAnswer, 'delete_token_ids' | 'delete_device_ids'> {
  const tokenIds = requests.flatMap(({ token_id: id }) => (id === undefined ? [] : [id]));
  const deviceIds = requests.flatMap(({ token_id, device_id: id }) =>
    token_id !== undefined || id === undefined ? [] : [id],
  );
  return { delete_token_ids: tokenIds, ...(deviceIds.length > 0 ? { delete_device_ids: deviceIds } : {}) };
}
