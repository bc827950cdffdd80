import { Get, HttpCode, Inject, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import type { PlanOverview } from '../../plans/overview/plan-overview.js';
import { PlanOverviews } from '../../plans/overview/plan-overviews.js';
import { readSponsorshipForm } from '../../plans/sponsorship/sponsorship-form.js';
import { Sponsorships } from '../../plans/sponsorship/sponsorships.js';
import { formFields } from '../../protocol/request.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Page, type Redirect, seeOther } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';
import { sponsorshipPage } from './sponsorship-view.js';

/** Where organizations ask for sponsorship or a discount, and see how their request stands. */
@BrowserController(['realm/:uuid', 'server/:uuid'])
@UseGuards(PortalGuard)
export class SponsorshipPageController {
  constructor(
    @Inject(PlanOverviews) private readonly overviews: PlanOverviews,
    @Inject(Sponsorships) private readonly sponsorships: Sponsorships,
  ) {}

  @Get(withSlash('sponsorship'))
  async show(@CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    const overview = await this.overview(entity);
    return sponsorshipPage(entity, overview, { entered: { organization_type: String(overview.orgType) } });
  }

  @Post(withSlash('sponsorship'))
  @HttpCode(200)
  async request(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    const fields = formFields(request);
    const read = readSponsorshipForm(fields);
    if (!read.ok) {
      return sponsorshipPage(entity, await this.overview(entity), { entered: fields, problems: read.problems });
    }
    const { holder, base, billingUser, actor } = entity;
    try {
      await this.sponsorships.request(holder, read.form, { name: billingUser.name, email: billingUser.email }, actor);
      flash(request, 'success', 'Your request was sent. We answer by mail.');
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 400) throw error;
      flash(request, 'error', error.clientMessage);
    }
    return seeOther(`${base}/sponsorship/`);
  }

  private async overview({ holder }: PortalEntity): Promise<PlanOverview> {
    const overview = await this.overviews.of(holder);
    if (!overview) throw new AppError('http.not-found');
    return overview;
  }
}
