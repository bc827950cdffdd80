import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, LessThan } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { UsedToken } from './used-token.entity.js';

/** Remembers the tokens that somebody has logged in with, on every node: each is good for one login. */
@Injectable()
export class UsedTokens {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  isUsed(tokenId: string): Promise<boolean> {
    return this.database.manager.existsBy(UsedToken, { tokenId });
  }

  /** Uses a token up, in the caller's transaction; false where that has happened already. */
  async use(tx: EntityManager, tokenId: string, expiresAt: Date): Promise<boolean> {
    await tx.delete(UsedToken, { expiresAt: LessThan(this.clock.now()) });
    const { raw } = await tx
      .createQueryBuilder()
      .insert()
      .into(UsedToken)
      .values({ tokenId, expiresAt })
      .orIgnore()
      .returning('token_id')
      .execute();
    return (raw as unknown[]).length === 1;
  }
}
