import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { DEVICE_KIND } from '../../devices/device-kind.js';
import { EncryptedDevices } from '../../devices/encrypted-devices.js';
import { EncryptedTargetLookup } from '../../devices/encrypted-target-lookup.js';
import { PushPermissions } from '../../plans/permission/push-permission.js';
import type { Exchange } from '../../protocol/exchange.decorator.js';
import { PushFailures } from '../../registration/counts/push-failures.recorder.js';
import { Settlements } from '../../registration/settle/settlements.js';
import { classOfUrgency } from '../admission/push-class.js';
import { Dispatcher } from '../dispatcher.js';
import { refuseOutage } from '../outage.js';
import { ownRealm } from '../own-realm.js';
import { Passage } from '../passage.js';
import type { PushOutcome } from '../push-outcome.js';
import type { Attempt } from '../repeats/attempt.js';
import { countDelivered, covers } from '../sender.js';
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

/** A request to notify, and what it came with. */
export interface EncryptedOrder {
  readonly serverId: string;
  readonly request: NotifyEncrypted;
  /** Whether it holds numbers that must be written back exactly. */
  readonly exact: boolean;
  readonly exchange: Exchange;
}

/** What is to be counted, and for whom. */
interface Counted {
  readonly serverId: string;
  readonly realmId: string;
  readonly attempt: Attempt;
  readonly receivedAt: Date;
  /** Requests; absent long after the answer, when they have been counted. */
  readonly received?: number;
}

/** Forwards notifications that only the apps can read. Each request is for one device and has its own message. */
@Injectable()
export class E2eeNotifyService {
  constructor(
    @Inject(EncryptedTargetLookup) private readonly targets: EncryptedTargetLookup,
    @Inject(EncryptedDevices) private readonly devices: EncryptedDevices,
    @Inject(PushPermissions) private readonly permissions: PushPermissions,
    @Inject(Settlements) private readonly settlements: Settlements,
    @Inject(PushFailures) private readonly failures: PushFailures,
    @Inject(Passage) private readonly passage: Passage,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Sends all requests and answers which devices the server should forget, when the counters are committed.
   *
   * @throws AppError for a realm that is unknown or another server's, a refused permission, a request that does not fit its device,
   *   no room for it, or when no device could be reached for reasons that will pass
   */
  notify(order: EncryptedOrder): Promise<E2eeNotifyAnswer> {
    const { serverId, exchange, request } = order;
    const kind = classOfUrgency(request.push_requests);
    return this.passage.run({ serverId, endpoint: 'e2ee/notify', kind, exchange }, (attempt) =>
      this.forward(order, attempt),
    );
  }

  private async forward({ serverId, request, exact }: EncryptedOrder, attempt: Attempt): Promise<E2eeNotifyAnswer> {
    const { realm_uuid: realmUuid, push_requests: requests } = request;
    const [receivedAt, arrivedAt] = [this.clock.now(), performance.now()];
    const found = await this.targets.find({ serverId, realmUuid, devices: requests.map(deviceName) });
    const realmId = ownRealm(serverId, found.realm);
    if (realmId === undefined) throw new AppError('realm.missing');
    const permission = await this.permissions.decide({ serverId, realmId }, found.permission);
    if (!permission.canPush) throw new AppError('push.not-allowed', { reason: permission.reason });
    const aimed = requests.flatMap((each, i): AimedRequest[] => {
      const device = found.devices[i];
      return device ? [{ key: `${i} ${device.deviceId}`, request: each, device }] : [];
    });
    checkKinds(aimed);
    const apple = aimed.filter(({ device }) => device.kind === DEVICE_KIND.apns);
    const android = aimed.filter(({ device }) => device.kind === DEVICE_KIND.fcm);
    const parcels = {
      apple: apple.map((each) => ({ key: each.key, delivery: encryptedApns(each, exact) })),
      android: android.map((each) => ({ key: each.key, delivery: encryptedFcm(each, exact) })),
    };
    const sent = await this.dispatcher.send(attempt, parcels, arrivedAt);
    this.failures.note({ serverId, realmId }, 'apns', sent.apple);
    this.failures.note({ serverId, realmId }, 'fcm', sent.android);
    const gone = [...goneOf(apple, sent.apple), ...goneOf(android, sent.android)];
    const counted = { serverId, realmId, attempt, receivedAt };
    await this.settle({ ...counted, received: requests.length }, gone);
    refuseOutage(sent, this.settings);
    this.dispatcher.keepTrying(attempt, parcels, sent, arrivedAt, (key, outcome) => {
      const late = aimed.filter((each) => each.key === key);
      this.failures.note({ serverId, realmId }, late[0]?.device.kind === DEVICE_KIND.apns ? 'apns' : 'fcm', [outcome]);
      return this.settle(counted, goneOf(late, [outcome]));
    });
    const alive = new Set(aimed.filter((each) => !gone.includes(each)).map((each) => each.request));
    return {
      android_successfully_sent_count: countDelivered(sent.android),
      apple_successfully_sent_count: countDelivered(sent.apple),
      ...deletions(requests, alive),
      realm_push_status: { can_push: permission.canPush, expected_end_timestamp: permission.expectedEndTimestamp },
    };
  }

  /** Commits what sending brought about. Encrypted notifications count for the realm only, as the protocol has it. */
  private async settle(
    { serverId, realmId, attempt, receivedAt, received }: Counted,
    gone: readonly AimedRequest[],
  ): Promise<void> {
    await Promise.all([
      this.devices.expire(
        gone.map(({ device }) => device.deviceId),
        receivedAt,
      ),
      attempt.count((forwarded) =>
        this.settlements.settle({
          serverId,
          realmId,
          realmOnly: true,
          late: received === undefined,
          tallies: [
            { property: 'received', value: received ?? 0, at: receivedAt },
            { property: 'forwarded', value: forwarded, at: this.clock.now() },
          ],
        }),
      ),
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
function deletions(
  requests: readonly PushRequest[],
  alive: ReadonlySet<PushRequest>,
): Pick<E2eeNotifyAnswer, 'delete_token_ids' | 'delete_device_ids'> {
  const dead = requests.filter((each) => !alive.has(each));
  const tokenIds = dead.flatMap(({ token_id: id }) => (id === undefined ? [] : [id]));
  const byNumber = (each: PushRequest) => each.token_id === undefined && each.device_id !== undefined;
  const deviceIds = dead.flatMap((each) => (byNumber(each) && each.device_id !== undefined ? [each.device_id] : []));
  // Zulip 11 needs its list even where it is empty.
  return { delete_token_ids: tokenIds, ...(requests.some(byNumber) ? { delete_device_ids: deviceIds } : {}) };
}
