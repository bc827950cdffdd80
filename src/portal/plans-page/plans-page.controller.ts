import { Get, Inject, UseGuards } from '@nestjs/common';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { PlanOverviews } from '../../plans/overview/plan-overviews.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';
import { planCards } from './plan-cards.js';

/** The page that compares the plans. It needs no data of the server, so it is always there. */
@BrowserController(['realm/:uuid', 'server/:uuid'])
@UseGuards(PortalGuard)
export class PlansPageController {
  constructor(
    @Inject(PlanOverviews) private readonly overviews: PlanOverviews,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get(withSlash('plans'))
  async show(@CurrentEntity() { holder, base, host }: PortalEntity): Promise<Page> {
    const overview = await this.overviews.of(holder);
    if (!overview) throw new AppError('http.not-found');
    const { freeUsers } = this.settings.plans;
    return page('portal/plans', `Plans for ${host}`, {
      cards: planCards(overview, base, freeUsers),
      base,
      freeUsers,
      isPending: overview.sponsorship.isPending,
      requestedPlan: overview.sponsorship.requestedPlan,
      isSponsored: overview.isSponsored,
    });
  }
}
