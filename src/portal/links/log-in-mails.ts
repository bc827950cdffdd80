import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { MailOutbox } from '../../mail/mail-outbox.js';
import { ConfirmationLinks, type NewLink } from './confirmation-links.js';
import { LinkMailBudget } from './link-mail-budget.js';

/** How long a link in a mail is good. */
export const LINK_HOURS = 24;

/** Mails the links by which people log in. */
@Injectable()
export class LogInMails {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(ConfirmationLinks) private readonly links: ConfirmationLinks,
    @Inject(LinkMailBudget) private readonly budget: LinkMailBudget,
    @Inject(MailOutbox) private readonly outbox: MailOutbox,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Makes a link and mails it.
   *
   * @param ip who asks for it
   * @throws AppError where there were too many
   */
  async send(ip: string, link: Omit<NewLink, 'lifeMinutes'>): Promise<void> {
    const { entity, email } = link;
    await this.database.transaction(async (tx) => {
      await this.budget.spend(tx, ip, { id: entity.serverId, uuid: entity.serverUuid, host: entity.host });
      const url = await this.links.create(tx, { ...link, lifeMinutes: LINK_HOURS * 60 });
      const values = { name: entity.host, url, hours: LINK_HOURS, support: this.settings.mail.supportEmail };
      const kind = entity.kind === 'realm' ? 'confirm-log-in' : 'log-in-link';
      await this.outbox.enqueue(tx, { kind, to: email, values });
    });
  }
}
