import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MailModule } from '../mail/mail.module.js';
import { RegistrationModule } from '../registration/registration.module.js';
import { billingParts, billingServices } from './billing-parts.js';
import { PlanDebts } from './changes/plan-debts.js';
import { BilledUsers } from './customers/billed-users.js';
import { Customers } from './customers/customers.js';
import { PaidRealmNotice } from './customers/paid-realm-notice.js';
import { DeactivationController } from './deactivation/deactivation.controller.js';
import { DeactivationService } from './deactivation/deactivation.service.js';
import { Debts } from './deactivation/debts.js';
import { CycleEffects } from './ledger/cycle-effects.js';
import { EndOfCycle } from './ledger/end-of-cycle.service.js';
import { LedgerGrowth } from './ledger/ledger-growth.service.js';
import { LedgerStore } from './ledger/ledger-store.js';
import { PlanStanding } from './ledger/plan-standing.js';
import { PlanStore } from './ledger/plan-store.js';
import { UploadedLedgers } from './ledger/uploaded-ledgers.js';
import { LedgerSync } from './ledger-sync.js';
import { PlanManagements } from './moving/plan-management.js';
import { PlanMove } from './moving/plan-move.js';
import { CurrentPlans } from './permission/current-plans.js';
import { PermissionPlan } from './permission/permission-plan.entity.js';
import { PushPermissions } from './permission/push-permission.js';
import { planEntities } from './plan-entities.js';
import { WebhookController } from './purchase/webhook.controller.js';

/** Entities of this module, for the comparison of code and schema. */
export const plansEntities = [PermissionPlan, ...planEntities] as const;

/** Who may send, and who may leave. */
@Module({
  imports: [TypeOrmModule.forFeature([...plansEntities]), MailModule, RegistrationModule],
  controllers: [DeactivationController, WebhookController],
  providers: [
    PushPermissions,
    CurrentPlans,
    { provide: Debts, useClass: PlanDebts },
    { provide: LedgerSync, useClass: UploadedLedgers },
    Customers,
    BilledUsers,
    PlanStore,
    LedgerStore,
    CycleEffects,
    PlanStanding,
    EndOfCycle,
    LedgerGrowth,
    PlanMove,
    PlanManagements,
    PaidRealmNotice,
    DeactivationService,
    ...billingParts,
  ],
  exports: [
    ...billingServices,
    PushPermissions,
    LedgerSync,
    CurrentPlans,
    DeactivationService,
    EndOfCycle,
    PlanMove,
    PlanManagements,
    PaidRealmNotice,
  ],
})
export class PlansModule {}
