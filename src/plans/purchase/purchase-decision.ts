import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { Registrants } from '../../registration/registrants/registrants.js';
import { SCHEDULE } from '../catalogue/plan-status.js';
import { generalFailure, refusal } from '../catalogue/refusals.js';
import { TIER, tierName } from '../catalogue/tiers.js';
import { BilledUsers } from '../customers/billed-users.js';
import { Customers, type LockedCustomer } from '../customers/customers.js';
import { PlanOffer } from '../customers/plan-offer.entity.js';
import { EndOfCycle } from '../ledger/end-of-cycle.service.js';
import type { Plan } from '../ledger/plan.entity.js';
import { isApplicable, OFFER_STATUS } from '../rules/fixed-price.js';
import { minimumLicenses, mostLicenses } from '../rules/licenses.js';
import { priceFor } from '../rules/prices.js';
import { chooseLicenses, isTrialEligible, type LicenseChoice, purchaseRefusal } from '../rules/purchase.js';
import { hadPlan } from './plan-history.js';
import type { PurchaseRequest } from './purchase-request.js';

/** What a purchase comes to. */
export interface PurchaseDecision {
  /** Undefined: nobody has been a customer there so far. */
  readonly owner: LockedCustomer | undefined;
  /** Complimentary access that makes way. */
  readonly live: Plan | null;
  readonly licenses: number;
  readonly automanageLicenses: boolean;
  readonly offer: PlanOffer | null;
  readonly way: 'invoice' | 'trial' | 'scheduled';
}

/** Decides whether and how somebody may buy, by how things stand in the transaction. */
@Injectable()
export class PurchaseDecisions {
  constructor(
    @Inject(Customers) private readonly customers: Customers,
    @Inject(Registrants) private readonly registrants: Registrants,
    @Inject(BilledUsers) private readonly users: BilledUsers,
    @Inject(EndOfCycle) private readonly endOfCycle: EndOfCycle,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws AppError where the purchase is refused */
  async decide(tx: EntityManager, holder: Registrant, request: PurchaseRequest): Promise<PurchaseDecision> {
    const now = this.clock.now();
    const { tier, schedule } = request;
    if (!Object.values(SCHEDULE).includes(schedule)) throw refusal('unknown-schedule');
    const owner = await this.customers.lockOf(tx, holder);
    const live = owner ? await this.endOfCycle.settle(tx, owner, now) : null;
    const refused = purchaseRefusal(live, tier);
    if (refused === 'already-scheduled') throw refusal('upgrade-scheduled');
    if (refused) throw refusal('not-upgradable', { from: tierName(live?.tier ?? TIER.free), to: tierName(tier) });

    const offer = owner ? await this.offerFor(tx, owner, tier) : null;
    const { licenses, automanageLicenses } = await this.licenses(tx, holder, owner, request, offer);
    const facts = { tier, trialDays: this.settings.plans.freeTrialDays, offerApplies: offer !== null };
    const isTrial = isTrialEligible({ ...facts, hadPlan: await hadPlan(tx, holder) });
    const way = isTrial ? 'trial' : live && request.startsAtPlanEnd ? 'scheduled' : 'invoice';
    return { owner, live, licenses, automanageLicenses, offer, way };
  }

  private async licenses(
    tx: EntityManager,
    holder: Registrant,
    owner: LockedCustomer | undefined,
    request: PurchaseRequest,
    offer: PlanOffer | null,
  ): Promise<Exclude<LicenseChoice, { refusal: string }>> {
    const customer = owner?.customer ?? null;
    const serverId = await this.registrants.lockServerOf(tx, holder);
    const users = serverId === undefined ? null : await this.users.count(tx, holder, serverId, this.clock.now());
    if (users === null) throw generalFailure(this.settings.mail.supportEmail, 'user counts are missing');
    const exempt = customer?.exemptFromLicenseNumberCheck ?? false;
    const needs = { users, minimum: minimumLicenses(customer, request.tier), exempt };
    // A fixed price counts none.
    if (offer) return { licenses: Math.max(needs.users, needs.minimum), automanageLicenses: true };
    const choice = chooseLicenses(request, needs);
    if (!('refusal' in choice)) {
      const maximum = mostLicenses(priceFor(customer, request.tier, request.schedule));
      if (choice.licenses > maximum) throw refusal('too-many-licenses', { maximum });
      return choice;
    }
    if (choice.refusal === 'management-missing') throw refusal('management-missing');
    throw refusal('too-few-licenses', { minimum: choice.fewest });
  }

  private async offerFor(tx: EntityManager, { customer }: LockedCustomer, tier: number): Promise<PlanOffer | null> {
    const offer = await tx.findOneBy(PlanOffer, { customerId: customer.id, status: OFFER_STATUS.configured });
    return isApplicable(offer, customer.requiredPlanTier, tier) ? offer : null;
  }
}
