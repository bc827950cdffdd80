import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { isTrial, STATUS } from '../catalogue/plan-status.js';
import { Customers } from '../customers/customers.js';
import { StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { EndOfCycle } from '../ledger/end-of-cycle.service.js';
import { LedgerStore } from '../ledger/ledger-store.js';
import type { Plan } from '../ledger/plan.entity.js';
import { PlanStore } from '../ledger/plan-store.js';
import { nextBillingCycle } from '../rules/calendar.js';
import { fewestLicenses, minimumLicenses } from '../rules/licenses.js';
import { shownNextLicenses } from '../rules/manual-licenses.js';
import { type BillingRows, billingAction, frequencyRow, licenseRights } from './billing-rows.js';
import { nextPayment } from './next-payment.js';
import { billingTarget, type PageTarget } from './page-targets.js';
import { PaymentDetailsReader } from './payment-details.js';
import type { PlanOverview } from './plan-overview.js';
import { type OverviewRows, PlanOverviews } from './plan-overviews.js';
import { shownPlan } from './shown-plan.js';

/** The billing page, or where its visitor is to go. */
export interface BillingPage {
  readonly overview: PlanOverview;
  readonly target: PageTarget;
  /** Null where the page itself is not shown. */
  readonly rows: BillingRows | null;
}

/** What the database says for the rows. */
interface StoredRows {
  readonly rows: Omit<BillingRows, 'payment' | 'trialInvoiceUrl'>;
  readonly stripeCustomerId: string | null;
  /** Of a trial that is not paid. */
  readonly unpaidInvoiceId: string | null;
}

/** What the billing page shows. */
@Injectable()
export class BillingPages {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(EndOfCycle) private readonly endOfCycle: EndOfCycle,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(PlanOverviews) private readonly overviews: PlanOverviews,
    @Inject(PaymentDetailsReader) private readonly payments: PaymentDetailsReader,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Opens the page: the plan is brought up to now first. Undefined where there is no such server or realm. */
  async open(holder: Registrant): Promise<BillingPage | undefined> {
    const found = await this.database.transaction(async (tx) => {
      const justEnded = await this.bringUp(tx, holder);
      const read = await this.overviews.read(tx, holder);
      if (!read) return undefined;
      const target = billingTarget(read.overview, justEnded);
      const isShown = 'show' in target && target.show === 'page';
      return { overview: read.overview, target, stored: isShown ? await this.stored(tx, read) : null };
    });
    if (!found) return undefined;
    const { overview, target, stored } = found;
    if (!stored) return { overview, target, rows: null };
    const [payment, trialInvoiceUrl] = await Promise.all([
      this.payments.of(stored.stripeCustomerId),
      this.link(stored.unpaidInvoiceId),
    ]);
    return { overview, target, rows: { ...stored.rows, payment, trialInvoiceUrl } };
  }

  /** True where a plan was there and is over. */
  private async bringUp(tx: EntityManager, holder: Registrant): Promise<boolean> {
    const owner = await this.customers.lockOf(tx, holder);
    if (!owner || !(await this.plans.current(tx, owner.customer.id))) return false;
    return (await this.endOfCycle.settle(tx, owner, this.clock.now())) === null;
  }

  private async stored(tx: EntityManager, { overview, customer, live, next }: OverviewRows): Promise<StoredRows> {
    if (!customer || !live) throw new Error('a billing page is shown without a plan');
    const now = this.clock.now();
    const { last, lastRenewalAt } = await this.ledger.state(tx, live.id);
    const renewedAt = lastRenewalAt ?? live.billingCycleAnchor;
    const isWaiting = live.status === STATUS.switchPlanAtPlanEnd && next !== null;
    const shown = isWaiting ? next : live;
    const licenses = last?.licensesAtNextRenewal ?? 0;
    const trialInvoicePaid = (await this.plans.trialInvoicePaid(tx, live.id)) === true;
    const facts = { live, next, customer, licenses, lastRenewalAt: renewedAt, trialInvoicePaid, now };
    const exempt = customer.exemptFromLicenseNumberCheck;
    const byInvoice = isTrial(live.status) && !live.chargeAutomatically;
    const minimum = minimumLicenses(customer, shown.tier, byInvoice);
    const inUse = overview.usage.users;
    return {
      stripeCustomerId: customer.stripeCustomerId,
      unpaidInvoiceId: byInvoice && !trialInvoicePaid ? await trialInvoiceId(tx, live) : null,
      rows: {
        plan: shownPlan(live),
        shown: shownPlan(shown),
        frequency: frequencyRow(live, shown, nextBillingCycle(live, renewedAt)),
        licenses: {
          ...licenseRights(live, shown),
          current: last?.licenses ?? 0,
          next: last ? shownNextLicenses(live, last) : null,
          inUse,
          fewest: inUse === null ? null : fewestLicenses({ users: inUse, minimum, exempt }),
          isExempt: exempt,
        },
        nextPayment: nextPayment(facts),
        action: billingAction(live),
      },
    };
  }

  private async link(stripeInvoiceId: string | null): Promise<string | null> {
    const invoice = stripeInvoiceId === null ? undefined : await this.payments.invoice(stripeInvoiceId);
    return invoice === undefined || invoice === 'unknown' ? null : (invoice.hostedUrl ?? null);
  }
}

async function trialInvoiceId(tx: EntityManager, { id }: Plan): Promise<string | null> {
  const invoice = await tx.findOne(StripeInvoice, { where: { planId: id }, order: { id: 'DESC' } });
  return invoice?.stripeInvoiceId ?? null;
}
