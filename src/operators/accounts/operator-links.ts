import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, IsNull, MoreThan } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { keyDigest } from '../../common/key-digest.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { type KnownOperator, knownOperator } from './known-operator.js';
import { Operator } from './operator.entity.js';
import { OperatorLink } from './operator-link.entity.js';

/** How long a link is good for, milliseconds. */
const LIFETIME = 24 * 60 * 60 * 1_000;
const TOKEN_BYTES = 32;

/** The links by which operators set their passwords. Each is good once, for a day, and only while it is the latest one. */
@Injectable()
export class OperatorLinks {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** A new link, in the caller's transaction; the one before it dies. Only its digest is kept. */
  async make(tx: EntityManager, operatorId: string): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const expiresAt = new Date(this.clock.millis() + LIFETIME);
    await tx.upsert(OperatorLink, { operatorId, tokenDigest: keyDigest(token), expiresAt }, ['operatorId']);
    return `${this.settings.http.operatorUrl}/login/link/${token}/`;
  }

  /** Whose link this is; undefined where it is unknown, used or too old, or its operator disabled. */
  async find(token: string): Promise<KnownOperator | undefined> {
    const link = await this.database.manager.findOneBy(OperatorLink, this.good(token));
    if (!link) return undefined;
    const operator = await this.database.manager.findOneBy(Operator, { id: link.operatorId, disabledAt: IsNull() });
    return operator ? knownOperator(operator) : undefined;
  }

  /** Uses the link up, in the caller's transaction; false where somebody else was faster, or it is no longer good. */
  async use(tx: EntityManager, token: string): Promise<boolean> {
    const { affected } = await tx.delete(OperatorLink, this.good(token));
    return affected === 1;
  }

  private good(token: string) {
    return { tokenDigest: keyDigest(token), expiresAt: MoreThan(this.clock.now()) };
  }
}
