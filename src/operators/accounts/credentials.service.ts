import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, IsNull } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { canonicalEmail, type KnownOperator, knownOperator } from './known-operator.js';
import { Operator } from './operator.entity.js';
import { OperatorAudit } from './operator-audit.js';
import { OperatorLinks } from './operator-links.js';
import { hashPassword, passwordMatches } from './passwords.js';
import { SecondFactors } from './second-factors.js';

/** A second factor of which a code was proven. */
export interface ProvenFactor {
  readonly secret: string;
  readonly step: number;
}

/** An operator whose credentials have changed, with recovery codes if there are new ones. */
export interface Renewed {
  readonly operator: KnownOperator;
  readonly recoveryCodes: readonly string[];
}

/** How operators prove who they are, and how they change by what they do. Every change ends all their sessions. */
@Injectable()
export class Credentials {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(OperatorLinks) private readonly links: OperatorLinks,
    @Inject(SecondFactors) private readonly secondFactors: SecondFactors,
    @Inject(OperatorAudit) private readonly audit: OperatorAudit,
  ) {}

  /** The operator with this e-mail address and password; whoever it is not takes as long. */
  async byPassword(email: string, password: string): Promise<KnownOperator | undefined> {
    const operator = await this.database.manager.findOneBy(Operator, { email: canonicalEmail(email) });
    const matches = await passwordMatches(password, operator?.passwordHash);
    return matches && operator?.disabledAt === null ? knownOperator(operator) : undefined;
  }

  /** The enabled operator with this e-mail address, for whom somebody else vouches. */
  async byEmail(email: string): Promise<KnownOperator | undefined> {
    return await this.enabled({ email: canonicalEmail(email) });
  }

  /** The enabled operator with this id. */
  async byId(id: string): Promise<KnownOperator | undefined> {
    return await this.enabled({ id });
  }

  /**
   * Uses a link: the password is the new one, and the second factor, or none, takes the place of the one before. Whoever may run
   * the command that makes links can change everything anyway, and this is how an operator gets in who has lost the phone.
   *
   * @returns undefined where the link is no longer good
   */
  async useLink(token: string, password: string, factor?: ProvenFactor): Promise<Renewed | undefined> {
    const passwordHash = await hashPassword(password);
    const found = await this.links.find(token);
    if (!found) return undefined;
    return await this.database.transaction(async (tx) => {
      if (!(await this.links.use(tx, token))) return undefined;
      await tx.update(Operator, found.id, { passwordHash });
      await tx.update(Operator, { id: found.id, enrolledAt: IsNull() }, { enrolledAt: this.clock.now() });
      await this.audit.note(tx, 'password set by link', found.id, found.id);
      if (!factor && found.secondFactorSince) await this.secondFactors.remove(tx, found.id);
      return await this.renewed(tx, found.id, factor);
    });
  }

  async changePassword(operatorId: string, password: string): Promise<Renewed> {
    const passwordHash = await hashPassword(password);
    return await this.database.transaction(async (tx) => {
      await tx.update(Operator, operatorId, { passwordHash });
      await this.audit.note(tx, 'password changed', operatorId, operatorId);
      return await this.renewed(tx, operatorId);
    });
  }

  /** Enrols a second factor, or another one in place of the one before. */
  async enrolSecondFactor(operatorId: string, factor: ProvenFactor): Promise<Renewed> {
    return await this.database.transaction((tx) => this.renewed(tx, operatorId, factor));
  }

  async removeSecondFactor(operatorId: string): Promise<Renewed> {
    return await this.database.transaction(async (tx) => {
      await this.secondFactors.remove(tx, operatorId);
      return await this.renewed(tx, operatorId);
    });
  }

  /** Notes that an operator has logged in. @param by what the operator showed */
  async noteLogin(operatorId: string, by: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.update(Operator, operatorId, { lastLoginAt: this.clock.now() });
      await this.audit.note(tx, 'logged in', operatorId, operatorId, { by });
    });
  }

  private async enabled(where: { id: string } | { email: string }): Promise<KnownOperator | undefined> {
    const operator = await this.database.manager.findOneBy(Operator, { ...where, disabledAt: IsNull() });
    return operator ? knownOperator(operator) : undefined;
  }

  private async renewed(tx: EntityManager, id: string, factor?: ProvenFactor): Promise<Renewed> {
    const recoveryCodes = factor ? await this.secondFactors.enrol(tx, id, factor.secret, factor.step) : [];
    await tx.update(Operator, id, { sessionEpoch: () => 'session_epoch + 1' });
    return { operator: knownOperator(await tx.findOneByOrFail(Operator, { id })), recoveryCodes };
  }
}
