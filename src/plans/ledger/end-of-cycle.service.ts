import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { BilledUsers } from '../customers/billed-users.js';
import type { LockedCustomer } from '../customers/customers.js';
import { type CycleResult, endOfCycle, isCycleDue, needsTrialFacts, type TrialFacts } from '../rules/end-of-cycle.js';
import { billableLicenses, minimumLicenses } from '../rules/licenses.js';
import { CycleEffects } from './cycle-effects.js';
import { LedgerStore } from './ledger-store.js';
import { Plan } from './plan.entity.js';
import { PlanStanding } from './plan-standing.js';
import { PlanStore } from './plan-store.js';

/** What became of a plan because its cycles ended. */
export interface CycleReport {
  readonly outcome: CycleResult['outcome'];
  /** The plan as it is now. */
  readonly plan: Plan;
  /** The plan in its place; its own cycles have not been looked at. */
  readonly successor: Plan | null;
}

/**
 * Brings plans up to a time: what the ends of cycles bring by then is decided by the rule and done here. To be called before whatever
 * looks at or changes a plan, in its transaction, with the customer locked.
 */
@Injectable()
export class EndOfCycle {
  constructor(
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(CycleEffects) private readonly effects: CycleEffects,
    @Inject(PlanStanding) private readonly standing: PlanStanding,
    @Inject(BilledUsers) private readonly users: BilledUsers,
  ) {}

  /**
   * Brings one plan up to `at`.
   *
   * @throws RuleError where the plan's rows contradict one another
   */
  async run(tx: EntityManager, owner: LockedCustomer, plan: Plan, at: Date): Promise<CycleReport> {
    const ledger = await this.ledger.state(tx, plan.id, at);
    if (!isCycleDue(plan, ledger, at)) return { outcome: 'goes-on', plan, successor: null };
    const trial = needsTrialFacts(plan) ? await this.trialFacts(tx, owner, plan, at) : undefined;
    const { effects, outcome } = endOfCycle(plan, ledger, at, trial);
    const successor = await this.effects.apply(tx, owner, plan, effects);
    if (effects.length > 0) await this.standing.refresh(tx, owner);
    return { outcome, plan: await tx.findOneByOrFail(Plan, { id: plan.id }), successor };
  }

  /** Brings the plan that a customer holds up to `at`, and what took its place too; answers the one held then. */
  async settle(tx: EntityManager, owner: LockedCustomer, at: Date): Promise<Plan | null> {
    let current = await this.plans.current(tx, owner.customer.id);
    while (current) {
      const { outcome, plan, successor } = await this.run(tx, owner, current, at);
      if (outcome === 'goes-on') return plan;
      current = successor;
    }
    return null;
  }

  private async trialFacts(tx: EntityManager, owner: LockedCustomer, plan: Plan, at: Date): Promise<TrialFacts> {
    const { customer, holder } = owner;
    const users = await this.users.lastKnown(tx, holder, at);
    const minimum = minimumLicenses(customer, plan.tier);
    const billable = billableLicenses({ users, minimum, exempt: customer.exemptFromLicenseNumberCheck });
    return { invoicePaid: await this.plans.trialInvoicePaid(tx, plan.id), billableLicenses: billable };
  }
}
