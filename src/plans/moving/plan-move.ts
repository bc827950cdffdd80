import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { PlanTypes } from '../../registration/registrants/plan-types.js';
import { Registrants } from '../../registration/registrants/registrants.js';
import { STATUS } from '../catalogue/plan-status.js';
import { isPaid } from '../catalogue/tiers.js';
import { BilledUsers } from '../customers/billed-users.js';
import { Customer } from '../customers/customer.entity.js';
import { Customers, type LockedCustomer } from '../customers/customers.js';
import { BalanceCredit } from '../ledger/balance-credit.entity.js';
import { InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { LedgerGrowth } from '../ledger/ledger-growth.service.js';
import { Plan } from '../ledger/plan.entity.js';
import { PlanStanding } from '../ledger/plan-standing.js';
import { PlanStore } from '../ledger/plan-store.js';

/** `nothing`: there is no plan to move, or it stays where it is. */
export type MoveResult = 'moved' | 'nothing';

/**
 * Moves the plan of a server to its only organization: whoever bought for the server, before organizations could be customers themselves,
 * goes on as the organization. Runs when somebody logs in for the organization, before anything is shown.
 */
@Injectable()
export class PlanMove {
  private readonly logger = new Logger(PlanMove.name);

  constructor(
    @Inject(Registrants) private readonly registrants: Registrants,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(PlanTypes) private readonly planTypes: PlanTypes,
    @Inject(PlanStanding) private readonly standing: PlanStanding,
    @Inject(LedgerGrowth) private readonly growth: LedgerGrowth,
    @Inject(BilledUsers) private readonly users: BilledUsers,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Moves the plan, if the server has one, no request for sponsorship waits there, and this realm is the only one that people use.
   *
   * @throws AppError `billing.not-reconciled` where the realm has billing of its own that the plan cannot be joined with, or where the
   *   server has not reported lately how many people the plan is to be paid for; the caller's transaction must not be committed then
   */
  async move(tx: EntityManager, realmId: string): Promise<MoveResult> {
    const serverId = await this.registrants.lockServerOf(tx, { realmId });
    const server = serverId && (await this.customers.lockOf(tx, { serverId }));
    if (!server || server.customer.sponsorshipPending) return 'nothing';
    const plan = await this.plans.current(tx, server.customer.id);
    if (!plan) return 'nothing';
    const humans = await this.registrants.humanRealmsOf(tx, serverId);
    if (humans.length !== 1 || humans[0] !== realmId) return 'nothing';

    const realm = await this.customers.lockOf(tx, { realmId });
    if (realm) await this.join(tx, server, realm, plan);
    else await tx.update(Customer, { id: server.customer.id }, { serverId: null, realmId });
    await this.planTypes.moveToRealm(tx, serverId, realmId);

    const owner = await this.customers.lockOf(tx, { realmId });
    if (!owner) throw new Error('the customer is gone whose plan was moved');
    await this.standing.forget(tx, { serverId });
    await this.standing.refresh(tx, owner);
    await this.countPeople(tx, owner, plan);
    return 'moved';
  }

  /** The plan goes to the realm's own customer. What was agreed with either of them stays. */
  private async join(tx: EntityManager, server: LockedCustomer, realm: LockedCustomer, plan: Plan): Promise<void> {
    const { stripeCustomerId } = server.customer;
    const hasPlan = (await this.plans.current(tx, realm.customer.id)) !== null;
    if (hasPlan || realm.customer.stripeCustomerId !== null || plan.status === STATUS.switchPlanAtPlanEnd) {
      throw this.notReconciled(realm, 'both have billing');
    }
    const [from, to] = [{ customerId: server.customer.id }, { customerId: realm.customer.id }];
    await tx.update(Plan, { id: plan.id }, to);
    // What is still to be done for the plan at Stripe is done for the customer there, who moves as well.
    await tx.update(InvoiceBuild, { planId: plan.id, ...from }, to);
    await tx.update(BalanceCredit, { planId: plan.id, ...from }, to);
    await tx.update(Customer, { id: server.customer.id }, { stripeCustomerId: null });
    await tx.update(Customer, { id: realm.customer.id }, { stripeCustomerId });
  }

  /** Licenses followed the whole server's users; from now on they follow the realm's. */
  private async countPeople(tx: EntityManager, owner: LockedCustomer, plan: Plan): Promise<void> {
    if (!isPaid(plan.tier) || !plan.automanageLicenses) return;
    const now = this.clock.now();
    const users = await this.users.count(tx, owner.holder, owner.serverId, now);
    if (users === null) throw this.notReconciled(owner, 'user counts are missing');
    await this.growth.follow(tx, owner, plan, [{ eventTime: now, exactTime: now.toISOString(), users }]);
  }

  private notReconciled({ customer, serverId }: LockedCustomer, reason: string): AppError {
    this.logger.warn('a plan cannot be moved from a server to its realm', {
      serverId,
      realmId: customer.realmId,
      reason,
    });
    return new AppError('billing.not-reconciled', { support: this.settings.mail.supportEmail });
  }
}
