import { Inject, Patch, Post, Req, UseGuards, UseInterceptors } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { planUpdateForm, toPlanUpdate } from '../../plans/changes/plan-update-form.js';
import { PlanUpdates } from '../../plans/changes/plan-updates.js';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';
import { CardUpdates } from '../processor-pages/card-updates.js';
import { InvoiceEmailRequests } from '../processor-pages/invoice-email-requests.js';

const customerForm = z.object({ email: z.string().max(254) });

/** What scripts call to change a plan. */
@BrowserController(['json/realm/:uuid', 'json/server/:uuid'])
@UseGuards(PortalGuard)
@UseInterceptors(EnvelopeInterceptor)
export class BillingController {
  constructor(
    @Inject(PlanUpdates) private readonly updates: PlanUpdates,
    @Inject(CardUpdates) private readonly cards: CardUpdates,
    @Inject(InvoiceEmailRequests) private readonly emails: InvoiceEmailRequests,
  ) {}

  @Patch('billing/plan')
  async change(
    @CurrentEntity() { holder, actor }: PortalEntity,
    @FormParameters(planUpdateForm) form: z.output<typeof planUpdateForm>,
  ): Promise<void> {
    await this.updates.update(holder, toPlanUpdate(form), actor);
  }

  /** Mails a link to the new address; invoices go there once it has been opened. */
  @Patch('billing/customer')
  async changeCustomer(
    @Req() request: FastifyRequest,
    @CurrentEntity() entity: PortalEntity,
    @FormParameters(customerForm) { email }: z.output<typeof customerForm>,
  ): Promise<void> {
    await this.emails.send(request, entity, email);
  }

  @Post('billing/session/start_card_update_session')
  async startCard(
    @CurrentEntity() entity: PortalEntity,
  ): Promise<{ readonly stripe_session_url: string; readonly stripe_session_id: string }> {
    const visit = await this.cards.start(entity);
    return { stripe_session_url: visit.url, stripe_session_id: visit.id };
  }
}
