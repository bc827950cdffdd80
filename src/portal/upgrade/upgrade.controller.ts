import { Inject, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { cardSetupForm, purchaseReply, upgradeForm } from '../../plans/purchase/upgrade-form.js';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';
import { Upgrades } from './upgrades.js';

/** What scripts call to buy a plan. */
@BrowserController(['json/realm/:uuid', 'json/server/:uuid'])
@UseGuards(PortalGuard)
@UseInterceptors(EnvelopeInterceptor)
export class UpgradeController {
  constructor(@Inject(Upgrades) private readonly upgrades: Upgrades) {}

  @Post('billing/upgrade')
  async buy(
    @CurrentEntity() entity: PortalEntity,
    @FormParameters(upgradeForm) form: z.output<typeof upgradeForm>,
  ): Promise<ReturnType<typeof purchaseReply>> {
    return purchaseReply(await this.upgrades.buy(entity, form));
  }

  @Post('upgrade/session/start_card_update_session')
  async startCard(
    @CurrentEntity() entity: PortalEntity,
    @FormParameters(cardSetupForm) form: z.output<typeof cardSetupForm>,
  ): Promise<{ readonly stripe_session_url: string; readonly stripe_session_id: string }> {
    const visit = await this.upgrades.startCard(entity, form.tier, form.manual_license_management ?? false);
    return { stripe_session_url: visit.url, stripe_session_id: visit.id };
  }
}
