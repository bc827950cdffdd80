import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, LessThanOrEqual } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { HostVerificationAttempt } from './host-verification.entity.js';

/** Advisory lock under which attempts are counted; any number of our own. */
const LOCK_BUDGET = 7_205_004;

const DAY = 86_400_000;

/** Attempts in a day, all callers and nodes together: each one makes the service call a host that a stranger has named. */
export const VERIFICATIONS_PER_DAY = 30;

/** The budget of host verifications. In the database, for it is one for all nodes and must outlive a restart. */
@Injectable()
export class VerificationBudget {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Takes one attempt out of the budget; false where there is none left. */
  async take(): Promise<boolean> {
    const now = this.clock.now();
    return this.database.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1)', [LOCK_BUDGET]);
      await tx.delete(HostVerificationAttempt, { attemptedAt: LessThanOrEqual(new Date(now.getTime() - DAY)) });
      if ((await tx.count(HostVerificationAttempt)) >= VERIFICATIONS_PER_DAY) return false;
      await tx.insert(HostVerificationAttempt, { attemptedAt: now });
      return true;
    });
  }
}
