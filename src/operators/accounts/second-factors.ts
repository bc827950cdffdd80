import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { Operator } from './operator.entity.js';
import { OperatorAudit } from './operator-audit.js';
import { RecoveryCode } from './recovery-code.entity.js';
import { newRecoveryCodes, recoveryCodeDigest } from './recovery-codes.js';
import { SecretSeal } from './secret-seal.js';
import { newTotpSecret, totpStep } from './totp.js';

/** Each step is accepted once: of two requests with the same code one changes the row. */
const ACCEPT_STEP = `
  UPDATE operators SET totp_last_step = $2, totp_secret = coalesce($3, totp_secret)
  WHERE id = $1 AND totp_secret = $4 AND (totp_last_step IS NULL OR totp_last_step < $2)`;

/** The second factors of operators: time-based codes (RFC 6238), and recovery codes that stand in for them. */
@Injectable()
export class SecondFactors {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SecretSeal) private readonly seal: SecretSeal,
    @Inject(OperatorAudit) private readonly audit: OperatorAudit,
  ) {}

  /** A new secret for an operator, sealed: nothing is enrolled yet. */
  prepare(operatorId: string): Promise<string> {
    return this.seal.seal(operatorId, newTotpSecret());
  }

  /** A secret that was prepared for this operator, in base 32. */
  async prepared(operatorId: string, sealed: string): Promise<string | undefined> {
    return (await this.seal.open(operatorId, sealed))?.text;
  }

  /** The time step of a code, where it proves that the secret has arrived in an app; undefined otherwise. */
  provenStep(secret: string, code: string): number | undefined {
    return totpStep(secret, code, this.clock.millis());
  }

  /** Enrols a secret of which a code was proven, in the caller's transaction; answers new recovery codes, which nobody sees again. */
  async enrol(tx: EntityManager, operatorId: string, secret: string, step: number): Promise<string[]> {
    await tx.update(Operator, operatorId, {
      totpSecret: await this.seal.seal(operatorId, secret),
      totpEnrolledAt: this.clock.now(),
      totpLastStep: String(step),
    });
    await this.audit.note(tx, 'second factor enrolled', operatorId, operatorId);
    return await this.replaceCodes(tx, operatorId);
  }

  /** Takes an operator's second factor and recovery codes away, in the caller's transaction. */
  async remove(tx: EntityManager, operatorId: string): Promise<void> {
    await tx.update(Operator, operatorId, { totpSecret: null, totpEnrolledAt: null, totpLastStep: null });
    await tx.delete(RecoveryCode, { operatorId });
    await this.audit.note(tx, 'second factor removed', operatorId, operatorId);
  }

  /** New recovery codes in place of those of before. */
  async renewCodes(operatorId: string): Promise<string[]> {
    return await this.database.transaction(async (tx) => {
      await this.audit.note(tx, 'recovery codes renewed', operatorId, operatorId);
      return await this.replaceCodes(tx, operatorId);
    });
  }

  /** How many recovery codes are left. */
  codesLeft(operatorId: string): Promise<number> {
    return this.database.manager.countBy(RecoveryCode, { operatorId });
  }

  /** Whether this is a code that is good now, from the app or a recovery code; it is not good again. */
  async accept(operatorId: string, code: string): Promise<boolean> {
    if (/^[\d\s]{6,}$/.test(code)) return await this.acceptStep(operatorId, code);
    return await this.database.transaction(async (tx) => {
      const { affected } = await tx.delete(RecoveryCode, { operatorId, codeDigest: recoveryCodeDigest(code) });
      if (affected !== 1) return false;
      await this.audit.note(tx, 'recovery code used', operatorId, operatorId);
      return true;
    });
  }

  private async acceptStep(operatorId: string, code: string): Promise<boolean> {
    const { totpSecret } = await this.database.manager.findOneByOrFail(Operator, { id: operatorId });
    const opened = totpSecret === null ? undefined : await this.seal.open(operatorId, totpSecret);
    const step = opened && totpStep(opened.text, code, this.clock.millis());
    if (step === undefined) return false;
    const sealedAgain = opened?.outdated ? await this.seal.seal(operatorId, opened.text) : null;
    const values = [operatorId, step, sealedAgain, totpSecret];
    const [, changed] = await this.database.query<[unknown[], number]>(ACCEPT_STEP, values);
    return changed === 1;
  }

  private async replaceCodes(tx: EntityManager, operatorId: string): Promise<string[]> {
    const codes = newRecoveryCodes();
    const createdAt = this.clock.now();
    await tx.delete(RecoveryCode, { operatorId });
    await tx.insert(
      RecoveryCode,
      codes.map((code) => ({ operatorId, codeDigest: recoveryCodeDigest(code), createdAt })),
    );
    return codes;
  }
}
