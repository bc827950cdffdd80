import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import type { Schedule } from '../catalogue/plan-status.js';
import { refusal } from '../catalogue/refusals.js';
import { Plan } from '../ledger/plan.entity.js';
import { mayToggleManagement, planChange, type RequestableStatus } from '../rules/plan-changes.js';
import { Downgrades } from './downgrades.js';
import { LicenseChanges } from './license-changes.js';
import { type LiveWork, PlanWork } from './plan-work.js';
import { ScheduledPlans } from './scheduled-plans.js';
import { TrialSchedules } from './trial-schedules.js';

/** What a customer asks to change. Only the first of these that is there is acted on, in this order. */
export interface PlanUpdate {
  readonly toggleLicenseManagement?: boolean | undefined;
  readonly status?: RequestableStatus | undefined;
  /** Beside the status of a free trial. */
  readonly schedule?: Schedule | undefined;
  readonly licenses?: number | undefined;
  readonly licensesAtNextRenewal?: number | undefined;
}

/** Changes that customers make to their plans. */
@Injectable()
export class PlanUpdates {
  constructor(
    @Inject(PlanWork) private readonly work: PlanWork,
    @Inject(LicenseChanges) private readonly licenses: LicenseChanges,
    @Inject(ScheduledPlans) private readonly scheduled: ScheduledPlans,
    @Inject(TrialSchedules) private readonly trials: TrialSchedules,
    @Inject(Downgrades) private readonly downgrades: Downgrades,
  ) {}

  /** @throws AppError with a text for people and `error_description` */
  async update(holder: Registrant, update: PlanUpdate, actor?: Actor): Promise<void> {
    const { toggleLicenseManagement, status, schedule, licenses, licensesAtNextRenewal } = update;
    if (toggleLicenseManagement) {
      if ([status, schedule, licenses, licensesAtNextRenewal].some((value) => value !== undefined)) {
        throw refusal('change-not-possible');
      }
      return this.work.onLivePlan(holder, toggle);
    }
    if (status !== undefined) {
      return this.work.onLivePlan(holder, (work) => this.changeStatus(work, status, schedule, actor));
    }
    if (licenses !== undefined) return this.licenses.addNow(holder, licenses);
    if (licensesAtNextRenewal !== undefined) return this.licenses.setNext(holder, licensesAtNextRenewal);
    throw refusal('nothing-to-change');
  }

  private async changeStatus(
    work: LiveWork,
    status: RequestableStatus,
    schedule: Schedule | undefined,
    actor: Actor | undefined,
  ): Promise<void> {
    const change = planChange(work.live, status, schedule);
    switch (change.kind) {
      case 'set-status':
        await work.tx.update(Plan, { id: work.live.id }, { status: change.status });
        return;
      case 'cancel-scheduled-plan':
        return this.scheduled.cancel(work);
      case 'switch-trial-schedule':
        return this.trials.switchTo(work, change.schedule, actor);
      case 'end-trial':
        return this.downgrades.endNow(work, actor);
      case 'refused':
        throw refusal('change-not-possible');
    }
  }
}

async function toggle({ tx, live }: LiveWork): Promise<void> {
  if (!mayToggleManagement(live)) throw refusal('change-not-possible');
  await tx.update(Plan, { id: live.id }, { automanageLicenses: !live.automanageLicenses });
}
