import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, In } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { TERMS } from '../catalogue/list-prices.js';
import { isLive } from '../catalogue/plan-status.js';
import { INVOICE_STATUS, StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { InvoiceBuilder } from '../invoicing/invoice-builder.js';
import { BUILD_STEP, InvoiceBuild } from '../ledger/invoice-build.entity.js';
import type { InvoiceContent } from '../ledger/invoice-content.js';
import { Plan } from '../ledger/plan.entity.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import { BillingProblem } from '../stripe/billing-problem.js';

const DAY_MILLIS = 86_400_000;

/** An invoice whose payment would make a plan. */
export interface OpenInvoice {
  readonly row: StripeInvoice;
  /** How it was made; null: by hand. */
  readonly build: InvoiceBuild | null;
}

/**
 * The invoices of a customer whose payment would make a plan. A repeated purchase takes up the one that is there, another purchase takes
 * it back first: never can two of them be paid (docs/decisions/0010-billing-hazards.md, 19).
 */
@Injectable()
export class OpenInvoices {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(InvoiceBuilder) private readonly builder: InvoiceBuilder,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** All of a customer, but for the invoice of a trial that goes on. */
  async of(tx: EntityManager, customerId: string): Promise<OpenInvoice[]> {
    const rows = await tx.find(StripeInvoice, {
      where: { customerId, status: INVOICE_STATUS.sent },
      order: { id: 'ASC' },
    });
    const plans = await byId(
      tx,
      Plan,
      rows.map(({ planId }) => planId),
    );
    const builds = await byId(
      tx,
      InvoiceBuild,
      rows.map(({ buildId }) => buildId),
    );
    return rows
      .filter(({ planId }) => planId === null || !isLive(plans.get(planId)?.status ?? 11))
      .map((row) => ({ row, build: builds.get(row.buildId ?? '') ?? null }));
  }

  /** Whether an open invoice is the one that a purchase would make, and can still be paid in time. */
  isSame({ build }: OpenInvoice, wanted: InvoiceContent): boolean {
    if (!build || build.step === BUILD_STEP.abandoned) return false;
    const isFresh = this.clock.millis() - build.createdAt.getTime() < TERMS.upgradeDueDays * DAY_MILLIS;
    return (build.step === BUILD_STEP.paid || isFresh) && essence(build.content) === essence(wanted);
  }

  /** Takes an invoice back; answers whether it was paid before that. */
  async takeBack({ row, build }: OpenInvoice): Promise<'void' | 'paid'> {
    if (build) return this.builder.abandon(build.id);
    const id = row.stripeInvoiceId ?? '';
    const status = await this.gateway
      .voidInvoice(id, `stripe_invoice:${row.id}:void`)
      .then((invoice) => invoice.status)
      .catch((error: unknown) => {
        if (error instanceof BillingProblem && error.kind === 'missing') return 'void' as const;
        throw error;
      });
    if (status === 'paid') return 'paid';
    const waiting = { id: row.id, status: INVOICE_STATUS.sent };
    await this.database.manager.update(StripeInvoice, waiting, { status: INVOICE_STATUS.void });
    return 'void';
  }
}

/** What of an invoice somebody who buys has chosen; the discount that is left and the minute are not. */
function essence({ metadata, chargeAutomatically, lines, stripeCustomerId }: InvoiceContent): string {
  const { plan_tier, billing_schedule, licenses, license_management } = metadata;
  return JSON.stringify([
    ...[plan_tier, billing_schedule, licenses, license_management],
    ...[chargeAutomatically, stripeCustomerId, Object.entries(lines[0]?.price ?? {}).sort()],
  ]);
}

async function byId<T extends { id: string }>(
  tx: EntityManager,
  type: new () => T,
  ids: readonly (string | null)[],
): Promise<Map<string, T>> {
  const wanted = ids.filter((id) => id !== null);
  if (wanted.length === 0) return new Map();
  const found = await tx.find(type, { where: { id: In(wanted) } as never });
  return new Map(found.map((one) => [one.id, one]));
}
