import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, LessThan } from 'typeorm';
import { canonicalUuid } from '../../protocol/wire-types.js';
import { type Actor, AuditNotes } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { refusal } from '../catalogue/refusals.js';
import { isPaid, tierName } from '../catalogue/tiers.js';
import { PlanWork } from '../changes/plan-work.js';
import { Customer } from '../customers/customer.entity.js';
import { INVOICE_STATUS, StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { BUILD_STEP, InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { ProviderErrors } from '../purchase/provider-errors.js';
import { BillingGateway } from '../stripe/billing-gateway.js';

const SERVER = 'SELECT id FROM remote_servers WHERE uuid = $1';
// An organization that changed its server may be known by both.
const REALM = 'SELECT id FROM remote_realms WHERE uuid = $1 ORDER BY registration_deactivated, id DESC LIMIT 1';

/** Joins servers and realms with customers who are at Stripe already, because somebody wrote them an invoice there by hand. */
@Injectable()
export class CustomerLinks {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(PlanWork) private readonly work: PlanWork,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
    @Inject(ProviderErrors) private readonly errors: ProviderErrors,
  ) {}

  /**
   * Links a customer of Stripe's; false where it is linked already.
   *
   * @param overwrite in place of another one
   * @throws AppError where Stripe has no such customer, it is another's, a paid plan goes on or invoices are under way
   */
  async link(holder: Registrant, stripeCustomerId: string, overwrite = false, actor?: Actor): Promise<boolean> {
    const id = stripeCustomerId.trim();
    const found = await this.errors.translated(() => this.gateway.customer(id));
    if (!found) throw refusal('stripe-customer-unknown');
    return this.work.onCustomer(holder, async ({ tx, owner }, live) => {
      const { customer } = owner;
      const before = customer.stripeCustomerId;
      if (before === id) return false;
      if (live && isPaid(live.tier)) throw refusal('live-plan', { from: tierName(live.tier) });
      if (await tx.existsBy(Customer, { stripeCustomerId: id })) throw refusal('stripe-customer-taken');
      if (before !== null && !overwrite) throw refusal('stripe-customer-set', { id: before });
      const customerId = customer.id;
      const isBusy =
        (await tx.existsBy(StripeInvoice, { customerId, status: INVOICE_STATUS.sent })) ||
        (await tx.existsBy(InvoiceBuild, { customerId, step: LessThan(BUILD_STEP.finalized) }));
      if (isBusy) throw refusal('stripe-customer-in-use');
      await tx.update(Customer, { id: customerId }, { stripeCustomerId: id });
      const values = { property: 'stripe_customer_id', old_value: before, new_value: id };
      await this.audit.note(tx, holder, BILLING_EVENT.customerPropertyChanged, values, actor);
      return true;
    });
  }

  /** The server or realm with this UUID. */
  async holderOf(uuid: string): Promise<Registrant | undefined> {
    const canonical = canonicalUuid(uuid);
    if (canonical === undefined) return undefined;
    const { manager } = this.database;
    const [server] = await manager.query<{ id: string }[]>(SERVER, [canonical]);
    if (server) return { serverId: server.id };
    const [realm] = await manager.query<{ id: string }[]>(REALM, [canonical]);
    return realm && { realmId: realm.id };
  }

  /** The customer at Stripe of a server or realm; null: there is none. */
  async linked(holder: Registrant): Promise<string | null> {
    return (await this.database.manager.findOneBy(Customer, holder))?.stripeCustomerId ?? null;
  }
}
