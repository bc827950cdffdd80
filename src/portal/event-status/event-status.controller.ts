import { Get, Inject, UseGuards, UseInterceptors } from '@nestjs/common';
import { z } from 'zod';
import { EventStatuses, type InvoiceReply, type SessionReply } from '../../plans/purchase/event-statuses.js';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';

const question = z.object({ stripe_session_id: z.string().optional(), stripe_invoice_id: z.string().optional() });

/** Tells the script of the page that waits how far a card or a payment has come. */
@BrowserController(['json/realm/:uuid', 'json/server/:uuid'])
@UseGuards(PortalGuard)
@UseInterceptors(EnvelopeInterceptor)
export class EventStatusController {
  constructor(@Inject(EventStatuses) private readonly statuses: EventStatuses) {}

  @Get('billing/event/status')
  status(
    @CurrentEntity() { holder }: PortalEntity,
    @FormParameters(question) ids: z.output<typeof question>,
  ): Promise<SessionReply | InvoiceReply> {
    return this.statuses.of(holder, ids);
  }
}
