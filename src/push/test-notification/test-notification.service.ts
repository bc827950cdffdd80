import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { AppError } from '../../common/errors.js';
import { DEVICE_KIND } from '../../devices/device-kind.js';
import { type FoundDevice, TargetLookup } from '../../devices/target-lookup.js';
import { userIdentity } from '../../devices/user-identity.js';
import { RealmDirectory } from '../../registration/realms/realm-directory.js';
import { Admission } from '../admission/admission.js';
import { testApnsBody } from '../apns/apns-payload.js';
import { testFcmMessage } from '../fcm/fcm-payload.js';
import { APNS_LIFETIME } from '../notify/notify-messages.js';
import { Sender, type SendResult } from '../sender.js';
import type { TestNotificationRequest } from './test-notification.schemas.js';

/** Sends the notification with which people try whether their phone gets any. Needs no permission and counts nowhere. */
@Injectable()
export class TestNotificationService {
  constructor(
    @Inject(RealmDirectory) private readonly realms: RealmDirectory,
    @Inject(TargetLookup) private readonly targets: TargetLookup,
    @Inject(Admission) private readonly admission: Admission,
    @Inject(Sender) private readonly sender: Sender,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Sends to one device of a user. What the provider says of it is not told; the phone is.
   *
   * @throws AppError `device.not-recognized` for a device that is not registered, `realm.other-server` for another server's realm,
   *   `push.overload` where there is no room
   */
  send(serverId: string, request: TestNotificationRequest, exact: boolean): Promise<void> {
    return this.admission.run(serverId, 'test', () => this.sendAdmitted(serverId, request, exact));
  }

  private async sendAdmitted(serverId: string, request: TestNotificationRequest, exact: boolean): Promise<void> {
    await this.realms.find(serverId, request.realm_uuid ?? undefined);
    const { token, token_kind: kind, base_payload: base } = request;
    const device = await this.targets.findOne(serverId, userIdentity(request), kind, token);
    if (!device) throw new AppError('device.not-recognized');
    const sent = await this.deliver(device, base, exact);
    await this.sender.removeDead(device.kind, [device.token], [...sent.apple, ...sent.android]);
  }

  private deliver(
    { kind, token, iosAppId, registeredAt }: FoundDevice,
    base: object,
    exact: boolean,
  ): Promise<SendResult> {
    const now = this.clock.seconds();
    const data = { ...base };
    if (kind === DEVICE_KIND.fcm) {
      return this.sender.send([], [{ token, body: testFcmMessage(data, now, exact)(token) }]);
    }
    const body = testApnsBody(data, exact);
    return this.sender.send(
      [iosAppId === null ? undefined : { token, topic: iosAppId, body, expiration: now + APNS_LIFETIME, registeredAt }],
      [],
    );
  }
}
