import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { BillingGateway } from '../stripe/billing-gateway.js';
import type { Drift } from './drift.js';

/** A customer who is at Stripe, by our rows. */
export interface KnownCustomer {
  readonly id: string;
  readonly stripeCustomerId: string;
  /** A card is charged for the live plan. */
  readonly needsCard: boolean;
}

// Cancelled plans are not charged for again, but for what was added: that alone does not demand a card.
const CUSTOMERS = `
  SELECT c.id, c.stripe_customer_id AS "stripeCustomerId", EXISTS (
    SELECT 1 FROM plans p WHERE p.customer_id = c.id AND p.status < 10 AND p.status NOT IN (2, 7)
      AND p.charge_automatically AND p.tier IN (103, 104, 105)
  ) AS "needsCard"
  FROM customers c WHERE c.stripe_customer_id IS NOT NULL ORDER BY c.id`;

/** Compares customers with Stripe's, page by page. */
@Injectable()
export class CustomerComparison {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
  ) {}

  /** Those whom Stripe knows, by its ids. */
  async known(): Promise<Map<string, KnownCustomer>> {
    const rows = await this.database.manager.query<KnownCustomer[]>(CUSTOMERS);
    return new Map(rows.map((row) => [row.stripeCustomerId, row]));
  }

  /** Who of them is missing at Stripe, or has nothing to pay with. Customers of Stripe's that are nobody here do no harm. */
  async compare(known: ReadonlyMap<string, KnownCustomer>): Promise<Drift[]> {
    const missing = new Map(known);
    const found: Drift[] = [];
    for await (const { id, defaultPayment } of this.gateway.customers()) {
      const customer = missing.get(id);
      if (!customer) continue;
      missing.delete(id);
      if (customer.needsCard && !defaultPayment) found.push({ kind: 'card-missing', customerId: customer.id });
    }
    for (const { id, stripeCustomerId } of missing.values()) {
      // Somebody may have become one since the list was begun.
      if ((await this.gateway.customer(stripeCustomerId)) === undefined) {
        found.push({ kind: 'customer-missing', customerId: id });
      }
    }
    return found;
  }
}
