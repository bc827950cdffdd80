import { Controller, Headers, HttpCode, Inject, Logger, Post, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { safeDescription } from '../../protocol/error-description.js';
import { bodyBytes } from '../../protocol/request.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import type { BillingEvent } from '../stripe/billing-objects.js';
import { WebhookRefused } from '../stripe/billing-problem.js';
import { WebhookInbox } from '../stripe/webhook-inbox.js';
import { StripeEventHandler } from './stripe-event-handler.js';

/** So long an answer waits for what an event brings about; Stripe itself waits longer. */
const WAIT_MILLIS = 10_000;

/** Where Stripe tells of what happened there (docs.stripe.com/webhooks). */
@ApiExcludeController()
@Controller('stripe')
export class WebhookController {
  private readonly logger = new Logger(WebhookController.name);

  constructor(
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(WebhookInbox) private readonly inbox: WebhookInbox,
    @Inject(StripeEventHandler) private readonly handler: StripeEventHandler,
  ) {}

  /** The framework takes one slash from the end of a path; this one keeps its own. */
  @Post(['webhook//', 'webhook'])
  @HttpCode(200)
  async receive(@Req() request: FastifyRequest, @Headers('stripe-signature') signature?: string): Promise<object> {
    const customerId = await this.inbox.take(this.verified(bodyBytes(request), signature));
    if (customerId !== undefined) await this.handleFor(customerId);
    return { result: 'success', msg: '' };
  }

  private verified(body: Buffer, signature: string | undefined): BillingEvent {
    try {
      return this.gateway.verifyWebhook(body, signature);
    } catch (error) {
      if (!(error instanceof WebhookRefused)) throw error;
      const { reason } = error;
      if (reason === 'wrong-version') this.logger.error('the webhook endpoint is set to another API version');
      else this.logger.warn('a webhook was refused', { reason });
      throw new AppError('billing.webhook', { reason });
    }
  }

  /** The event is kept, so whatever happens here is tried again, and Stripe need not send it again. */
  private async handleFor(customerId: string): Promise<void> {
    const work = this.handler.handle(customerId).catch((error: unknown) => {
      this.logger.error('events of Stripe could not be handled', { customerId, error: safeDescription(error) });
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, WAIT_MILLIS);
    });
    await Promise.race([work, late]);
    clearTimeout(timer);
  }
}
