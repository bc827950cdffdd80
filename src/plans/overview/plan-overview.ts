import type { PlanStatus, Schedule } from '../catalogue/plan-status.js';
import type { BillableTier, Tier } from '../catalogue/tiers.js';

/** A plan as pages show it. Money is whole US cents. */
export interface ShownPlan {
  readonly id: string;
  readonly tier: Tier;
  /** Of the tier, for people. */
  readonly name: string;
  readonly status: PlanStatus;
  readonly schedule: Schedule;
  /** Per license and cycle; null: a fixed price. */
  readonly pricePerLicense: number | null;
  /** Per year, whatever the schedule; null: licenses are counted. */
  readonly fixedPrice: number | null;
  /** Percent off the list price, as text; null: none. */
  readonly percentOff: string | null;
  readonly automanageLicenses: boolean;
  /** By card; otherwise by invoice. */
  readonly chargeAutomatically: boolean;
  /** Where its first cycle began, or begins. */
  readonly startsAt: Date;
  readonly endsAt: Date | null;
  /** In its free trial, cancelled or not: when that ends; else null. */
  readonly trialEndsAt: Date | null;
  readonly isCancelled: boolean;
}

/** How fresh the data are by which users are counted. */
export interface UsageData {
  /** When the server last uploaded its audit log; null: never. */
  readonly uploadedAt: Date | null;
  /** Missing, or too old to be believed: neither upgrade nor billing page can be shown. */
  readonly isStale: boolean;
  /** People who are billed, guests too; null where the data are stale. */
  readonly users: number | null;
  /** Realms are known to the server's version: its administrator need not upgrade. Always so for a realm. */
  readonly knowsRealms: boolean;
}

/** How a server or realm stands towards billing: all that the pages decide by. */
export interface PlanOverview {
  readonly kind: 'server' | 'realm';
  readonly uuid: string;
  /** Host of the server or realm. */
  readonly host: string;
  /** Of a realm, its own; of a server, its host. */
  readonly name: string;
  /** Zulip's number for the kind of organization. */
  readonly orgType: number;
  /** 100 free, 101 complimentary, 102 Community, 103 Basic, 104 Business, 105 Enterprise. */
  readonly planType: number;
  readonly isCustomer: boolean;
  /** Known to Stripe: there is something to see in its portal. */
  readonly isAtStripe: boolean;
  readonly live: ShownPlan | null;
  /** Waits for the end of the live plan. */
  readonly next: ShownPlan | null;
  /** The tier of `next` where that is another one than now: an upgrade is scheduled. A renewed fixed price is none. */
  readonly scheduledTier: Tier | null;
  readonly isSponsored: boolean;
  /** Not sponsored, and without a plan or on complimentary access. */
  readonly isOnFreeTier: boolean;
  /** The live plan is one that money is charged for. */
  readonly isOnPaidPlan: boolean;
  /** The live plan is complimentary access: when it ends. Else null. */
  readonly complimentaryEndsAt: Date | null;
  readonly sponsorship: {
    readonly isPending: boolean;
    /** What was asked for; empty where nothing was named, or an operator set the mark without a request. */
    readonly requestedPlan: '' | 'Community' | 'Basic' | 'Business';
  };
  /** Days of the free trial that Basic begins with; null: none is on offer. */
  readonly trialDaysOnOffer: number | null;
  /** A fixed price that can be bought: its tier and cents a year. */
  readonly fixedPriceOffer: {
    readonly tier: BillableTier;
    readonly perYear: number;
    readonly isInvoiced: boolean;
  } | null;
  readonly isExemptFromLicenseCheck: boolean;
  readonly usage: UsageData;
}
