import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { CountedChange } from '../../registration/user-counts/count-history.js';
import { STATUS } from '../catalogue/plan-status.js';
import type { LockedCustomer } from '../customers/customers.js';
import { needsTrialFacts } from '../rules/end-of-cycle.js';
import { type GrowthTerms, growLedger } from '../rules/ledger-growth.js';
import { minimumLicenses } from '../rules/licenses.js';
import { CycleEffects } from './cycle-effects.js';
import { LedgerStore } from './ledger-store.js';
import type { Plan } from './plan.entity.js';
import { PlanStanding } from './plan-standing.js';
import { PlanStore } from './plan-store.js';

/** Lets the ledgers of automatically managed plans follow the number of users. */
@Injectable()
export class LedgerGrowth {
  constructor(
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(CycleEffects) private readonly effects: CycleEffects,
    @Inject(PlanStanding) private readonly standing: PlanStanding,
  ) {}

  /**
   * Takes changes into the ledger of a plan, and from where another plan takes its place into that one's.
   *
   * @param changes later than the ledger's last row, in the order of their times
   * @throws RuleError where the rows of a plan contradict one another
   */
  async follow(tx: EntityManager, owner: LockedCustomer, plan: Plan, changes: readonly CountedChange[]): Promise<void> {
    if (changes.length === 0) return;
    let current: Plan | null = plan;
    let rest = changes;
    while (current?.automanageLicenses && rest.length > 0) {
      const state = await this.ledger.state(tx, current.id);
      const growth = growLedger(current, state, rest, await this.terms(tx, owner, current));
      current = await this.effects.apply(tx, owner, current, growth.steps, rest);
      rest = rest.slice(rest.length - growth.rest.length);
    }
    await this.standing.refresh(tx, owner);
  }

  private async terms(tx: EntityManager, { customer }: LockedCustomer, plan: Plan): Promise<GrowthTerms> {
    const next = plan.status === STATUS.switchPlanAtPlanEnd ? await this.plans.scheduled(tx, customer.id) : null;
    const trialInvoicePaid = needsTrialFacts(plan) ? await this.plans.trialInvoicePaid(tx, plan.id) : undefined;
    return {
      minimum: minimumLicenses(customer, plan.tier),
      ...(next ? { nextMinimum: minimumLicenses(customer, next.tier) } : {}),
      exempt: customer.exemptFromLicenseNumberCheck,
      ...(trialInvoicePaid === undefined ? {} : { trialInvoicePaid }),
    };
  }
}
