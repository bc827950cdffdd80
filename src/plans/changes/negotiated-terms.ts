import { Inject, Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { type Actor, AuditNotes } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { listPrice, TERMS } from '../catalogue/list-prices.js';
import { isLive, STATUS } from '../catalogue/plan-status.js';
import { refusal } from '../catalogue/refusals.js';
import { type BillableTier, isBillable, TIER, tierName } from '../catalogue/tiers.js';
import { Customer } from '../customers/customer.entity.js';
import { InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { Plan } from '../ledger/plan.entity.js';
import { percentOff, priceFor } from '../rules/prices.js';
import { PlanWork, type Work } from './plan-work.js';

/** Prices per license in cents; 0: the list price. */
export interface DiscountedPrices {
  readonly monthly: number;
  readonly annual: number;
}

/** A value before and after. */
export interface Changed<T> {
  readonly before: T;
  readonly after: T;
}

/** What operators agree with customers: a tier, prices and a minimum for it. Whoever was none becomes a customer by it. */
@Injectable()
export class NegotiatedTerms {
  constructor(
    @Inject(PlanWork) private readonly work: PlanWork,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
  ) {}

  /** The only tier that prices and offers hold for; null: none. @throws AppError */
  async requireTier(holder: Registrant, tier: number | null, actor?: Actor): Promise<Changed<number | null>> {
    if (tier !== null && !isBillable(tier)) throw refusal('not-billable');
    return this.work.onCustomer(holder, async (work) => {
      const { customer } = work.owner;
      const hasPrices = customer.monthlyDiscountedPrice > 0 || customer.annualDiscountedPrice > 0;
      if (tier === null && hasPrices) throw refusal('discount-set');
      return this.set(work, 'requiredPlanTier', tier, actor);
    });
  }

  /**
   * Prices in place of those of the list, for the required tier, and in place of the new-customer discount. A plan of that tier that goes
   * on, or that waits, has them from its next invoice on.
   *
   * @throws AppError
   */
  async setPrices(holder: Registrant, prices: DiscountedPrices, actor?: Actor): Promise<Changed<DiscountedPrices>> {
    check(prices.monthly, prices.annual);
    return this.work.onCustomer(holder, async (work) => {
      const { tx, owner } = work;
      const { customer } = owner;
      if (customer.requiredPlanTier === null) throw refusal('no-required-tier');
      const before = { monthly: customer.monthlyDiscountedPrice, annual: customer.annualDiscountedPrice };
      const terms = { monthlyDiscountedPrice: prices.monthly, annualDiscountedPrice: prices.annual };
      Object.assign(customer, terms, { flatDiscountedMonths: 0 });
      await tx.update(Customer, { id: customer.id }, { ...terms, flatDiscountedMonths: 0 });
      // Those that an invoice has used up do not come back with it either.
      await tx.update(InvoiceBuild, { customerId: customer.id }, { flatMonthsReturned: true });
      await this.reprice(work, customer.requiredPlanTier);
      const values = {
        old_monthly_discounted_price: before.monthly,
        old_annual_discounted_price: before.annual,
        new_monthly_discounted_price: prices.monthly,
        new_annual_discounted_price: prices.annual,
      };
      await this.audit.note(tx, owner.holder, BILLING_EVENT.discountChanged, values, actor);
      return { before, after: prices };
    });
  }

  /** Fewest licenses, for every tier. @throws AppError */
  async setMinimum(holder: Registrant, licenses: number, actor?: Actor): Promise<Changed<number | null>> {
    check(licenses);
    return this.work.onCustomer(holder, async (work, live) => {
      const { customer } = work.owner;
      const hasPrices = customer.monthlyDiscountedPrice > 0 || customer.annualDiscountedPrice > 0;
      if (!hasPrices) throw refusal('no-discount');
      if (live?.status === STATUS.switchPlanAtPlanEnd) throw refusal('upgrade-scheduled');
      if (live && live.tier !== TIER.complimentary) throw refusal('live-plan', { from: tierName(live.tier) });
      return this.set(work, 'minimumLicenses', licenses, actor);
    });
  }

  private async set<K extends 'minimumLicenses' | 'requiredPlanTier'>(
    { tx, owner: { customer, holder } }: Work,
    property: K,
    value: Customer[K],
    actor: Actor | undefined,
  ): Promise<Changed<Customer[K]>> {
    const before = customer[property];
    customer[property] = value;
    await tx.update(Customer, { id: customer.id }, { [property]: value });
    const name = property === 'minimumLicenses' ? 'minimum_licenses' : 'required_plan_tier';
    const values = { property: name, old_value: before, new_value: value };
    await this.audit.note(tx, holder, BILLING_EVENT.customerPropertyChanged, values, actor);
    return { before, after: value };
  }

  private async reprice({ tx, owner: { customer } }: Work, tier: BillableTier): Promise<void> {
    const plans = await tx.findBy(Plan, {
      customerId: customer.id,
      tier,
      status: In(Object.values(STATUS).filter((status) => isLive(status) || status === STATUS.neverStarted)),
    });
    for (const { id, billingSchedule, fixedPrice } of plans) {
      if (fixedPrice !== null) continue;
      const pricePerLicense = priceFor(customer, tier, billingSchedule);
      const discount = percentOff(listPrice(tier, billingSchedule), pricePerLicense);
      await tx.update(Plan, { id }, { pricePerLicense, discount });
    }
  }
}

function check(...amounts: readonly number[]): void {
  const isPayable = (amount: number) => Number.isSafeInteger(amount) && amount >= 0 && amount <= TERMS.largestCharge;
  if (!amounts.every(isPayable)) throw refusal('invalid-amount');
}
