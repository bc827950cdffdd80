import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { MailOutbox } from '../../mail/mail-outbox.js';
import { isPaid, tierName } from '../catalogue/tiers.js';

interface GoneRealm {
  readonly uuid: string;
  readonly name: string;
  readonly plan_type: number;
}

const DAY_MILLIS = 86_400_000;

// 20003 is noted each time that a realm disappears, this time too.
const FIRST_OF_THE_DAY = `
  SELECT uuid, COALESCE(NULLIF(name, ''), host) AS name, plan_type FROM remote_realms r
  WHERE id = ANY ($1::bigint[]) AND 1 = (
    SELECT count(*) FROM remote_realm_audit_log a
    WHERE a.remote_realm_id = r.id AND a.event_type = 20003 AND a.event_time > $2
  )
  ORDER BY id`;

/** Tells the operators of organizations that pay and are missing from what their server uploads: the plan goes on, so somebody should ask. */
@Injectable()
export class PaidRealmNotice {
  constructor(
    @Inject(MailOutbox) private readonly outbox: MailOutbox,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Puts the mail for realms that have just disappeared into the outbox, in the transaction that noted it. A server that comes and goes
   * makes one mail a day for each of them.
   */
  async send(tx: EntityManager, realmIds: readonly string[]): Promise<void> {
    if (realmIds.length === 0) return;
    const yesterday = new Date(this.clock.millis() - DAY_MILLIS);
    const gone = await tx.query<GoneRealm[]>(FIRST_OF_THE_DAY, [realmIds, yesterday]);
    const { http, mail } = this.settings;
    for (const { uuid, name, plan_type: planType } of gone) {
      if (!isPaid(planType)) continue;
      const supportUrl = new URL(`/activity/remote/support?q=${uuid}`, http.operatorUrl).href;
      const values = { name, plan: tierName(planType), supportUrl };
      await this.outbox.enqueue(tx, { kind: 'paid-realm-disappeared', to: mail.billingEmail, values });
    }
  }
}
