import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { isUnavailable, safeDescription } from '../../protocol/error-description.js';
import { CountHistory } from '../../registration/user-counts/count-history.js';
import { Customers } from '../customers/customers.js';
import { LedgerSync } from '../ledger-sync.js';
import { LedgerGrowth } from './ledger-growth.service.js';
import { LedgerStore } from './ledger-store.js';
import { PlanStore } from './plan-store.js';

/**
 * So far may the clock of a server be ahead. What is dated later waits until its time has come: else one wrong clock would renew a plan
 * years ahead, and everything in between would count as past.
 */
const AHEAD_MILLIS = 3_600_000;

/**
 * Ledgers follow what servers upload: one row for each change of users since the last row, after whatever the ends of cycles bring by
 * then. What goes wrong with one customer's plan is logged and left as it was; the next upload that
 * tells of it starts from there.
 */
@Injectable()
export class UploadedLedgers extends LedgerSync {
  private readonly logger = new Logger(UploadedLedgers.name);

  constructor(
    @Inject(Customers) private readonly customers: Customers,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(LedgerGrowth) private readonly growth: LedgerGrowth,
    @Inject(CountHistory) private readonly history: CountHistory,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    super();
  }

  override async sync(tx: EntityManager, serverId: string, realmIds: readonly string[]): Promise<void> {
    for (const customerId of await this.customers.managedOf(tx, serverId, realmIds)) {
      try {
        // A transaction within one is a savepoint.
        await tx.transaction((inner) => this.follow(inner, customerId));
      } catch (error) {
        if (isUnavailable(error)) throw error;
        this.logger.error('a license ledger cannot follow its uploads', {
          serverId,
          customerId,
          error: safeDescription(error),
        });
      }
    }
  }

  private async follow(tx: EntityManager, customerId: string): Promise<void> {
    const owner = await this.customers.lock(tx, customerId);
    const plan = owner && (await this.plans.current(tx, customerId));
    if (!owner || !plan?.automanageLicenses) return;
    const { last } = await this.ledger.state(tx, plan.id);
    if (!last) return;
    const until = new Date(this.clock.millis() + AHEAD_MILLIS);
    const changes = await this.history.between(tx, owner.holder, last.exactTime, until);
    await this.growth.follow(tx, owner, plan, changes);
  }
}
