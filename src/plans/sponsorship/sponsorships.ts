import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { MailOutbox } from '../../mail/mail-outbox.js';
import { type Actor, AuditNotes } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { SCHEDULE, STATUS } from '../catalogue/plan-status.js';
import { refusal } from '../catalogue/refusals.js';
import { TIER, tierName } from '../catalogue/tiers.js';
import { NewPlans } from '../changes/new-plans.js';
import { PlanWork, type Work } from '../changes/plan-work.js';
import { BilledUsers } from '../customers/billed-users.js';
import { Customer } from '../customers/customer.entity.js';
import { RealmBillingUser } from '../customers/realm-billing-user.entity.js';
import { ServerBillingUser } from '../customers/server-billing-user.entity.js';
import { SponsorshipRequest } from '../customers/sponsorship-request.entity.js';
import { BillingNotices, nameOf } from '../invoicing/billing-notices.js';
import { Plan } from '../ledger/plan.entity.js';
import type { SponsorshipForm } from './sponsorship-form.js';

/** Who asks for sponsorship. */
export interface Applicant {
  readonly name: string;
  readonly email: string;
}

const REALM_PLANS = `
  SELECT 1 FROM plans p JOIN customers c ON c.id = p.customer_id JOIN remote_realms r ON r.id = c.realm_id
  WHERE r.server_id = $1 AND p.status <> 11 LIMIT 1`;

/** Free plans and discounts that are asked for, and granted by operators. */
@Injectable()
export class Sponsorships {
  constructor(
    @Inject(PlanWork) private readonly work: PlanWork,
    @Inject(NewPlans) private readonly newPlans: NewPlans,
    @Inject(BilledUsers) private readonly users: BilledUsers,
    @Inject(BillingNotices) private readonly notices: BillingNotices,
    @Inject(MailOutbox) private readonly outbox: MailOutbox,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Keeps a request until an operator has looked at it. @throws AppError where one waits already */
  request(holder: Registrant, form: SponsorshipForm, by: Applicant, actor?: Actor): Promise<void> {
    return this.work.onCustomer(holder, async (work) => {
      const { tx, owner, now } = work;
      if (owner.customer.sponsorshipPending) throw refusal('sponsorship-pending');
      await this.mark(work, true, actor);
      const { orgTypeName: _, ...stored } = form;
      await tx.insert(SponsorshipRequest, { ...stored, customerId: owner.customer.id, requestedAt: now });
      await setOrgType(tx, holder, form.orgType);
      const about = await this.notices.about(tx, holder);
      const values = {
        ...about,
        requestedBy: `${by.name} <${by.email}>`,
        organizationType: form.orgTypeName,
        website: form.orgWebsite || 'none submitted',
        description: answers(form),
        expectedUsers: form.expectedTotalUsers,
        plan: form.requestedPlan || 'unspecified',
      };
      await this.notices.write(tx, 'sponsorship-requested', values, by.email);
    });
  }

  /** Says whether a request waits; to reject one, an operator says that none does. */
  setPending(holder: Registrant, pending: boolean, actor?: Actor): Promise<void> {
    return this.work.onCustomer(holder, (work) => this.mark(work, pending, actor));
  }

  /**
   * Grants the Community plan; answers how many people were told.
   *
   * @throws AppError where another plan is there or waits
   */
  approve(holder: Registrant, actor?: Actor): Promise<number> {
    return this.work.onCustomer(holder, async (work, live) => {
      const { tx, owner, now } = work;
      if (live?.status === STATUS.switchPlanAtPlanEnd) throw refusal('upgrade-scheduled');
      if (live && live.tier !== TIER.complimentary) throw refusal('live-plan', { from: tierName(live.tier) });
      if ('serverId' in holder && (await tx.query<unknown[]>(REALM_PLANS, [holder.serverId])).length > 0) {
        throw refusal('realm-has-plan');
      }
      if (live) await tx.update(Plan, { id: live.id }, { status: STATUS.ended, nextInvoiceDate: null });
      const users = await this.users.count(tx, holder, owner.serverId, now);
      await this.makePlan(work, users ?? 0, actor);
      if (owner.customer.sponsorshipPending) {
        await tx.update(Customer, { id: owner.customer.id }, { sponsorshipPending: false });
        await this.audit.note(tx, holder, BILLING_EVENT.sponsorshipApproved, {}, actor);
      }
      return this.tell(tx, holder);
    });
  }

  private async makePlan({ tx, owner, now }: Work, licenses: number, actor: Actor | undefined): Promise<void> {
    const anchor = new Date(Math.floor(now.getTime() / 1_000) * 1_000);
    const plan = await this.newPlans.create(
      tx,
      owner,
      {
        ...{ billingCycleAnchor: anchor, nextInvoiceDate: null, endDate: null },
        ...{ tier: TIER.community, schedule: SCHEDULE.annual, isFree: true },
        automanageLicenses: true,
        chargeAutomatically: false,
      },
      actor,
    );
    const row = { isRenewal: true, eventTime: anchor, licenses, licensesAtNextRenewal: licenses };
    await this.newPlans.begin(tx, plan, [row]);
  }

  private async mark({ tx, owner }: Work, pending: boolean, actor: Actor | undefined): Promise<void> {
    const { customer, holder } = owner;
    if (customer.sponsorshipPending === pending) return;
    await tx.update(Customer, { id: customer.id }, { sponsorshipPending: pending });
    const values = { sponsorship_pending: pending };
    await this.audit.note(tx, holder, BILLING_EVENT.sponsorshipPendingChanged, values, actor);
  }

  private async tell(tx: EntityManager, holder: Registrant): Promise<number> {
    const users =
      'realmId' in holder
        ? await tx.findBy(RealmBillingUser, { realmId: holder.realmId, isActive: true })
        : await tx.findBy(ServerBillingUser, { serverId: holder.serverId, isActive: true });
    const to = [...new Set(users.map(({ email }) => email))];
    const { name } = await nameOf(tx, holder);
    const { billingEmail, supportEmail: support } = this.settings.mail;
    await this.outbox.enqueue(tx, {
      kind: 'community-plan-approved',
      to,
      replyTo: billingEmail,
      values: { name, support },
    });
    return to.length;
  }
}

/** What was written, in full. */
function answers(form: SponsorshipForm): string {
  const { orgDescription, planToUse, paidUsersCount, paidUsersDescription } = form;
  const paid = [paidUsersCount, paidUsersDescription].filter((text) => text !== '').join('. ');
  return `${orgDescription}\n\nHow they plan to use it: ${planToUse}\n\nPaid staff: ${paid}`;
}

/** An organization says of itself what it is. */
async function setOrgType(tx: EntityManager, holder: Registrant, orgType: number): Promise<void> {
  const [table, id] = 'realmId' in holder ? ['remote_realms', holder.realmId] : ['remote_servers', holder.serverId];
  await tx.query(`UPDATE ${table} SET org_type = $2 WHERE id = $1`, [id, orgType]);
}
