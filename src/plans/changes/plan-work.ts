import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { refusal } from '../catalogue/refusals.js';
import { Customers, type LockedCustomer } from '../customers/customers.js';
import { EndOfCycle } from '../ledger/end-of-cycle.service.js';
import type { Plan } from '../ledger/plan.entity.js';
import { PlanStanding } from '../ledger/plan-standing.js';
import { PlanStore } from '../ledger/plan-store.js';
import { NewCustomers } from '../purchase/new-customers.js';

/** What a change of a customer's terms or plan works with. */
export interface Work {
  readonly tx: EntityManager;
  readonly owner: LockedCustomer;
  readonly now: Date;
}

/** A change of a plan that goes on. */
export interface LiveWork extends Work {
  readonly live: Plan;
}

/** Opens the transaction of a change, with the customer locked and the plan brought up to now. */
@Injectable()
export class PlanWork {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(NewCustomers) private readonly newCustomers: NewCustomers,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(EndOfCycle) private readonly endOfCycle: EndOfCycle,
    @Inject(PlanStanding) private readonly standing: PlanStanding,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Changes the terms of a server or realm, which becomes a customer by it; `live`: the plan it holds, brought up to now. */
  onCustomer<T>(holder: Registrant, change: (work: Work, live: Plan | null) => Promise<T>): Promise<T> {
    return this.change((tx) => this.newCustomers.lockOrMake(tx, holder), change);
  }

  /** The same for who is a customer already. @throws AppError `no-customer` */
  onKnownCustomer<T>(holder: Registrant, change: (work: Work, live: Plan | null) => Promise<T>): Promise<T> {
    return this.change((tx) => this.customers.lockOf(tx, holder), change);
  }

  private change<T>(
    lock: (tx: EntityManager) => Promise<LockedCustomer | undefined>,
    change: (work: Work, live: Plan | null) => Promise<T>,
  ): Promise<T> {
    return this.database.transaction(async (tx) => {
      const owner = await lock(tx);
      if (!owner) throw refusal('no-customer');
      const now = this.clock.now();
      const result = await change({ tx, owner, now }, await this.endOfCycle.settle(tx, owner, now));
      await this.standing.refresh(tx, owner);
      return result;
    });
  }

  /**
   * Changes the plan of a server or realm.
   *
   * @throws AppError where there is none, or where its cycle has ended and with it the plan
   */
  async onLivePlan<T>(holder: Registrant, change: (work: LiveWork) => Promise<T>): Promise<T> {
    const gone = await this.database.transaction((tx) => this.bringUp(tx, holder));
    // What the end of the cycle brought stays, though the change is refused.
    if (gone) throw refusal(gone);
    return this.database.transaction(async (tx) => {
      const owner = await this.customers.lockOf(tx, holder);
      const now = this.clock.now();
      const live = owner && (await this.endOfCycle.settle(tx, owner, now));
      if (!owner || !live) throw refusal('no-plan');
      const result = await change({ tx, owner, now, live });
      await this.standing.refresh(tx, owner);
      return result;
    });
  }

  private async bringUp(
    tx: EntityManager,
    holder: Registrant,
  ): Promise<'no-plan' | 'plan-ended' | 'plan-replaced' | undefined> {
    const owner = await this.customers.lockOf(tx, holder);
    const before = owner && (await this.plans.current(tx, owner.customer.id));
    if (!before) return 'no-plan';
    const after = await this.endOfCycle.settle(tx, owner, this.clock.now());
    if (!after) return 'plan-ended';
    return after.id === before.id ? undefined : 'plan-replaced';
  }
}
