import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, IsNull, LessThan, MoreThan } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { keyDigest } from '../../common/key-digest.js';
import { newLinkKey } from '../../common/link-key.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { MailOutbox } from '../../mail/mail-outbox.js';
import { type Actor, AuditNotes } from '../../registration/audit/audit-notes.js';
import { parseMailDomain } from '../../registration/contact-email/email-address.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { refusal } from '../catalogue/refusals.js';
import { Customer } from '../customers/customer.entity.js';
import { Customers, holderOf } from '../customers/customers.js';
import { nameOf } from '../invoicing/billing-notices.js';
import { actorColumns, actorOf } from '../purchase/new-purchases.js';
import { ProviderErrors } from '../purchase/provider-errors.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import { InvoiceEmailChange } from './invoice-email-change.entity.js';

/** What a link in a mail is about. */
export interface PendingInvoiceEmail {
  readonly holder: Registrant;
  /** Host of the server or realm. */
  readonly name: string;
  readonly email: string;
}

const HOURS = 24;
const LIFETIME = HOURS * 3_600_000;

/** Changes the address that Stripe sends invoices to. The new one has to agree, by a link that is mailed to it. */
@Injectable()
export class InvoiceEmails {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(MailOutbox) private readonly outbox: MailOutbox,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
    @Inject(ProviderErrors) private readonly errors: ProviderErrors,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Mails a link to the new address, good for 24 hours and once. An older one that is unused stops working.
   *
   * @param admit whether one more mail may be sent, asked in the transaction that writes it; throws where it may not
   * @throws AppError `invalid-email`, `no-stripe-customer`
   */
  async request(
    holder: Registrant,
    email: string,
    actor?: Actor,
    admit?: (tx: EntityManager) => Promise<void>,
  ): Promise<void> {
    const address = email.trim();
    if (parseMailDomain(address) === undefined) throw refusal('invalid-email');
    await this.database.transaction(async (tx) => {
      const owner = await this.customers.lockOf(tx, holder);
      if (!owner || owner.customer.stripeCustomerId === null) throw refusal('no-stripe-customer');
      await admit?.(tx);
      const customerId = owner.customer.id;
      const now = this.clock.now();
      await tx.delete(InvoiceEmailChange, { customerId, confirmedAt: IsNull() });
      await tx.delete(InvoiceEmailChange, { requestedAt: LessThan(new Date(now.getTime() - LIFETIME)) });
      const key = newLinkKey();
      await tx.insert(InvoiceEmailChange, {
        ...{ customerId, email: address, keyDigest: keyDigest(key), requestedAt: now },
        ...actorColumns(owner, actor),
      });
      const { name } = await nameOf(tx, holder);
      const url = `${this.settings.http.portalUrl}/customer/confirm_new_stripe_email/${key}`;
      const values = { name, url, hours: HOURS, support: this.settings.mail.supportEmail };
      await this.outbox.enqueue(tx, { kind: 'invoice-email-change', to: address, values });
    });
  }

  /** What a link is about; undefined where it is unknown, used, or too old. Nothing is changed by looking. */
  async find(key: string): Promise<PendingInvoiceEmail | undefined> {
    const { manager } = this.database;
    const change = await this.pending(manager, key);
    if (!change) return undefined;
    const customer = await manager.findOneByOrFail(Customer, { id: change.customerId });
    return describe(manager, holderOf(customer), change.email);
  }

  /**
   * Tells Stripe the new address; undefined where the link is unknown, used, or too old. Where Stripe cannot be reached the link stays
   * good.
   *
   * @throws AppError
   */
  async confirm(key: string): Promise<PendingInvoiceEmail | undefined> {
    const { manager } = this.database;
    const change = await this.pending(manager, key);
    const customer = change && (await manager.findOneBy(Customer, { id: change.customerId }));
    if (!change || !customer) return undefined;
    const { stripeCustomerId } = customer;
    if (stripeCustomerId === null) throw refusal('no-stripe-customer');
    const { id, email } = change;
    const before = (await this.errors.translated(() => this.gateway.customer(stripeCustomerId)))?.email !== email;
    await this.errors.translated(() => this.gateway.updateCustomer(stripeCustomerId, { email }, `invoice_email:${id}`));
    return this.database.transaction(async (tx) => {
      const owner = await this.customers.lock(tx, customer.id);
      if (!owner) return undefined;
      const { affected } = await tx.update(
        InvoiceEmailChange,
        { id, confirmedAt: IsNull() },
        { confirmedAt: this.clock.now() },
      );
      if (affected === 1 && before) {
        // Addresses stand nowhere but where they are needed.
        const values = { property: 'invoice_email', old_value: null, new_value: null };
        await this.audit.note(tx, owner.holder, BILLING_EVENT.customerPropertyChanged, values, actorOf(change));
      }
      return describe(tx, owner.holder, email);
    });
  }

  private pending(tx: EntityManager, key: string): Promise<InvoiceEmailChange | null> {
    const requestedAt = MoreThan(new Date(this.clock.millis() - LIFETIME));
    return tx.findOneBy(InvoiceEmailChange, { keyDigest: keyDigest(key), confirmedAt: IsNull(), requestedAt });
  }
}

async function describe(tx: EntityManager, holder: Registrant, email: string): Promise<PendingInvoiceEmail> {
  return { holder, email, name: (await nameOf(tx, holder)).name };
}
