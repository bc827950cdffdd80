import { listPrice } from '../../plans/catalogue/list-prices.js';
import { isTrial, SCHEDULE } from '../../plans/catalogue/plan-status.js';
import { isPaid, TIER, tierName } from '../../plans/catalogue/tiers.js';
import { annualRevenue } from '../../plans/rules/annual-revenue.js';
import { renewsOn } from '../../plans/rules/next-charge.js';
import { percentOff } from '../../plans/rules/prices.js';
import { count, dateTime, longDate, money, plural } from '../../sessions/pages/formats.js';
import { statusName } from '../usage/plan-texts.js';
import type { CustomerFacts, PlanRow } from './customer-facts.read-model.js';
import type { Fact } from './fact.js';

/** A plan in words. */
export interface PlanView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly warnings: readonly string[];
  readonly facts: readonly Fact[];
}

/** The people who are billed; null: the server did not report lately. */
type Users = number | null;

/** The plan that runs. */
export function livePlanView(plan: PlanRow, users: Users, now: Date): PlanView {
  const warnings: string[] = [];
  if (plan.licenses === null) warnings.push('The license ledger of this plan is missing.');
  else if (isPaid(plan.tier) && users === null) {
    warnings.push('Recent audit data missing: nobody knows how many licenses are in use.');
  }
  return { ...named(plan), warnings, facts: liveFacts(plan, users, now) };
}

function liveFacts(plan: PlanRow, users: Users, now: Date): Fact[] {
  const ends = plan.endDate ? [{ label: 'Ends', text: longDate(plan.endDate) }] : [];
  if (plan.tier === TIER.community) return [];
  if (plan.tier === TIER.complimentary) return ends;
  const used = users === null ? 'unknown' : count(users);
  const management = plan.automanageLicenses ? 'automatic' : 'manual';
  const isShort = users !== null && plan.licenses !== null && users > plan.licenses;
  const trial = isTrial(plan.status) && plan.nextInvoiceDate;
  return [
    ...discountFact(plan),
    {
      label: 'Licenses used',
      text: `${used}/${plan.licenses === null ? 'unknown' : count(plan.licenses)} (${management})`,
      ...(isShort ? { badge: { kind: 'bad', text: 'more users than licenses' } as const } : {}),
    },
    ...terms(plan),
    { label: 'Annual recurring revenue', text: money(annualRevenue(plan, plan.licensesAtNextRenewal)) },
    { label: trial ? 'Free trial ends' : 'Start of next cycle', text: dateTime(renewsOn(plan, now)) },
    ...ends,
  ];
}

/** The plan that begins where the live one ends. */
export function nextPlanView(plan: PlanRow, users: Users): PlanView {
  const licenses = plan.licensesAtNextRenewal ?? users;
  const estimated =
    plan.fixedPrice === null
      ? [{ label: 'Estimated licenses', text: licenses === null ? 'unknown' : count(licenses) }]
      : [];
  const facts = [
    { label: 'Starts', text: longDate(plan.billingCycleAnchor) },
    ...discountFact(plan),
    ...terms(plan),
    ...estimated,
    { label: 'Estimated annual revenue', text: money(annualRevenue(plan, licenses)) },
  ];
  return { ...named(plan), warnings: [], facts };
}

/** A fixed price that can be bought, as the plan that it becomes. */
export function offerFacts({ offerPrice, offerTier, offerInvoiceId }: CustomerFacts): Fact[] | undefined {
  if (offerPrice === null) return undefined;
  return [
    { label: 'Plan', text: tierName(offerTier ?? TIER.free) },
    { label: 'Fixed price', text: `${money(offerPrice)} a year` },
    ...(offerInvoiceId === null ? [] : [{ label: 'Pending invoice', text: offerInvoiceId }]),
  ];
}

/** What was agreed: tier, prices with what they save, and a minimum. */
export function agreedFacts(customer: CustomerFacts): Fact[] {
  const { requiredPlanTier: tier, monthlyDiscountedPrice, annualDiscountedPrice, minimumLicenses } = customer;
  const facts: Fact[] = [{ label: 'Required plan', text: tier === null ? 'none' : tierName(tier) }];
  if (tier !== null) {
    const price = (cents: number, list: number, cycle: string) => {
      if (cents === 0) return `${money(list)} a ${cycle} (list price)`;
      const saved = percentOff(list, cents);
      return `${money(cents)} a ${cycle}${saved === null ? '' : ` (${saved}% off ${money(list)})`}`;
    };
    const monthly = price(monthlyDiscountedPrice, listPrice(tier, SCHEDULE.monthly), 'month');
    const annual = price(annualDiscountedPrice, listPrice(tier, SCHEDULE.annual), 'year');
    facts.push({ label: 'Price per license', text: `${monthly}; ${annual}` });
  }
  if (minimumLicenses !== null)
    facts.push({ label: 'Fewest licenses', text: plural(minimumLicenses, 'license', 'licenses') });
  return facts;
}

function named({ id, tier, status }: PlanRow) {
  return { id, name: tierName(tier), status: statusName(status) };
}

function discountFact({ discount }: PlanRow): Fact[] {
  return discount === null ? [] : [{ label: 'Discount', text: `${discount}%` }];
}

function terms(plan: PlanRow): Fact[] {
  const { billingSchedule, fixedPrice, pricePerLicense, chargeAutomatically } = plan;
  const cycle = billingSchedule === SCHEDULE.annual ? 'year' : 'month';
  const price =
    fixedPrice === null
      ? { label: 'Price per license', text: `${money(pricePerLicense ?? 0)} a ${cycle}` }
      : { label: 'Fixed price', text: `${money(fixedPrice)} a year` };
  return [{ label: 'Billed', text: `every ${cycle}, ${chargeAutomatically ? 'by card' : 'by invoice'}` }, price];
}
