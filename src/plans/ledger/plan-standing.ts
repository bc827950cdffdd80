import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { isCancelled } from '../catalogue/plan-status.js';
import type { LockedCustomer } from '../customers/customers.js';
import { CurrentPlans } from '../permission/current-plans.js';
import type { PlanState } from '../permission/decide-permission.js';
import { nextBillingCycle } from '../rules/calendar.js';
import { LedgerStore } from './ledger-store.js';
import type { Plan } from './plan.entity.js';
import { PlanStore } from './plan-store.js';

/**
 * Tells push permission how a customer's plan stands. To be called after every change of a plan's status or dates, in the transaction
 * of that change: nobody is let in or turned away by a plan that is not so.
 */
@Injectable()
export class PlanStanding {
  constructor(
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(CurrentPlans) private readonly permissions: CurrentPlans,
  ) {}

  /** Looks at the customer's plans anew, and passes on what they mean. */
  async refresh(tx: EntityManager, { customer, holder }: LockedCustomer): Promise<void> {
    const plan = await this.plans.current(tx, customer.id);
    await this.permissions.planChanged(tx, holder, plan ? await this.stateOf(tx, plan) : { kind: 'none' });
  }

  /** A server or realm holds no plan any more, because its customer has moved. */
  async forget(tx: EntityManager, holder: Registrant): Promise<void> {
    await this.permissions.planChanged(tx, holder, { kind: 'none' });
  }

  private async stateOf(tx: EntityManager, plan: Plan): Promise<PlanState> {
    if (!isCancelled(plan.status)) return { kind: 'active' };
    const { lastRenewalAt } = await this.ledger.state(tx, plan.id);
    return { kind: 'ending', nextCycleAt: nextBillingCycle(plan, lastRenewalAt ?? plan.billingCycleAnchor) };
  }
}
