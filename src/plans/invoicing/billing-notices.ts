import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { MailOutbox } from '../../mail/mail-outbox.js';
import type { MailKind, MailValues } from '../../mail/mail-values.js';
import type { Registrant } from '../../registration/registrants/registrant.js';

interface Named {
  readonly name: string;
  readonly uuid: string;
}

const SERVER = 'SELECT hostname AS name, uuid FROM remote_servers WHERE id = $1';
const REALM = 'SELECT host AS name, uuid FROM remote_realms WHERE id = $1';

/** Mails to those who sell, about one server or realm. */
@Injectable()
export class BillingNotices {
  constructor(
    @Inject(MailOutbox) private readonly outbox: MailOutbox,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Writes a mail that names the customer and leads to its support page, as part of the transaction. */
  async send<K extends 'license-discrepancy' | 'stale-audit-data' | 'fixed-price-plan-ending' | 'invoice-event-failed'>(
    tx: EntityManager,
    holder: Registrant,
    kind: K,
    values: Omit<MailValues[K], 'name' | 'supportUrl'>,
  ): Promise<void> {
    const about = await this.about(tx, holder);
    await this.write(tx, kind, { ...values, ...about } as MailValues[K]);
  }

  /** How the customer is called, and where operators find it. */
  async about(tx: EntityManager, holder: Registrant): Promise<{ readonly name: string; readonly supportUrl: string }> {
    const { name, uuid } = await nameOf(tx, holder);
    const { operatorUrl } = this.settings.http;
    return { name, supportUrl: `${operatorUrl}/activity/remote/support?q=${encodeURIComponent(uuid)}` };
  }

  /** Writes a mail to those who sell. */
  async write<K extends MailKind>(tx: EntityManager, kind: K, values: MailValues[K], replyTo?: string): Promise<void> {
    const to = this.settings.mail.billingEmail;
    await this.outbox.enqueue(tx, { kind, to, values, ...(replyTo ? { replyTo } : {}) });
  }
}

/** The host of a server or realm, by which people know it, and its UUID. */
export async function nameOf(tx: EntityManager, holder: Registrant): Promise<Named> {
  const [statement, id] = 'serverId' in holder ? [SERVER, holder.serverId] : [REALM, holder.realmId];
  const [row] = await tx.query<Named[]>(statement, [id]);
  return row ?? { name: '', uuid: '' };
}
