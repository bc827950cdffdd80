import { Inject, Post, Req, UseGuards, UseInterceptors } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { readSponsorshipForm } from '../../plans/sponsorship/sponsorship-form.js';
import { Sponsorships } from '../../plans/sponsorship/sponsorships.js';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { formFields } from '../../protocol/request.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';

/** What scripts call to ask for sponsorship or a discount. A refusal names what is wrong with each field, under `problems`. */
@BrowserController(['json/realm/:uuid', 'json/server/:uuid'])
@UseGuards(PortalGuard)
@UseInterceptors(EnvelopeInterceptor)
export class SponsorshipController {
  constructor(@Inject(Sponsorships) private readonly sponsorships: Sponsorships) {}

  @Post('billing/sponsorship')
  async request(
    @Req() request: FastifyRequest,
    @CurrentEntity() { holder, actor, billingUser }: PortalEntity,
  ): Promise<void> {
    const read = readSponsorshipForm(formFields(request));
    if (!read.ok) {
      const { message: problem, problems } = read;
      throw new AppError('billing.refused', { problem }, { error_description: 'Form validation error', problems });
    }
    await this.sponsorships.request(holder, read.form, { name: billingUser.name, email: billingUser.email }, actor);
  }
}
