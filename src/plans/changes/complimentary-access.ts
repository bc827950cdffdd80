import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { SCHEDULE } from '../catalogue/plan-status.js';
import { refusal } from '../catalogue/refusals.js';
import { TIER, tierName } from '../catalogue/tiers.js';
import { BilledUsers } from '../customers/billed-users.js';
import { complimentaryDates } from '../rules/new-plan.js';
import { NewPlans } from './new-plans.js';
import { PlanWork } from './plan-work.js';

/** Access without charge until a day. */
@Injectable()
export class ComplimentaryAccess {
  constructor(
    @Inject(PlanWork) private readonly work: PlanWork,
    @Inject(NewPlans) private readonly newPlans: NewPlans,
    @Inject(BilledUsers) private readonly users: BilledUsers,
  ) {}

  /** Grants it from now on. @throws AppError where the end is not in the future, or there is a plan */
  async grant(holder: Registrant, until: Date, actor?: Actor): Promise<void> {
    return this.work.onCustomer(holder, async ({ tx, owner, now }, live) => {
      if (!(until > now)) throw refusal('past-date');
      if (live) throw refusal('live-plan', { from: tierName(live.tier) });
      const plan = await this.newPlans.create(
        tx,
        owner,
        {
          ...complimentaryDates(now, until),
          tier: TIER.complimentary,
          schedule: SCHEDULE.annual,
          automanageLicenses: true,
          chargeAutomatically: false,
          isFree: true,
        },
        actor,
      );
      const users = await this.users.count(tx, holder, owner.serverId, now);
      const licenses = users === null ? 0 : Math.max(1, users);
      const eventTime = plan.billingCycleAnchor;
      await this.newPlans.begin(tx, plan, [{ isRenewal: true, eventTime, licenses, licensesAtNextRenewal: licenses }]);
    });
  }
}
