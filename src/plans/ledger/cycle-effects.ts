import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { AuditNotes } from '../../registration/audit/audit-notes.js';
import { PlanTypes } from '../../registration/registrants/plan-types.js';
import type { CountedChange } from '../../registration/user-counts/count-history.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { listPrice } from '../catalogue/list-prices.js';
import { INVOICING, SCHEDULE, STATUS } from '../catalogue/plan-status.js';
import { RuleError } from '../catalogue/rule-error.js';
import { TIER } from '../catalogue/tiers.js';
import type { LockedCustomer } from '../customers/customers.js';
import type { CycleEffect } from '../rules/end-of-cycle.js';
import type { GrowthStep } from '../rules/ledger-growth.js';
import { unbilledPlanDates } from '../rules/new-plan.js';
import { percentOff, priceFor } from '../rules/prices.js';
import { LedgerStore, type NewLedgerRow, newLedgerRow } from './ledger-store.js';
import { Plan } from './plan.entity.js';
import { PlanStore } from './plan-store.js';

type Effect<K extends CycleEffect['kind']> = Extract<CycleEffect, { kind: K }>;

/** Writes what the rules decided about a plan into the database. Decides nothing itself, and does not tell push permission. */
@Injectable()
export class CycleEffects {
  constructor(
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(PlanTypes) private readonly planTypes: PlanTypes,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Does these steps in their order; answers the plan that took this one's place, if one did.
   *
   * @param changes what `event-row` steps refer to
   * @throws RuleError `no-scheduled-plan`, `no-price`
   */
  async apply(
    tx: EntityManager,
    owner: LockedCustomer,
    plan: Plan,
    steps: readonly GrowthStep[],
    changes: readonly CountedChange[] = [],
  ): Promise<Plan | null> {
    let successor: Plan | null = null;
    let rows: NewLedgerRow[] = [];
    for (const step of steps) {
      if (step.kind === 'row') rows.push(newLedgerRow(step.row));
      else if (step.kind === 'event-row') rows.push(newLedgerRow(step.row, changes[step.event]?.exactTime));
      else {
        await this.ledger.append(tx, plan.id, rows);
        rows = [];
        successor = await this.change(tx, owner, plan, step);
      }
    }
    await this.ledger.append(tx, plan.id, rows);
    return successor;
  }

  private async change(
    tx: EntityManager,
    owner: LockedCustomer,
    plan: Plan,
    effect: Exclude<CycleEffect, { kind: 'row' }>,
  ): Promise<Plan | null> {
    switch (effect.kind) {
      case 'trial-over':
        await this.beginPaidTime(tx, plan, effect);
        return null;
      case 'end':
        await tx.update(Plan, { id: plan.id }, { status: STATUS.ended });
        await this.planTypes.set(tx, owner.holder, TIER.free);
        return null;
      case 'end-unbilled':
        await tx.update(
          Plan,
          { id: plan.id },
          { status: STATUS.ended, nextInvoiceDate: null, invoicedThroughId: await this.lastRow(tx, plan) },
        );
        await this.planTypes.set(tx, owner.holder, TIER.free);
        return null;
      case 'start-next-plan':
        return this.startNext(tx, owner, plan, effect);
      case 'switch-schedule':
        return this.switchSchedule(tx, owner, plan, effect);
    }
  }

  private async beginPaidTime(tx: EntityManager, plan: Plan, effect: Effect<'trial-over'>): Promise<void> {
    const { anchor, moveLastRenewal } = effect;
    if (moveLastRenewal) await this.ledger.moveLastRenewal(tx, plan.id, anchor);
    const invoicedThroughId = await this.lastRow(tx, plan);
    await tx.update(Plan, { id: plan.id }, { status: STATUS.active, billingCycleAnchor: anchor, invoicedThroughId });
  }

  private async startNext(
    tx: EntityManager,
    owner: LockedCustomer,
    plan: Plan,
    effect: Effect<'start-next-plan'>,
  ): Promise<Plan> {
    const next = await this.plans.scheduled(tx, owner.customer.id);
    if (!next) throw new RuleError('no-scheduled-plan');
    await tx.update(Plan, { id: plan.id }, { status: STATUS.ended });
    await tx.update(Plan, { id: next.id }, { status: STATUS.active });
    await this.planTypes.set(tx, owner.holder, next.tier);
    await this.ledger.append(tx, next.id, [newLedgerRow(effect.row)]);
    return tx.findOneByOrFail(Plan, { id: next.id });
  }

  /** The new plan costs what the schedule costs this customer now. */
  private async switchSchedule(
    tx: EntityManager,
    owner: LockedCustomer,
    plan: Plan,
    { schedule, row }: Effect<'switch-schedule'>,
  ): Promise<Plan> {
    if (plan.pricePerLicense === null) throw new RuleError('no-price');
    const { customer, holder } = owner;
    const { tier, automanageLicenses, chargeAutomatically } = plan;
    await tx.update(Plan, { id: plan.id }, { status: STATUS.ended });
    const price = priceFor(customer, tier, schedule);
    const created = await tx.save(Plan, {
      customerId: customer.id,
      ...{ tier, automanageLicenses, chargeAutomatically },
      status: STATUS.active,
      billingSchedule: schedule,
      pricePerLicense: price,
      fixedPrice: null,
      discount: percentOff(listPrice(tier, schedule), price),
      ...unbilledPlanDates(row.eventTime, false),
      invoicedThroughId: null,
      invoicingStatus: INVOICING.initialToBeSent,
      createdAt: this.clock.now(),
    });
    await this.ledger.append(tx, created.id, [newLedgerRow(row)]);
    const [event, monthly, annual] =
      schedule === SCHEDULE.annual
        ? [BILLING_EVENT.switchedToAnnual, plan.id, created.id]
        : [BILLING_EVENT.switchedToMonthly, created.id, plan.id];
    await this.audit.note(tx, holder, event, { monthly_plan_id: Number(monthly), annual_plan_id: Number(annual) });
    return tx.findOneByOrFail(Plan, { id: created.id });
  }

  private async lastRow(tx: EntityManager, plan: Plan): Promise<string | null> {
    return (await this.ledger.state(tx, plan.id)).last?.id ?? null;
  }
}
