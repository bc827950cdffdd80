import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { isPaid, TIER } from '../catalogue/tiers.js';
import { BilledUsers } from '../customers/billed-users.js';
import { Customer } from '../customers/customer.entity.js';
import { PlanOffer } from '../customers/plan-offer.entity.js';
import { SponsorshipRequest } from '../customers/sponsorship-request.entity.js';
import type { Plan } from '../ledger/plan.entity.js';
import { PlanStore } from '../ledger/plan-store.js';
import { isStale } from '../permission/decide-permission.js';
import { hadPlan } from '../purchase/plan-history.js';
import { isApplicable, OFFER_STATUS } from '../rules/fixed-price.js';
import { isTrialEligible } from '../rules/purchase.js';
import { type HolderFacts, holderFacts } from './holder-facts.js';
import type { PlanOverview, UsageData } from './plan-overview.js';
import { shownPlan } from './shown-plan.js';

/** An overview, with the rows that it was made from. */
export interface OverviewRows {
  readonly overview: PlanOverview;
  readonly customer: Customer | null;
  readonly live: Plan | null;
  readonly next: Plan | null;
  /** A fixed price that can be bought. */
  readonly offer: PlanOffer | null;
}

/** Tells how servers and realms stand towards billing. Nothing is changed, and nobody else is asked. */
@Injectable()
export class PlanOverviews {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(BilledUsers) private readonly users: BilledUsers,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** How a server or realm stands; undefined where there is none. A cycle that ended and was not looked at since still runs. */
  async of(holder: Registrant): Promise<PlanOverview | undefined> {
    const rows = await this.database.transaction('REPEATABLE READ', (tx) => this.read(tx, holder));
    return rows?.overview;
  }

  /** The same in a transaction, with the rows behind it. */
  async read(tx: EntityManager, holder: Registrant): Promise<OverviewRows | undefined> {
    const facts = await holderFacts(tx, holder);
    if (!facts) return undefined;
    const customer = await tx.findOneBy(Customer, holder);
    const live = customer && (await this.plans.current(tx, customer.id));
    const next = customer && (await this.plans.scheduled(tx, customer.id));
    const configured = { customerId: customer?.id ?? '0', status: OFFER_STATUS.configured };
    const found = customer && (await tx.findOneBy(PlanOffer, configured));
    const offer = found && isApplicable(found, customer.requiredPlanTier, found.tier) ? found : null;
    const [basic, trialDays] = [TIER.basic, this.settings.plans.freeTrialDays];
    const offerApplies = isApplicable(offer, customer?.requiredPlanTier ?? null, basic);
    const trial = { tier: basic, trialDays, offerApplies, hadPlan: await hadPlan(tx, holder) };
    const rows = { customer, live, next, offer };
    const overview: PlanOverview = {
      ...named(holder, facts),
      ...standing(facts, live, next),
      isCustomer: customer !== null,
      isAtStripe: customer?.stripeCustomerId != null,
      sponsorship: await sponsorshipOf(tx, customer),
      trialDaysOnOffer: isTrialEligible(trial) ? trialDays : null,
      fixedPriceOffer: offer && {
        tier: offer.tier,
        perYear: offer.fixedPrice,
        isInvoiced: offer.sentInvoiceId !== null,
      },
      isExemptFromLicenseCheck: customer?.exemptFromLicenseNumberCheck ?? false,
      usage: await this.usage(tx, holder, facts),
    };
    return { overview, ...rows };
  }

  private async usage(tx: EntityManager, holder: Registrant, facts: HolderFacts): Promise<UsageData> {
    const { uploadedAt, knowsRealms, serverId } = facts;
    const now = this.clock.now();
    return {
      uploadedAt,
      isStale: isStale(uploadedAt, now, this.settings.plans),
      users: await this.users.count(tx, holder, serverId, now),
      knowsRealms,
    };
  }
}

function named(holder: Registrant, { uuid, host, name, orgType, planType }: HolderFacts) {
  return { kind: 'serverId' in holder ? 'server' : 'realm', uuid, host, name, orgType, planType } as const;
}

function standing({ planType }: HolderFacts, live: Plan | null, next: Plan | null) {
  const isComplimentary = live?.tier === TIER.complimentary;
  const isSponsored = planType === TIER.community;
  return {
    live: live && shownPlan(live),
    next: next && shownPlan(next),
    scheduledTier: next && next.tier !== live?.tier ? next.tier : null,
    isSponsored,
    isOnFreeTier: !isSponsored && (live === null || isComplimentary),
    isOnPaidPlan: live !== null && isPaid(live.tier),
    complimentaryEndsAt: isComplimentary ? live.endDate : null,
  };
}

/** A request counts while one waits; its text stays for ever. */
async function sponsorshipOf(tx: EntityManager, customer: Customer | null): Promise<PlanOverview['sponsorship']> {
  if (!customer?.sponsorshipPending) return { isPending: false, requestedPlan: '' };
  const request = await tx.findOne(SponsorshipRequest, { where: { customerId: customer.id }, order: { id: 'DESC' } });
  return { isPending: true, requestedPlan: request?.requestedPlan ?? '' };
}
