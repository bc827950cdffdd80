import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { CardSetups } from '../../plans/purchase/card-setups.js';
import type { PortalEntity } from '../identity/current-entity.js';

/** Changing the card of a plan. */
@Injectable()
export class CardUpdates {
  private readonly origin: string;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(CardSetups) private readonly cards: CardSetups,
  ) {
    this.origin = settings.http.portalUrl;
  }

  /** The provider's page on which the card is entered; it leads back to the billing page. @throws AppError */
  start({ holder, actor, base }: PortalEntity): Promise<{ readonly url: string; readonly id: string }> {
    return this.cards.start(holder, {
      from: { page: 'billing' },
      successUrl: `${this.origin}${base}/billing/event_status/?stripe_session_id={CHECKOUT_SESSION_ID}`,
      cancelUrl: `${this.origin}${base}/billing/`,
      actor,
    });
  }
}
