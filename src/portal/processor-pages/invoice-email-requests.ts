import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { InvoiceEmails } from '../../plans/contact/invoice-emails.js';
import type { PortalEntity } from '../identity/current-entity.js';
import { LinkMailBudget } from '../links/link-mail-budget.js';

/** Asks a new address for invoices whether it agrees. Such a mail counts among those with links: nobody's mailbox is filled with them. */
@Injectable()
export class InvoiceEmailRequests {
  constructor(
    @Inject(InvoiceEmails) private readonly emails: InvoiceEmails,
    @Inject(LinkMailBudget) private readonly budget: LinkMailBudget,
  ) {}

  /** @throws AppError for what is no address, and where there were too many mails of late */
  send(
    { ip }: FastifyRequest,
    { holder, actor, serverId, serverUuid, host }: PortalEntity,
    email: string,
  ): Promise<void> {
    const server = { id: serverId, uuid: serverUuid, host };
    return this.emails.request(holder, email, actor, (tx) => this.budget.spend(tx, ip, server));
  }
}
