import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MailModule } from '../../mail/mail.module.js';
import { PlansModule } from '../../plans/plans.module.js';
import { RateLimitModule } from '../../protocol/rate-limit/rate-limit.module.js';
import { PushModule } from '../../push/push.module.js';
import { OperatorAccountsModule } from '../accounts/operator-accounts.module.js';
import { JobsReadModel } from './jobs.read-model.js';
import { NodeHeartbeat } from './node-heartbeat.job.js';
import { NodeReporter } from './node-reporter.js';
import { ServiceController } from './service.controller.js';
import { ServiceNode } from './service-node.entity.js';
import { ServiceStates } from './service-state.js';

/** Entities of this module, for the comparison of code and schema. */
export const serviceEntities = [ServiceNode] as const;

/** How the service itself fares: what each process tells of itself, and the page that shows it. */
@Module({
  imports: [
    TypeOrmModule.forFeature([...serviceEntities]),
    ...[RateLimitModule, MailModule, PlansModule, PushModule, OperatorAccountsModule],
  ],
  controllers: [ServiceController],
  providers: [NodeReporter, NodeHeartbeat, JobsReadModel, ServiceStates],
})
export class ServiceModule {}
