import type { PlanOverview } from '../../plans/overview/plan-overview.js';
import type { SchedulePrice, UpgradeOffer } from '../../plans/overview/upgrade-offer.js';
import { plural } from '../../sessions/pages/formats.js';
import type { UpgradeChoice } from './upgrade-choice.js';

/** What one payment comes to, as the page lays it out; the script reckons with the numbers when others are chosen. */
interface DueBox extends SchedulePrice {
  readonly name: 'monthly' | 'annual';
  readonly months: 1 | 12;
  readonly per: string;
  readonly isChosen: boolean;
}

/** The purchase form as its template shows it. */
export function upgradeView(overview: PlanOverview, offer: UpgradeOffer, base: string, choice: UpgradeChoice) {
  const isCardTrial = offer.trial !== null && !offer.byInvoice;
  // A card trial says nothing of a schedule until it ends; it begins monthly. Fixed prices are mostly paid for a year.
  const chosen = isCardTrial ? 'monthly' : (choice.schedule ?? (offer.fixedPrice === null ? 'monthly' : 'annual'));
  const box = (name: DueBox['name'], price: SchedulePrice): DueBox => ({
    ...price,
    name,
    months: name === 'annual' ? 12 : 1,
    per: name === 'annual' ? '12 months' : '1 month',
    isChosen: name === chosen,
  });
  const waitsForEnd = offer.complimentaryEndsAt !== null && choice.startDate !== 'today';
  const hasCard = offer.payment.method.kind === 'card';
  return {
    base,
    offer,
    boxes: [box('monthly', offer.prices.monthly), ...(isCardTrial ? [] : [box('annual', offer.prices.annual)])],
    isCardTrial,
    isManual: offer.management === 'manual',
    licenses: choice.licenses ?? String(offer.seatCount),
    waitsForEnd,
    discountEnds: offer.flatDiscount ? plural(offer.flatDiscount.monthsLeft, 'month', 'months') : null,
    minimumNote: minimumNote(offer),
    method: offer.payment.method,
    hasCard,
    // Stripe decides where it did not tell: a purchase without a card is refused in words.
    isReady: offer.byInvoice || hasCard || offer.payment.method.kind === 'unknown',
    button: buttonOf(offer, waitsForEnd),
    sponsorship: overview.sponsorship,
    address: addressOf(base, offer),
    otherManagement: query(base, offer.tier, { manual: offer.management !== 'manual', byInvoice: false }),
    otherPayment: query(base, offer.tier, { manual: false, byInvoice: !offer.byInvoice }),
  };
}

/** The address of the page that shows an offer. */
export function addressOf(base: string, { tier, management, byInvoice }: UpgradeOffer): string {
  return query(base, tier, { manual: management === 'manual' && !byInvoice, byInvoice });
}

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

function buttonOf({ trial, byInvoice, tierName }: UpgradeOffer, waitsForEnd: boolean): string {
  if (byInvoice) return 'Send invoice';
  if (waitsForEnd) return `Schedule upgrade to ${tierName}`;
  return trial ? `Start ${trial.days}-day free trial` : `Purchase ${tierName}`;
}

function minimumNote({ users, fewest, minimumReason, tierName }: UpgradeOffer): string | null {
  if (minimumReason === 'exempt' || minimumReason === 'users' || fewest <= users) return null;
  const least = plural(fewest, 'license', 'licenses');
  const have = `You have ${plural(users, 'user', 'users')}.`;
  if (minimumReason === 'customer') return `${have} As agreed with you, the smallest purchase is ${least}.`;
  if (minimumReason === 'tier') return `${have} The smallest purchase of ${tierName} is ${least}.`;
  return `${have} While the new-customer discount lasts, the smallest purchase is ${least}.`;
}
