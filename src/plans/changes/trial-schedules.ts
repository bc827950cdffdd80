import { Inject, Injectable } from '@nestjs/common';
import { type Actor, AuditNotes } from '../../registration/audit/audit-notes.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { SCHEDULE, type Schedule, STATUS } from '../catalogue/plan-status.js';
import { LedgerStore } from '../ledger/ledger-store.js';
import { Plan } from '../ledger/plan.entity.js';
import { NewPlans } from './new-plans.js';
import type { LiveWork } from './plan-work.js';

/** Changes how often a plan in its free trial will be paid: nothing has been yet, so another plan takes its place at once. */
@Injectable()
export class TrialSchedules {
  constructor(
    @Inject(NewPlans) private readonly newPlans: NewPlans,
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
  ) {}

  async switchTo({ tx, owner, live }: LiveWork, schedule: Schedule, actor?: Actor): Promise<void> {
    const { last } = await this.ledger.state(tx, live.id);
    const licenses = last?.licensesAtNextRenewal ?? 0;
    await tx.update(Plan, { id: live.id }, { status: STATUS.ended, nextInvoiceDate: null });
    const { tier, automanageLicenses, chargeAutomatically, billingCycleAnchor, nextInvoiceDate, endDate } = live;
    const dates = { billingCycleAnchor, nextInvoiceDate, endDate };
    const status = STATUS.freeTrial;
    const made = { ...dates, tier, schedule, status, automanageLicenses, chargeAutomatically };
    const plan = await this.newPlans.create(tx, owner, made, actor);
    const row = { isRenewal: true, eventTime: billingCycleAnchor, licenses, licensesAtNextRenewal: licenses };
    await this.newPlans.begin(tx, plan, [row]);
    const [event, monthly, annual] =
      schedule === SCHEDULE.annual
        ? [BILLING_EVENT.switchedToAnnual, live.id, plan.id]
        : [BILLING_EVENT.switchedToMonthly, plan.id, live.id];
    const values = { monthly_plan_id: Number(monthly), annual_plan_id: Number(annual) };
    await this.audit.note(tx, owner.holder, event, values, actor);
  }
}
