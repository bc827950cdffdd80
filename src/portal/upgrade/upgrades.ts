import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { isBillable } from '../../plans/catalogue/tiers.js';
import { CardSetups } from '../../plans/purchase/card-setups.js';
import type { PurchaseResult } from '../../plans/purchase/purchase-request.js';
import { Purchases } from '../../plans/purchase/purchases.js';
import { toPurchaseRequest, type upgradeForm } from '../../plans/purchase/upgrade-form.js';
import type { PortalEntity } from '../identity/current-entity.js';
import { query } from './upgrade-view.js';

/** Buying, from the page and from its JSON endpoints. */
@Injectable()
export class Upgrades {
  private readonly origin: string;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(Purchases) private readonly purchases: Purchases,
    @Inject(CardSetups) private readonly cards: CardSetups,
  ) {
    this.origin = settings.http.portalUrl;
  }

  /** @throws AppError where it is refused */
  buy({ holder, actor, billingUser }: PortalEntity, form: z.output<typeof upgradeForm>): Promise<PurchaseResult> {
    return this.purchases.buy(holder, toPurchaseRequest(form, billingUser.email), actor);
  }

  /** The provider's page on which a card is entered; it leads back here. @throws AppError */
  startCard(
    { holder, actor, base, billingUser }: PortalEntity,
    tier: number,
    manual: boolean,
  ): Promise<{ readonly url: string; readonly id: string }> {
    if (!isBillable(tier)) throw new AppError('params.not-allowed', { name: 'tier' });
    return this.cards.start(holder, {
      from: { page: 'upgrade', tier, manual, email: billingUser.email },
      successUrl: `${this.origin}${base}/billing/event_status/?stripe_session_id={CHECKOUT_SESSION_ID}`,
      cancelUrl: this.origin + query(base, tier, { manual, byInvoice: false }),
      actor,
    });
  }
}
