import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { MailOutbox } from '../../mail/mail-outbox.js';
import { ServerRecords } from '../../registration/servers/server-records.js';
import { waitInWords } from '../../sessions/throttle/wait-in-words.js';
import { PortalEntities } from '../identity/portal-entities.js';
import { ConfirmationLinks } from '../links/confirmation-links.js';

/** Links by which a server's contact can end its registration without the server's key; operators have them sent. */
@Injectable()
export class DeactivationLinks {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(PortalEntities) private readonly entities: PortalEntities,
    @Inject(ServerRecords) private readonly records: ServerRecords,
    @Inject(ConfirmationLinks) private readonly links: ConfirmationLinks,
    @Inject(MailOutbox) private readonly outbox: MailOutbox,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Mails a link to the contact address of a server. Undefined: there is no such server, or its registration has ended.
   *
   * @param lifeMinutes how long it is good
   */
  async create(
    serverId: string,
    lifeMinutes: number,
  ): Promise<{ readonly sentTo: string; readonly expiresAt: Date } | undefined> {
    const entity = await this.entities.byId({ serverId });
    if (!entity || entity.isDeactivated) return undefined;
    const [record] = await this.records.find(entity.uuid);
    if (!record) return undefined;
    const email = record.contactEmail;
    await this.database.transaction(async (tx) => {
      const url = await this.links.create(tx, { entity, email, nextPage: 'deactivate', lifeMinutes });
      const life = waitInWords(lifeMinutes * 60_000);
      const values = { name: entity.host, url, life, support: this.settings.mail.supportEmail };
      await this.outbox.enqueue(tx, { kind: 'deactivation-link', to: email, values });
    });
    return { sentTo: email, expiresAt: new Date(this.clock.millis() + lifeMinutes * 60_000) };
  }
}
