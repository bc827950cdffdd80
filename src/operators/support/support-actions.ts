import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { refusal } from '../../plans/catalogue/refusals.js';
import { TIER, tierName } from '../../plans/catalogue/tiers.js';
import { ComplimentaryAccess } from '../../plans/changes/complimentary-access.js';
import { Downgrades } from '../../plans/changes/downgrades.js';
import { FixedPrices } from '../../plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../plans/changes/negotiated-terms.js';
import { PlanProperties } from '../../plans/changes/plan-properties.js';
import { TierChanges } from '../../plans/changes/tier-changes.js';
import { DeactivationService } from '../../plans/deactivation/deactivation.service.js';
import { Sponsorships } from '../../plans/sponsorship/sponsorships.js';
import { DeactivationLinks } from '../../portal/deactivation/deactivation-links.js';
import { AUDIT_EVENT } from '../../registration/audit/audit-event.js';
import { type Actor, AuditNotes } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { ServerDirectory } from '../../registration/servers/server-directory.js';
import { dateTime, longDate, plural, shortMoney } from '../../sessions/pages/formats.js';
import type { DeactivationReason, SupportAction, SupportRequest } from './support-form.js';
import type { SupportTarget } from './support-targets.js';

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
    @Inject(TierChanges) private readonly tierChanges: TierChanges,
    @Inject(DeactivationService) private readonly deactivations: DeactivationService,
    @Inject(DeactivationLinks) private readonly links: DeactivationLinks,
    @Inject(ServerDirectory) private readonly directory: ServerDirectory,
    @InjectDataSource() private readonly database: DataSource,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
  ) {}

  /**
   * Does it.
   *
   * @returns what was done, in a sentence
   * @throws AppError 400, in words for the operator, where it is refused; nothing has changed then
   */
  async perform({ holder, action }: SupportRequest, target: SupportTarget, actor: Actor): Promise<string> {
    const { name } = target;
    switch (action.kind) {
      case 'approve-sponsorship': {
        const told = await this.sponsorships.approve(holder, actor);
        const mails =
          told === 0
            ? 'Nobody was mailed: there are no billing users.'
            : `${plural(told, 'person was', 'people were')} mailed.`;
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
      case 'tier-upgrade':
        await this.tierChanges.upgrade(holder, TIER.business, actor);
        return `${name} is on ${tierName(TIER.business)} now.`;
      case 'server-status':
        return this.serverStatus(target, action.isActive, action.reason, actor);
      case 'deactivation-link':
        return this.deactivationLink(target, action.minutes, actor);
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
        if (agreed.kind === 'scheduled')
          return `A plan for ${price} is scheduled for ${name}, from ${longDate(agreed.start)} on.`;
        return `${name} can now buy a plan for ${price}.`;
      }
      case 'remove-fixed-price': {
        const removed = await this.fixedPrices.remove(holder, actor);
        return removed === 'plan'
          ? `The scheduled fixed-price plan of ${name} was deleted.`
          : `The fixed-price offer for ${name} was deleted.`;
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

  private async serverStatus(
    { serverId, serverUuid, name }: SupportTarget,
    isActive: boolean,
    reason: DeactivationReason,
    actor: Actor,
  ): Promise<string> {
    const changed = isActive
      ? await this.deactivations.reactivate(serverId, actor)
      : await this.deactivations.deactivate(serverId, { actor, reason });
    // Other nodes hear of it in a moment; what this one answers next is right already.
    this.directory.forget(serverUuid);
    const state = isActive ? ['reactivated', 'active'] : ['deactivated', 'deactivated'];
    return `The registration of ${name} ${changed ? `is ${state[0]}` : `was ${state[1]} already`}.`;
  }

  private async deactivationLink({ serverId, name }: SupportTarget, minutes: number, actor: Actor): Promise<string> {
    const sent = await this.links.create(serverId, minutes);
    if (!sent) throw refusal('deactivated-already');
    await this.database.transaction((tx) =>
      this.audit.note(tx, { serverId }, AUDIT_EVENT.deactivationLinkSent, { life_minutes: minutes }, actor),
    );
    return `A link to deactivate ${name} was mailed to ${sent.sentTo}; it is good until ${dateTime(sent.expiresAt)}.`;
  }
}

type TermsAction = Extract<
  SupportAction,
  { kind: 'discounted-prices' | 'minimum-licenses' | 'required-tier' | 'fixed-price' | 'remove-fixed-price' }
>;

function priceName(cents: number): string {
  return cents === 0 ? 'the list price' : shortMoney(cents);
}
