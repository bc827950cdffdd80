import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { type Actor, AuditNotes } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { TERMS } from '../catalogue/list-prices.js';
import { INVOICING, SCHEDULE, STATUS } from '../catalogue/plan-status.js';
import { refusal } from '../catalogue/refusals.js';
import { isPaid } from '../catalogue/tiers.js';
import { Customer } from '../customers/customer.entity.js';
import { PlanOffer } from '../customers/plan-offer.entity.js';
import { StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { LedgerStore } from '../ledger/ledger-store.js';
import { Plan } from '../ledger/plan.entity.js';
import { PlanStore } from '../ledger/plan-store.js';
import { OpenInvoices } from '../purchase/open-invoices.js';
import { PaidPlans } from '../purchase/paid-plans.js';
import { ProviderErrors } from '../purchase/provider-errors.js';
import { OFFER_STATUS } from '../rules/fixed-price.js';
import { maySchedulePlanAfter, unbilledPlanDates } from '../rules/new-plan.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import type { BillingInvoice } from '../stripe/billing-objects.js';
import { NewPlans } from './new-plans.js';
import { PlanWork, type Work } from './plan-work.js';

/** Yearly prices that operators agree with customers. */
@Injectable()
export class FixedPrices {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(PlanWork) private readonly work: PlanWork,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(NewPlans) private readonly newPlans: NewPlans,
    @Inject(PaidPlans) private readonly paidPlans: PaidPlans,
    @Inject(OpenInvoices) private readonly openInvoices: OpenInvoices,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
    @Inject(ProviderErrors) private readonly errors: ProviderErrors,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Agrees a price: an offer that can be bought, or, after a plan that is paid for, the plan for the year after it.
   *
   * @param cents a year
   * @param sentInvoiceId an invoice that was made by hand at Stripe: who pays it takes the offer
   * @throws AppError
   */
  async agree(
    holder: Registrant,
    cents: number,
    sentInvoiceId?: string,
    actor?: Actor,
  ): Promise<{ readonly kind: 'offer' } | { readonly kind: 'scheduled'; readonly start: Date }> {
    if (!Number.isSafeInteger(cents) || cents <= 0 || cents > TERMS.largestCharge) throw refusal('invalid-amount');
    const id = sentInvoiceId?.trim();
    const invoice = id ? await this.handMade(id) : undefined;
    return this.work.onCustomer(holder, async (work, live) => {
      const { customer } = work.owner;
      if (customer.requiredPlanTier === null) throw refusal('no-required-tier');
      if (live && isPaid(live.tier)) return { kind: 'scheduled', start: await this.schedule(work, live, cents, actor) };
      await this.offer(work, cents, invoice, actor);
      return { kind: 'offer' };
    });
  }

  /** Takes back what was agreed: the plan that waits, or the offer with its invoice. @throws AppError */
  async remove(holder: Registrant, actor?: Actor): Promise<'plan' | 'offer'> {
    const found = await this.work.onKnownCustomer(holder, async ({ tx, owner }, live) => {
      const waiting = await this.plans.scheduled(tx, owner.customer.id);
      if (waiting && waiting.fixedPrice !== null && live) {
        await tx.delete(Plan, { id: waiting.id });
        await tx.update(Plan, { id: live.id }, { status: STATUS.active });
        const values = { plan_id: Number(live.id), property: 'fixed_price_next_plan', old_value: waiting.fixedPrice };
        await this.audit.note(tx, holder, BILLING_EVENT.planPropertyChanged, { ...values, new_value: null }, actor);
        return 'plan' as const;
      }
      const offer = await tx.findOneBy(PlanOffer, { customerId: owner.customer.id, status: OFFER_STATUS.configured });
      if (!offer) throw refusal('no-offer');
      return { offer, customerId: owner.customer.id };
    });
    if (found === 'plan') return found;
    await this.errors.translated(() => this.takeBack(found.offer));
    await this.work.onKnownCustomer(holder, async ({ tx }) => {
      const { affected } = await tx.delete(PlanOffer, { id: found.offer.id, status: OFFER_STATUS.configured });
      const values = { property: 'fixed_price_offer', old_value: found.offer.fixedPrice, new_value: null };
      if (affected) await this.audit.note(tx, holder, BILLING_EVENT.customerPropertyChanged, values, actor);
    });
    return 'offer';
  }

  /** Makes the plan of an offer that was paid for outside of Stripe, from some time on. @throws AppError */
  async prepaid(holder: Registrant, anchor: Date, actor?: Actor): Promise<void> {
    await this.work.onKnownCustomer(holder, async ({ tx, owner }, live) => {
      const { customer } = owner;
      if (customer.stripeCustomerId === null) throw refusal('no-stripe-customer');
      if (live && isPaid(live.tier)) throw refusal('on-paid-plan');
      const offer = await tx.findOneBy(PlanOffer, { customerId: customer.id, status: OFFER_STATUS.configured });
      if (!offer) throw refusal('no-offer');
      await this.paidPlans.create(tx, owner, {
        ...{ tier: offer.tier, schedule: SCHEDULE.annual, licenses: 0, offer, anchor, actor },
        automanageLicenses: true,
        chargeAutomatically: false,
      });
    });
  }

  private async schedule({ tx, owner }: Work, live: Plan, cents: number, actor?: Actor): Promise<Date> {
    const { customer } = owner;
    if (live.endDate === null) throw refusal('no-end-date');
    if (await this.plans.scheduled(tx, customer.id)) throw refusal('upgrade-scheduled');
    const { lastRenewalAt } = await this.ledger.state(tx, live.id);
    if (!lastRenewalAt || !maySchedulePlanAfter(live, lastRenewalAt)) throw refusal('invoices-outstanding');
    if (live.status !== STATUS.active) throw refusal('plan-not-active');
    const tier = customer.requiredPlanTier;
    if (tier === null) throw refusal('no-required-tier');
    await this.newPlans.create(
      tx,
      owner,
      {
        ...unbilledPlanDates(live.endDate, true),
        tier,
        schedule: live.billingSchedule,
        status: STATUS.neverStarted,
        automanageLicenses: true,
        chargeAutomatically: live.chargeAutomatically,
        fixedPrice: cents,
        invoicingStatus: INVOICING.initialToBeSent,
      },
      actor,
    );
    const waits = { status: STATUS.switchPlanAtPlanEnd, nextInvoiceDate: live.endDate };
    await tx.update(Plan, { id: live.id }, waits);
    return live.endDate;
  }

  private async offer(
    { tx, owner }: Work,
    cents: number,
    invoice: BillingInvoice | undefined,
    actor: Actor | undefined,
  ): Promise<void> {
    const { customer, holder } = owner;
    const tier = customer.requiredPlanTier;
    if (tier === null) throw refusal('no-required-tier');
    const createdAt = this.clock.now();
    if (invoice) await this.adopt({ tx, owner, now: createdAt }, invoice, actor);
    const configured = { customerId: customer.id, status: OFFER_STATUS.configured };
    if (await tx.existsBy(PlanOffer, configured)) throw refusal('offer-exists');
    const sentInvoiceId = invoice?.id ?? null;
    await tx.insert(PlanOffer, { ...configured, tier, fixedPrice: cents, sentInvoiceId, createdAt });
    const values = { customer_id: Number(customer.id), tier, fixed_price: cents, sent_invoice_id: sentInvoiceId };
    await this.audit.note(tx, holder, BILLING_EVENT.planCreated, values, actor);
  }

  /** The invoice's customer at Stripe is this customer. */
  private async adopt({ tx, owner, now }: Work, invoice: BillingInvoice, actor: Actor | undefined): Promise<void> {
    const { customer, holder } = owner;
    const before = customer.stripeCustomerId;
    if (before !== null && before !== invoice.customerId) throw refusal('invoice-of-another');
    if (before === null) {
      const taken = await tx.existsBy(Customer, { stripeCustomerId: invoice.customerId });
      if (taken) throw refusal('invoice-of-another');
      await tx.update(Customer, { id: customer.id }, { stripeCustomerId: invoice.customerId });
      const values = { property: 'stripe_customer_id', old_value: null, new_value: invoice.customerId };
      await this.audit.note(tx, holder, BILLING_EVENT.customerPropertyChanged, values, actor);
    }
    await tx.insert(StripeInvoice, { customerId: customer.id, stripeInvoiceId: invoice.id, createdAt: now });
  }

  private async handMade(id: string): Promise<BillingInvoice> {
    const invoice = await this.errors.translated(() => this.gateway.invoice(id));
    if (!invoice) throw refusal('invoice-unknown');
    if (invoice.status !== 'open') throw refusal('invoice-not-open');
    return invoice;
  }

  private async takeBack(offer: PlanOffer): Promise<void> {
    if (offer.sentInvoiceId === null) return;
    const { manager } = this.database;
    const row = await manager.findOneBy(StripeInvoice, { stripeInvoiceId: offer.sentInvoiceId });
    if (row && (await this.openInvoices.takeBack({ row, build: null })) === 'paid') throw refusal('payment-pending');
  }
}
