import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AnalyticsModule } from './analytics/analytics.module.js';
import type { Clock } from './common/clock.js';
import type { Settings } from './config/settings.js';
import { SettingsModule } from './config/settings.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DevicesModule } from './devices/devices.module.js';
import { HealthModule } from './health/health.module.js';
import { MailModule } from './mail/mail.module.js';
import { OperatorLoginModule } from './operators/login/operator-login.module.js';
import { ServiceModule } from './operators/service/service.module.js';
import { SupportModule } from './operators/support/support.module.js';
import { UsageModule } from './operators/usage/usage.module.js';
import { PlansModule } from './plans/plans.module.js';
import { PortalModule } from './portal/portal.module.js';
import { HeldAnswers } from './protocol/held-answers.hook.js';
import { RequestsInFlight } from './protocol/requests-in-flight.js';
import { PushModule } from './push/push.module.js';
import { RegistrationModule } from './registration/registration.module.js';
import { SessionsModule } from './sessions/sessions.module.js';

/** What the application is built from. */
export interface AppParts {
  readonly settings: Settings;
  readonly databaseUrl: string;
  readonly inFlight: RequestsInFlight;
  readonly heldAnswers: HeldAnswers;
  readonly clock?: Clock;
}

/** The parts of the service, in the order in which they may know of one another. */
@Module({})
export class AppModule {
  static forRoot({ settings, databaseUrl, inFlight, heldAnswers, clock }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SettingsModule.forRoot(settings, clock),
        DatabaseModule.forRoot(databaseUrl),
        ScheduleModule.forRoot(),
        MailModule,
        RegistrationModule,
        PlansModule,
        DevicesModule,
        PushModule,
        AnalyticsModule,
        SessionsModule,
        PortalModule,
        OperatorLoginModule,
        UsageModule,
        ServiceModule,
        SupportModule,
        HealthModule,
      ],
      providers: [
        { provide: RequestsInFlight, useValue: inFlight },
        { provide: HeldAnswers, useValue: heldAnswers },
      ],
    };
  }
}
