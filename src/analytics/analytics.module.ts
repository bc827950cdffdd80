import { Module } from '@nestjs/common';
import { PlansModule } from '../plans/plans.module.js';
import { RegistrationModule } from '../registration/registration.module.js';
import { AnalyticsController } from './analytics.controller.js';
import { AnalyticsService } from './analytics.service.js';

/** What servers report of themselves, hourly and whenever their users change. */
@Module({
  imports: [RegistrationModule, PlansModule],
  controllers: [AnalyticsController],
  providers: [AnalyticsService],
})
export class AnalyticsModule {}
