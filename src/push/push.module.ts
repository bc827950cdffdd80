import { Inject, Injectable, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '../common/clock.js';
import type { Settings } from '../config/settings.js';
import { SETTINGS } from '../config/settings.module.js';
import { HotPool } from '../database/hot-pool.js';
import { DevicesModule } from '../devices/devices.module.js';
import { PlansModule } from '../plans/plans.module.js';
import { RegistrationModule } from '../registration/registration.module.js';
import { Admission } from './admission/admission.js';
import { ApnsHttp2Provider } from './apns/apns-http2.provider.js';
import { DatabaseTokenStore } from './apns/database-token.store.js';
import { ProviderTokenRow } from './apns/provider-token.entity.js';
import { DeadTokenGuard } from './dead-tokens/dead-token-guard.js';
import { logAlarm } from './dead-tokens/guard-alarm.js';
import { Dispatcher } from './dispatcher.js';
import { E2eeController } from './e2ee/e2ee.controller.js';
import { E2eeNotifyService } from './e2ee/e2ee-notify.service.js';
import { E2eeRegistrationService } from './e2ee/e2ee-registration.service.js';
import { RegistrationKeys } from './e2ee/registration-keys.js';
import { FcmHttp2Provider } from './fcm/fcm-http2.provider.js';
import { LateDeliveries } from './late/late-deliveries.js';
import { NotifyController } from './notify/notify.controller.js';
import { NotifyService } from './notify/notify.service.js';
import { Passage } from './passage.js';
import { ApnsProvider, FcmProvider } from './push-provider.js';
import { Repeats } from './repeats/repeats.js';
import { Sender } from './sender.js';
import { PushStatusController } from './status/push-status.controller.js';
import { PushStatuses } from './status/push-statuses.js';
import { TestNotificationController } from './test-notification/test-notification.controller.js';
import { TestNotificationService } from './test-notification/test-notification.service.js';

/** Closes the connections to the providers when the application stops. */
@Injectable()
class ProviderShutdown implements OnApplicationShutdown {
  constructor(
    @Inject(ApnsProvider) private readonly apns: ApnsProvider,
    @Inject(FcmProvider) private readonly fcm: FcmProvider,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.apns.close(), this.fcm.close()]);
  }
}

/** Entities of this module, for the comparison of code and schema. */
export const pushEntities = [ProviderTokenRow] as const;

/** Sending notifications to Apple and Google. */
@Module({
  imports: [TypeOrmModule.forFeature([...pushEntities]), RegistrationModule, PlansModule, DevicesModule],
  controllers: [NotifyController, TestNotificationController, E2eeController, PushStatusController],
  providers: [
    {
      provide: ApnsProvider,
      useFactory: (settings: Settings, clock: Clock, pool: HotPool) =>
        new ApnsHttp2Provider(settings.apns, clock, new Logger('APNs'), { tokenStore: new DatabaseTokenStore(pool) }),
      inject: [SETTINGS, Clock, HotPool],
    },
    {
      provide: FcmProvider,
      useFactory: (settings: Settings, clock: Clock) => new FcmHttp2Provider(settings.fcm, clock, new Logger('FCM')),
      inject: [SETTINGS, Clock],
    },
    {
      provide: RegistrationKeys,
      useFactory: (settings: Settings) => RegistrationKeys.load(settings.e2ee.keysFile),
      inject: [SETTINGS],
    },
    {
      provide: DeadTokenGuard,
      useFactory: (clock: Clock) => new DeadTokenGuard(clock, logAlarm(new Logger(DeadTokenGuard.name))),
      inject: [Clock],
    },
    Sender,
    Admission,
    Repeats,
    Passage,
    LateDeliveries,
    Dispatcher,
    NotifyService,
    TestNotificationService,
    E2eeRegistrationService,
    E2eeNotifyService,
    PushStatuses,
    ProviderShutdown,
  ],
  exports: [ApnsProvider, FcmProvider, DeadTokenGuard, Sender, Admission, Repeats, LateDeliveries, PushStatuses],
})
export class PushModule {}
