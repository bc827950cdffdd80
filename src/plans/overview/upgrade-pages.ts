import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { isBillable, TIER, tierName } from '../catalogue/tiers.js';
import { Customers } from '../customers/customers.js';
import { EndOfCycle } from '../ledger/end-of-cycle.service.js';
import { UserCountSignature } from '../purchase/user-count-signature.js';
import { trialDates } from '../rules/new-plan.js';
import { OutstandingInvoices } from './outstanding-invoices.js';
import { upgradeTarget } from './page-targets.js';
import { PaymentDetailsReader } from './payment-details.js';
import { type OverviewRows, PlanOverviews } from './plan-overviews.js';
import { upgradeFigures } from './upgrade-figures.js';
import type { UpgradeOffer, UpgradePage, UpgradeView } from './upgrade-offer.js';

/** What the upgrade page shows. */
@Injectable()
export class UpgradePages {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(EndOfCycle) private readonly endOfCycle: EndOfCycle,
    @Inject(PlanOverviews) private readonly overviews: PlanOverviews,
    @Inject(OutstandingInvoices) private readonly outstanding: OutstandingInvoices,
    @Inject(PaymentDetailsReader) private readonly payments: PaymentDetailsReader,
    @Inject(UserCountSignature) private readonly signature: UserCountSignature,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Opens the page, with the plan brought up to now: who is refused by a plan that has ended would be refused for nothing. Undefined
   * where there is no such server or realm.
   */
  async open(holder: Registrant, view: UpgradeView): Promise<UpgradePage | undefined> {
    const found = await this.database.transaction(async (tx) => {
      const owner = await this.customers.lockOf(tx, holder);
      if (owner) await this.endOfCycle.settle(tx, owner, this.clock.now());
      const rows = await this.overviews.read(tx, holder);
      return rows && { rows, waiting: await this.outstanding.of(tx, rows, view.tier) };
    });
    if (!found) return undefined;
    const { rows, waiting } = found;
    const { overview } = rows;
    const target = upgradeTarget(overview, view.tier);
    if (!('show' in target) || target.show !== 'page') return { kind: 'elsewhere', overview, target: target as never };
    if (!isBillable(view.tier)) return { kind: 'unknown-tier' };
    const invoice = waiting && (await this.outstanding.ask(waiting));
    if (invoice) return { kind: 'outstanding', overview, invoice };
    return { kind: 'offer', overview, offer: await this.offer(rows, view) };
  }

  private async offer({ overview, customer, offer }: OverviewRows, view: UpgradeView): Promise<UpgradeOffer> {
    const { tier, byInvoice } = view;
    const { users } = overview.usage;
    if (!isBillable(tier) || users === null) throw new Error('an offer is made to somebody who is not to see any');
    const applies = offer !== null && offer.tier === tier;
    const now = this.clock.now();
    const fixedPrice = applies ? offer.fixedPrice : null;
    const figures = upgradeFigures({ customer, tier, users, fixedPrice, now });
    const { signedUsers, salt } = this.signature.sign(figures.seatCount);
    const days = tier === TIER.basic && !applies ? overview.trialDaysOnOffer : null;
    const endsAt = days === null ? null : trialDates(now, days).nextInvoiceDate;
    return {
      ...{ tier, tierName: tierName(tier), byInvoice, users, ...figures },
      management: !applies && (view.manual || byInvoice) ? 'manual' : 'automatic',
      signedSeatCount: signedUsers,
      salt,
      trial: days !== null && endsAt ? { days, endsAt } : null,
      complimentaryEndsAt: overview.complimentaryEndsAt,
      payment: await this.payments.of(customer?.stripeCustomerId ?? null),
    };
  }
}
