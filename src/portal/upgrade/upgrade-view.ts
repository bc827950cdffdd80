import type { PlanOverview } from '../../plans/overview/plan-overview.js';
import type { SchedulePrice, UpgradeOffer } from '../../plans/overview/upgrade-offer.js';
import { plural } from '../../sessions/pages/formats.js';
import type { PortalEntity } from '../identity/current-entity.js';
import type { UpgradeChoice } from './upgrade-choice.js';

/** What one payment comes to, as the page lays it out; the script reckons with the numbers when others are chosen. */
interface DueBox extends SchedulePrice {
  readonly name: 'monthly' | 'annual';
  readonly months: 1 | 12;
  readonly per: string;
  readonly isChosen: boolean;
}

/** Why a purchase was refused, and what it is about. */
export interface UpgradeProblem {
  readonly text: string;
  readonly about: 'card' | 'licenses' | 'other';
}

/** The purchase form as its template shows it. */
export function upgradeView(
  overview: PlanOverview,
  offer: UpgradeOffer,
  { base, uuid, billingUser }: PortalEntity,
  choice: UpgradeChoice,
) {
  const isCardTrial = offer.trial !== null && !offer.byInvoice;
  const isManual = offer.management === 'manual';
  // A card trial says nothing of a schedule until it ends; it begins monthly. Fixed prices are mostly paid for a year.
  const chosen = isCardTrial ? 'monthly' : (choice.schedule ?? (offer.fixedPrice === null ? 'monthly' : 'annual'));
  const licenses = isManual ? chosenLicenses(offer, choice) : offer.seatCount;
  const box = (name: DueBox['name']): DueBox => ({
    ...priceOf(offer.prices[name], licenses),
    name,
    months: name === 'annual' ? 12 : 1,
    per: name === 'annual' ? '12 months' : '1 month',
    isChosen: name === chosen,
  });
  const waitsForEnd = offer.complimentaryEndsAt !== null && choice.startDate !== 'today';
  const { method } = offer.payment;
  const hasCard = method.kind === 'card';
  return {
    base,
    uuid,
    offer,
    boxes: isCardTrial ? [box('monthly')] : [box('monthly'), box('annual')],
    isCardTrial,
    isManual,
    // What was typed stays, wrong as it may be.
    licensesText: choice.licenses ?? String(offer.seatCount),
    licenses,
    waitsForEnd,
    discountLeft: offer.flatDiscount ? plural(offer.flatDiscount.monthsLeft, 'month', 'months') : null,
    minimumNote: minimumNote(offer),
    method,
    hasCard,
    // Stripe decides where it did not tell: a purchase without a card is refused in words.
    isReady: offer.byInvoice || hasCard || method.kind === 'unknown',
    ...buttonsOf(offer),
    sponsorship: overview.sponsorship,
    invoiceEmail: invoiceEmail(offer, billingUser.email),
    customerPortal: offer.payment.email === null ? null : customerPortal(base, offer),
    otherManagement: query(base, offer.tier, { manual: !isManual, byInvoice: false }),
    otherPayment: query(base, offer.tier, { manual: false, byInvoice: !offer.byInvoice }),
  };
}

/** The address of the upgrade page of a tier. @param base where the pages of the customer are */
export function query(
  base: string,
  tier: number,
  { manual, byInvoice }: { readonly manual: boolean; readonly byInvoice: boolean },
): string {
  const invoice = byInvoice ? '&setup_payment_by_invoice=true' : '';
  return `${base}/upgrade/?tier=${tier}${manual ? '&manual_license_management=true' : ''}${invoice}`;
}

export function headingOf({ trial, tierName }: UpgradeOffer, host: string): string {
  return trial ? `Start free trial of ${tierName}` : `Upgrade ${host} to ${tierName}`;
}

/** Where an invoice goes: to the address that Stripe has, for a new customer to who buys. Null: Stripe does not tell just now. */
export function invoiceEmail({ payment }: UpgradeOffer, own: string): string | null {
  return payment.email ?? (payment.isKnown ? own : null);
}

/** Where billing details are changed; it leads back to the same form. */
export function customerPortal(base: string, { tier, management, byInvoice }: UpgradeOffer): string {
  const way = byInvoice
    ? '&setup_payment_by_invoice=true'
    : management === 'manual'
      ? '&manual_license_management=true'
      : '';
  return `${base}/customer_portal/?tier=${tier}${way}`;
}

/** The number that was chosen, where it can be bought: the sums of the form are for that many. */
export function chosenLicenses({ seatCount, fewest }: UpgradeOffer, { licenses = '' }: UpgradeChoice): number {
  return /^\d{1,9}$/.test(licenses) && Number(licenses) >= fewest ? Number(licenses) : seatCount;
}

/** What so many licenses come to. The discount does not depend on their number. */
export function priceOf(price: SchedulePrice, licenses: number): SchedulePrice {
  if (price.unitPrice === null) return price;
  const amount = price.unitPrice * licenses;
  return { ...price, amount, due: Math.max(0, amount - price.discount) };
}

/** What the button says that starts the plan now, and the one that has it start later. */
function buttonsOf({ trial, byInvoice, tierName }: UpgradeOffer): { readonly button: string; readonly later: string } {
  const later = `Schedule upgrade to ${tierName}`;
  if (byInvoice) return { button: 'Send invoice', later };
  return { button: trial ? `Start ${trial.days}-day free trial` : `Purchase ${tierName}`, later };
}

function minimumNote({ users, fewest, minimumReason, tierName }: UpgradeOffer): string | null {
  if (minimumReason === 'exempt' || minimumReason === 'users' || fewest <= users) return null;
  const least = plural(fewest, 'license', 'licenses');
  const have = `You have ${plural(users, 'user', 'users')}.`;
  if (minimumReason === 'customer') return `${have} As agreed with you, the smallest purchase is ${least}.`;
  if (minimumReason === 'tier') return `${have} The smallest purchase of ${tierName} is ${least}.`;
  return `${have} While the new-customer discount lasts, the smallest purchase is ${least}.`;
}
