import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, IsNull, Not } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { canonicalEmail } from './known-operator.js';
import { Operator } from './operator.entity.js';
import { OperatorAudit } from './operator-audit.js';
import { OperatorLink } from './operator-link.entity.js';
import { OperatorLinks } from './operator-links.js';
import type { OperatorRole } from './operator-role.js';

/** An operator as the command line shows it. */
export interface OperatorRecord {
  readonly id: string;
  readonly email: string;
  readonly role: OperatorRole;
  /** Invited: no link was used yet. */
  readonly state: 'invited' | 'active' | 'disabled';
  readonly secondFactor: boolean;
  readonly createdAt: Date;
  readonly lastLoginAt: Date | null;
}

/** What became of an operator that was to be disabled or enabled. */
export type StateChange = 'changed' | 'unchanged' | 'unknown';

/** Who the operators are: for the command line of the service. */
@Injectable()
export class OperatorRecords {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(OperatorLinks) private readonly links: OperatorLinks,
    @Inject(OperatorAudit) private readonly audit: OperatorAudit,
  ) {}

  /**
   * Adds an operator, or gives one who is there a new link, and the role if one is named.
   *
   * @param role of a new operator: `act` unless named
   * @returns the address of the link; undefined where the operator is disabled
   */
  async invite(email: string, role?: OperatorRole): Promise<string | undefined> {
    return await this.database.transaction(async (tx) => {
      const operator = await this.addedOrFound(tx, canonicalEmail(email), role ?? 'act');
      if (operator.disabledAt !== null) return undefined;
      if (role !== undefined && role !== operator.role) {
        await tx.update(Operator, operator.id, { role });
        await this.audit.note(tx, 'role changed', operator.id, undefined, { from: operator.role, to: role });
      }
      await this.audit.note(tx, 'link made', operator.id);
      return await this.links.make(tx, operator.id);
    });
  }

  /** All operators, by e-mail address. */
  async list(): Promise<OperatorRecord[]> {
    const operators = await this.database.manager.find(Operator, { order: { email: 'ASC' } });
    return operators.map((operator) => ({
      id: operator.id,
      email: operator.email,
      role: operator.role,
      state: operator.disabledAt ? 'disabled' : operator.enrolledAt || operator.lastLoginAt ? 'active' : 'invited',
      secondFactor: operator.totpSecret !== null,
      createdAt: operator.createdAt,
      lastLoginAt: operator.lastLoginAt,
    }));
  }

  /** Ends an operator's sessions and links, and lets them in no more. */
  disable(email: string): Promise<StateChange> {
    return this.change(email, async (tx, { id }) => {
      const { affected } = await tx.update(
        Operator,
        { id, disabledAt: IsNull() },
        { disabledAt: this.clock.now(), sessionEpoch: () => 'session_epoch + 1' },
      );
      if (affected !== 1) return false;
      await tx.delete(OperatorLink, { operatorId: id });
      await this.audit.note(tx, 'disabled', id);
      return true;
    });
  }

  /** Lets an operator in again, with the password of before. */
  enable(email: string): Promise<StateChange> {
    return this.change(email, async (tx, { id }) => {
      const { affected } = await tx.update(Operator, { id, disabledAt: Not(IsNull()) }, { disabledAt: null });
      if (affected !== 1) return false;
      await this.audit.note(tx, 'enabled', id);
      return true;
    });
  }

  private async change(
    email: string,
    make: (tx: EntityManager, operator: Operator) => Promise<boolean>,
  ): Promise<StateChange> {
    return await this.database.transaction(async (tx) => {
      const operator = await tx.findOneBy(Operator, { email: canonicalEmail(email) });
      if (!operator) return 'unknown';
      return (await make(tx, operator)) ? 'changed' : 'unchanged';
    });
  }

  private async addedOrFound(tx: EntityManager, email: string, role: OperatorRole): Promise<Operator> {
    const added = await tx
      .createQueryBuilder()
      .insert()
      .into(Operator)
      .values({ email, role, createdAt: this.clock.now() })
      .orIgnore()
      .execute();
    const operator = await tx.findOneOrFail(Operator, { where: { email }, lock: { mode: 'pessimistic_write' } });
    if ((added.raw as unknown[]).length > 0) {
      await this.audit.note(tx, 'added', operator.id, undefined, { role });
    }
    return operator;
  }
}
