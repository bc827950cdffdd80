import { ComplimentaryAccess } from '../../../src/plans/changes/complimentary-access.js';
import { Downgrades } from '../../../src/plans/changes/downgrades.js';
import { FixedPrices } from '../../../src/plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../../src/plans/changes/negotiated-terms.js';
import { PlanProperties } from '../../../src/plans/changes/plan-properties.js';
import { PlanUpdates } from '../../../src/plans/changes/plan-updates.js';
import { TierChanges } from '../../../src/plans/changes/tier-changes.js';
import { InvoicingJob } from '../../../src/plans/invoicing/invoicing-job.js';
import { Sponsorships } from '../../../src/plans/sponsorship/sponsorships.js';
import type { BillingWorld, Organization } from '../../support/billing.js';
import { type Book, DAY } from './book.js';
import * as changes from './changes.js';
import { job } from './job.js';
import type { Step } from './steps.js';
import * as terms from './terms.js';

/** The same thing done by the service, and in the book. */
export type Both = [() => Promise<unknown>, () => void];

type Operation = Exclude<Step, { do: 'buy' | 'pay' | 'upload' | 'wait' | 'upkeep' | 'card' | 'events' }>;

/** What customers, operators and the job do to a plan that is there, or to its terms. */
export function operation(world: BillingWorld, { holder }: Organization, book: Book, step: Operation): Both {
  const updates = world.part(PlanUpdates);
  switch (step.do) {
    case 'job':
      return [() => world.part(InvoicingJob).run(new Date(book.now)), () => job(book)];
    case 'ask': {
      const { status, schedule } = step;
      return [() => updates.update(holder, { status, schedule }), () => changes.askFor(book, status, schedule)];
    }
    case 'add-now':
      return [() => updates.update(holder, { licenses: step.licenses }), () => changes.addNow(book, step.licenses)];
    case 'set-next':
      return [
        () => updates.update(holder, { licensesAtNextRenewal: step.licenses }),
        () => changes.setNext(book, step.licenses),
      ];
    case 'toggle':
      return [() => updates.update(holder, { toggleLicenseManagement: true }), () => changes.toggle(book)];
    case 'cancel':
      return [() => world.part(Downgrades).atCycleEnd(holder), () => changes.cancelAtCycleEnd(book)];
    case 'end-now':
      return [() => world.part(Downgrades).now(holder), () => changes.endNow(book)];
    case 'end-and-void':
      return [() => world.part(Downgrades).nowAndVoid(holder), () => terms.endAndVoid(book)];
    case 'sponsor':
      return [() => world.part(Sponsorships).approve(holder), () => terms.sponsor(book)];
    case 'unfix':
      return [() => world.part(FixedPrices).remove(holder), () => terms.removeFixed(book)];
    case 'fix':
      return [() => world.part(FixedPrices).agree(holder, step.cents), () => terms.agreeFixed(book, step.cents)];
    case 'modality':
      return [
        () => world.part(PlanProperties).setModality(holder, step.card),
        () => changes.setModality(book, step.card),
      ];
    case 'end-date':
      return [
        () => world.part(PlanProperties).setEndDate(holder, new Date(day(book, step.days))),
        () => changes.setEnd(book, day(book, step.days)),
      ];
    case 'complimentary':
      return [
        () => world.part(ComplimentaryAccess).grant(holder, new Date(day(book, step.days))),
        () => terms.grantComplimentary(book, day(book, step.days)),
      ];
    case 'require':
      return [
        () => world.part(NegotiatedTerms).requireTier(holder, step.tier),
        () => terms.requireTier(book, step.tier),
      ];
    case 'prices':
      return [
        () => world.part(NegotiatedTerms).setPrices(holder, step),
        () => terms.setPrices(book, step.monthly, step.annual),
      ];
    case 'minimum':
      return [
        () => world.part(NegotiatedTerms).setMinimum(holder, step.licenses),
        () => terms.setMinimum(book, step.licenses),
      ];
    case 'tier':
      return [() => world.part(TierChanges).upgrade(holder, step.tier), () => terms.changeTier(book, step.tier)];
  }
}

/** Midnight some days ahead. */
function day({ now }: Book, days: number): number {
  return Math.floor(now / DAY) * DAY + days * DAY;
}
