import { Inject, Injectable } from '@nestjs/common';
import { ComplimentaryAccess } from '../../plans/changes/complimentary-access.js';
import { Downgrades } from '../../plans/changes/downgrades.js';
import { FixedPrices } from '../../plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../plans/changes/negotiated-terms.js';
import { PlanProperties } from '../../plans/changes/plan-properties.js';
import { tierName } from '../../plans/catalogue/tiers.js';
import { DeactivationService } from '../../plans/deactivation/deactivation.service.js';
import { Sponsorships } from '../../plans/sponsorship/sponsorships.js';
import type { Actor } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { longDate, plural, shortMoney } from '../../sessions/pages/formats.js';
import type { SupportAction, SupportRequest } from './support-form.js';

/** Does what operators want done for a customer, and says what was done. Who did it goes to the customer's audit log. */
@Injectable()
export class SupportActions {
  constructor(
    @Inject(Sponsorships) private readonly sponsorships: Sponsorships,
    @Inject(NegotiatedTerms) private readonly terms: NegotiatedTerms,
    @Inject(FixedPrices) private readonly fixedPrices: FixedPrices,
    @Inject(ComplimentaryAccess) private readonly complimentary: ComplimentaryAccess,
    @Inject(PlanProperties) private readonly properties: PlanProperties,
    @Inject(Downgrades) private readonly downgrades: Downgrades,
    @Inject(DeactivationService) private readonly deactivations: DeactivationService,
  ) {}

  /**
   * Does it.
   *
   * @param name of the realm, or host of the server
   * @returns what was done, in a sentence
   * @throws AppError 400, in words for the operator, where it is refused; nothing has changed then
   */
  async perform({ holder, action }: SupportRequest, name: string, actor: Actor): Promise<string> {
    switch (action.kind) {
      case 'approve-sponsorship': {
        const told = await this.sponsorships.approve(holder, actor);
        const mails = told === 0 ? 'Nobody was mailed: there are no billing users.' : `${plural(told, 'person was', 'people were')} mailed.`;
        return `Sponsorship approved for ${name}. ${mails}`;
      }
      case 'sponsorship-pending':
        await this.sponsorships.setPending(holder, action.pending, actor);
        return `${name} is ${action.pending ? 'now' : 'no longer'} pending sponsorship.`;
      case 'modality':
        await this.properties.setModality(holder, action.chargeAutomatically, actor);
        return `${name} now pays ${action.chargeAutomatically ? 'by card' : 'by invoice'}.`;
      case 'plan-end':
        await this.properties.setEndDate(holder, action.endsAt, actor);
        return `The current plan of ${name} now ends on ${longDate(action.endsAt)}.`;
      case 'complimentary-access':
        await this.complimentary.grant(holder, action.until, actor);
        return `Complimentary access for ${name} is configured to end on ${longDate(action.until)}.`;
      case 'downgrade':
        return this.downgrade(holder, action.how, name, actor);
      case 'server-status':
        return this.serverStatus(holder, action.isActive, name, actor);
      default:
        return this.agree(holder, action, name, actor);
    }
  }

  private async agree(holder: Registrant, action: TermsAction, name: string, actor: Actor): Promise<string> {
    switch (action.kind) {
      case 'discounted-prices': {
        const { before, after } = await this.terms.setPrices(holder, action, actor);
        const change = (from: number, to: number) => `${priceName(from)} to ${priceName(to)}`;
        return `Price per license of ${name}: monthly from ${change(before.monthly, after.monthly)}, annual from ${change(before.annual, after.annual)}.`;
      }
      case 'minimum-licenses': {
        const { before, after } = await this.terms.setMinimum(holder, action.licenses, actor);
        return `Fewest licenses of ${name}: from ${before ?? 'none'} to ${after ?? 'none'}.`;
      }
      case 'required-tier': {
        const { after } = await this.terms.requireTier(holder, action.tier, actor);
        return `Required plan of ${name}: set to ${after === null ? 'none' : tierName(after)}.`;
      }
      case 'fixed-price': {
        const agreed = await this.fixedPrices.agree(holder, action.cents, action.invoiceId, actor);
        const price = `${shortMoney(action.cents)} a year`;
        if (agreed.kind === 'scheduled') return `A plan for ${price} is scheduled for ${name}, from ${longDate(agreed.start)} on.`;
        return `${name} can now buy a plan for ${price}.`;
      }
      case 'remove-fixed-price': {
        const removed = await this.fixedPrices.remove(holder, actor);
        return removed === 'plan' ? `The scheduled fixed-price plan of ${name} was deleted.` : `The fixed-price offer for ${name} was deleted.`;
      }
    }
  }

  private async downgrade(
    holder: Registrant,
    how: 'at-cycle-end' | 'now' | 'now-and-void',
    name: string,
    actor: Actor,
  ): Promise<string> {
    if (how === 'at-cycle-end') {
      await this.downgrades.atCycleEnd(holder, actor);
      return `${name} is marked to be downgraded at the end of its billing cycle.`;
    }
    if (how === 'now') {
      await this.downgrades.now(holder, actor);
      return `${name} is downgraded.`;
    }
    const voided = await this.downgrades.nowAndVoid(holder, actor);
    return `${name} is downgraded, and ${plural(voided, 'open invoice was', 'open invoices were')} voided.`;
  }

  private async serverStatus(holder: Registrant, isActive: boolean, name: string, actor: Actor): Promise<string> {
    const serverId = 'serverId' in holder ? holder.serverId : '';
    if (isActive) {
      const changed = await this.deactivations.reactivate(serverId, actor);
      return changed ? `The registration of ${name} is reactivated.` : `The registration of ${name} was active already.`;
    }
    const changed = await this.deactivations.deactivate(serverId, { actor });
    return changed ? `The registration of ${name} is deactivated.` : `The registration of ${name} was deactivated already.`;
  }
}

type TermsAction = Extract<
  SupportAction,
  { kind: 'discounted-prices' | 'minimum-licenses' | 'required-tier' | 'fixed-price' | 'remove-fixed-price' }
>;

function priceName(cents: number): string {
  return cents === 0 ? 'the list price' : shortMoney(cents);
}
