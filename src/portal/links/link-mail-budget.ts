import { createHmac } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type EntityManager, LessThanOrEqual } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { AppError } from '../../common/errors.js';
import { SESSION_SECRETS } from '../../config/session-secrets.js';
import { addressKey } from '../../sessions/throttle/address-key.js';
import { waitInWords } from '../../sessions/throttle/wait-in-words.js';
import { LinkMail } from './link-mail.entity.js';

const DAY = 24 * 60 * 60 * 1_000;

/** Mails with links that are sent within 24 hours. */
@Injectable()
export class LinkMailLimits {
  /** Asked for from one network address. */
  perAddress = 5;
  /** For a server, all its realms included. */
  perServer = 10;
}

/** Keeps people from having others' mailboxes filled. Counted in the database: a restart gives nothing back. */
@Injectable()
export class LinkMailBudget {
  private readonly logger = new Logger(LinkMailBudget.name);

  constructor(
    @Inject(LinkMailLimits) private readonly limits: LinkMailLimits,
    @Inject(SESSION_SECRETS) private readonly secrets: readonly string[],
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Counts one mail, in the transaction that writes it. What is refused uses nothing up.
   *
   * @param ip whose request it is
   * @throws AppError `login.address-mails`, `login.server-mails`
   */
  async spend(
    tx: EntityManager,
    ip: string,
    server: { readonly id: string; readonly uuid: string; readonly host: string },
  ): Promise<void> {
    const now = this.clock.now();
    // One at a time: mails are few, and two that cross must not share the last one.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('portal link mails'))`);
    await tx.delete(LinkMail, { sentAt: LessThanOrEqual(new Date(now.getTime() - DAY)) });
    const addressDigest = this.digest(ip);
    const { perAddress, perServer } = this.limits;
    await this.check(tx, { addressDigest }, perAddress, 'login.address-mails');
    try {
      await this.check(tx, { serverId: server.id }, perServer, 'login.server-mails');
    } catch (error) {
      this.logger.warn('a server has had all its mails with links of the day', {
        host: server.host,
        uuid: server.uuid.slice(0, 8),
      });
      throw error;
    }
    await tx.insert(LinkMail, { serverId: server.id, addressDigest, sentAt: now });
  }

  private async check(
    tx: EntityManager,
    where: Partial<LinkMail>,
    limit: number,
    problem: 'login.address-mails' | 'login.server-mails',
  ): Promise<void> {
    const sent = await tx.find(LinkMail, { where, order: { sentAt: 'DESC' }, take: limit });
    const oldest = sent.at(-1);
    if (sent.length < limit || !oldest) return;
    const wait = oldest.sentAt.getTime() + DAY - this.clock.millis();
    const seconds = String(Math.ceil(wait / 1_000));
    throw new AppError(problem, { wait: waitInWords(wait) }, {}, { 'Retry-After': seconds });
  }

  /** Who reads the table learns no addresses from it. */
  private digest(ip: string): Buffer {
    return createHmac('sha256', this.secrets[0] ?? '')
      .update(`link mails of ${addressKey(ip)}`)
      .digest();
  }
}
