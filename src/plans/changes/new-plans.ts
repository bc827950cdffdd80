import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { type Actor, AuditNotes } from '../../registration/audit/audit-notes.js';
import { PlanTypes } from '../../registration/registrants/plan-types.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { listPrice } from '../catalogue/list-prices.js';
import { INVOICING, type InvoicingStatus, type PlanStatus, type Schedule, STATUS } from '../catalogue/plan-status.js';
import type { Tier } from '../catalogue/tiers.js';
import type { LockedCustomer } from '../customers/customers.js';
import { PlanOffer } from '../customers/plan-offer.entity.js';
import { LedgerStore, newLedgerRow } from '../ledger/ledger-store.js';
import { Plan } from '../ledger/plan.entity.js';
import { OFFER_STATUS } from '../rules/fixed-price.js';
import type { PlanDates } from '../rules/new-plan.js';
import type { LedgerRow } from '../rules/plan-terms.js';
import { percentOff, priceFor } from '../rules/prices.js';

/** What a plan is made from. */
export interface NewPlan extends PlanDates {
  readonly tier: Tier;
  readonly schedule: Schedule;
  readonly status?: PlanStatus;
  readonly automanageLicenses: boolean;
  readonly chargeAutomatically: boolean;
  /** Cents a year; absent: what a license costs this customer now. */
  readonly fixedPrice?: number | null;
  /** Nobody pays anything. */
  readonly isFree?: boolean;
  readonly invoicingStatus?: InvoicingStatus;
}

/** Makes plans; every one is noted in the audit log with what it is made from. */
@Injectable()
export class NewPlans {
  constructor(
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(PlanTypes) private readonly planTypes: PlanTypes,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Makes a plan. One that has not started is without rows, and leaves the plan type as it is. */
  async create(tx: EntityManager, owner: LockedCustomer, made: NewPlan, actor?: Actor): Promise<Plan> {
    const { customer, holder } = owner;
    const { tier, schedule, status = STATUS.active, automanageLicenses, chargeAutomatically } = made;
    const fixedPrice = made.fixedPrice ?? null;
    const price = made.isFree ? 0 : fixedPrice === null ? priceFor(customer, tier, schedule) : null;
    const created = await tx.save(Plan, {
      customerId: customer.id,
      ...{ tier, status, automanageLicenses, chargeAutomatically, fixedPrice },
      billingSchedule: schedule,
      pricePerLicense: price,
      discount: price === null || made.isFree ? null : percentOff(listPrice(tier, schedule), price),
      billingCycleAnchor: made.billingCycleAnchor,
      nextInvoiceDate: made.nextInvoiceDate,
      endDate: made.endDate,
      invoicedThroughId: null,
      invoicingStatus: made.invoicingStatus ?? INVOICING.done,
      createdAt: this.clock.now(),
    });
    const { id, createdAt: _, ...values } = created;
    await this.audit.note(tx, holder, BILLING_EVENT.planCreated, noted(id, values), actor);
    if (status !== STATUS.neverStarted) await this.planTypes.set(tx, holder, tier, actor);
    return tx.findOneByOrFail(Plan, { id });
  }

  /** Gives a plan its first rows; the first of them counts as billed unless its invoice is still to come. */
  async begin(tx: EntityManager, plan: Plan, rows: readonly LedgerRow[], isBilled = true): Promise<void> {
    const [first, ...more] = rows;
    if (!first) return;
    await this.ledger.append(tx, plan.id, [newLedgerRow(first)]);
    const through = (await this.ledger.state(tx, plan.id)).last?.id ?? null;
    if (isBilled) await tx.update(Plan, { id: plan.id }, { invoicedThroughId: through });
    await this.ledger.append(
      tx,
      plan.id,
      more.map((row) => newLedgerRow(row)),
    );
  }

  /** The offer was taken. */
  async take(tx: EntityManager, offer: PlanOffer | null): Promise<void> {
    if (offer) await tx.update(PlanOffer, { id: offer.id }, { status: OFFER_STATUS.processed });
  }
}

function noted(id: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const entries = Object.entries(values).map(([key, value]) => [snake(key), value]);
  return { ...Object.fromEntries(entries), plan_id: Number(id), customer_id: Number(values['customerId']) };
}
