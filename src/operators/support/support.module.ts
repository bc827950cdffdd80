import { Module } from '@nestjs/common';
import { PlansModule } from '../../plans/plans.module.js';
import { PortalModule } from '../../portal/portal.module.js';
import { RegistrationModule } from '../../registration/registration.module.js';
import { AuditLogController } from '../logs/audit-log.controller.js';
import { AuditLogReadModel } from '../logs/audit-log.read-model.js';
import { PlanLedgerController } from '../logs/plan-ledger.controller.js';
import { PlanLedgerReadModel } from '../logs/plan-ledger.read-model.js';
import { PeakVolumeReadModel } from '../peak-volume/peak-volume.read-model.js';
import { UsageModule } from '../usage/usage.module.js';
import { CustomerFactsReadModel } from './customer-facts.read-model.js';
import { EntityFactsReadModel } from './entity-facts.read-model.js';
import { PushFactsReadModel } from './push-facts.read-model.js';
import { SupportController } from './support.controller.js';
import { SupportActions } from './support-actions.js';
import { SupportPages } from './support-pages.js';
import { SupportSearch } from './support-search.js';
import { SupportTargets } from './support-targets.js';

/** What operators look up and do for one customer: the support page, audit logs and license ledgers. */
@Module({
  imports: [RegistrationModule, PlansModule, PortalModule, UsageModule],
  controllers: [SupportController, AuditLogController, PlanLedgerController],
  providers: [
    SupportPages,
    SupportSearch,
    SupportTargets,
    SupportActions,
    EntityFactsReadModel,
    CustomerFactsReadModel,
    PushFactsReadModel,
    PeakVolumeReadModel,
    AuditLogReadModel,
    PlanLedgerReadModel,
  ],
})
export class SupportModule {}
