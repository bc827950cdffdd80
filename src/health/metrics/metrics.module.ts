import { Module } from '@nestjs/common';
import { DevicesModule } from '../../devices/devices.module.js';
import { MailModule } from '../../mail/mail.module.js';
import { PlansModule } from '../../plans/plans.module.js';
import { PushModule } from '../../push/push.module.js';
import { RegistrationModule } from '../../registration/registration.module.js';
import { Metrics } from './metrics.service.js';
import { MetricsSources } from './metrics-sources.js';

/** Numbers for Prometheus, as docs/metrics.md lists them. */
@Module({
  imports: [RegistrationModule, DevicesModule, PushModule, MailModule, PlansModule],
  providers: [MetricsSources, Metrics],
})
export class MetricsModule {}
