import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RegistrationModule } from '../registration/registration.module.js';
import { DeactivationController } from './deactivation/deactivation.controller.js';
import { DeactivationService } from './deactivation/deactivation.service.js';
import { Debts, NoDebts } from './deactivation/debts.js';
import { LedgerSync, NoLedgers } from './ledger-sync.js';
import { CurrentPlans } from './permission/current-plans.js';
import { PermissionPlan } from './permission/permission-plan.entity.js';
import { PushPermissions } from './permission/push-permission.js';
import { planEntities } from './plan-entities.js';

/** Entities of this module, for the comparison of code and schema. */
export const plansEntities = [PermissionPlan, ...planEntities] as const;

/** Who may send, and who may leave. */
@Module({
  imports: [TypeOrmModule.forFeature([...plansEntities]), RegistrationModule],
  controllers: [DeactivationController],
  providers: [
    PushPermissions,
    CurrentPlans,
    { provide: Debts, useClass: NoDebts },
    { provide: LedgerSync, useClass: NoLedgers },
    DeactivationService,
  ],
  exports: [PushPermissions, LedgerSync, CurrentPlans, DeactivationService],
})
export class PlansModule {}
