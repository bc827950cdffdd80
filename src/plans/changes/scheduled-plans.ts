import { Inject, Injectable } from '@nestjs/common';
import { STATUS } from '../catalogue/plan-status.js';
import { Plan } from '../ledger/plan.entity.js';
import { PlanStore } from '../ledger/plan-store.js';
import type { LiveWork } from './plan-work.js';

/** Plans that wait for the end of another one. */
@Injectable()
export class ScheduledPlans {
  constructor(@Inject(PlanStore) private readonly plans: PlanStore) {}

  /** Ends the plan that waits; the current one goes on as if there had been none. An offer that was taken stays taken. */
  async cancel({ tx, owner, live }: LiveWork): Promise<void> {
    const waiting = await this.plans.scheduled(tx, owner.customer.id);
    // Without a date, or invoicing would look at it for ever (docs/decisions/0010-billing-hazards.md, 7).
    if (waiting) await tx.update(Plan, { id: waiting.id }, { status: STATUS.ended, nextInvoiceDate: null });
    await tx.update(Plan, { id: live.id }, { status: STATUS.active });
  }
}
