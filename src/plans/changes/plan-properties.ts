import { Inject, Injectable } from '@nestjs/common';
import { type Actor, AuditNotes } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { isTrial, STATUS } from '../catalogue/plan-status.js';
import { refusal } from '../catalogue/refusals.js';
import { TIER } from '../catalogue/tiers.js';
import { Plan } from '../ledger/plan.entity.js';
import { mayToggleManagement } from '../rules/plan-changes.js';
import { type LiveWork, PlanWork } from './plan-work.js';

type Property = 'endDate' | 'nextInvoiceDate' | 'reviewReminderSent';

const NAMES: Readonly<Record<Property, string>> = {
  endDate: 'end_date',
  nextInvoiceDate: 'next_invoice_date',
  reviewReminderSent: 'reminder_to_review_plan_email_sent',
};

/** What operators change of a plan that goes on. */
@Injectable()
export class PlanProperties {
  constructor(
    @Inject(PlanWork) private readonly work: PlanWork,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
  ) {}

  /**
   * Paid by card, or by invoice. Who pays by invoice chooses the number of licenses. Not in a trial: it would end without the invoice, or
   * the card, by which it is decided how it goes on.
   */
  setModality(holder: Registrant, chargeAutomatically: boolean, actor?: Actor): Promise<void> {
    return this.work.onLivePlan(holder, async ({ tx, owner, live }) => {
      if (isTrial(live.status)) throw refusal('change-not-possible');
      const keepsManaging = chargeAutomatically || !mayToggleManagement(live);
      const automanageLicenses = live.automanageLicenses && keepsManaging;
      await tx.update(Plan, { id: live.id }, { chargeAutomatically, automanageLicenses });
      const values = { charge_automatically: chargeAutomatically };
      await this.audit.note(tx, owner.holder, BILLING_EVENT.modalityChanged, values, actor);
    });
  }

  /** A hard end, in the future, of a plan that is active and to which nothing else is about to happen. */
  setEndDate(holder: Registrant, endDate: Date, actor?: Actor): Promise<void> {
    return this.work.onLivePlan(holder, async (work) => {
      const { live, now } = work;
      if (!(endDate > now)) throw refusal('past-date');
      if (live.status !== STATUS.active) throw refusal('plan-not-active');
      const isLater = live.endDate !== null && endDate > live.endDate;
      await this.set(work, 'endDate', endDate, actor);
      if (live.tier === TIER.complimentary) await this.set(work, 'nextInvoiceDate', endDate, actor);
      if (isLater && live.reviewReminderSent) await this.set(work, 'reviewReminderSent', false, actor);
    });
  }

  private async set<K extends Property>(
    { tx, owner, live }: LiveWork,
    property: K,
    value: Plan[K],
    actor: Actor | undefined,
  ): Promise<void> {
    await tx.update(Plan, { id: live.id }, { [property]: value });
    const values = {
      plan_id: Number(live.id),
      property: NAMES[property],
      old_value: live[property],
      new_value: value,
    };
    await this.audit.note(tx, owner.holder, BILLING_EVENT.planPropertyChanged, values, actor);
  }
}
