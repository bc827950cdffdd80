import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, IsNull } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { type Actor, AuditNotes } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { BILLING_EVENT } from '../catalogue/billing-events.js';
import { Customer } from '../customers/customer.entity.js';
import { Customers, type LockedCustomer } from '../customers/customers.js';
import { nameOf } from '../invoicing/billing-notices.js';
import { BillingGateway } from '../stripe/billing-gateway.js';

/** Makes servers and realms customers, here and at Stripe. */
@Injectable()
export class NewCustomers {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Locks the customer that a server or realm is; makes it one where it is none. */
  async lockOrMake(tx: EntityManager, holder: Registrant): Promise<LockedCustomer> {
    const found = await this.customers.lockOf(tx, holder);
    if (found) return found;
    await tx.save(Customer, { ...owner(holder), createdAt: this.clock.now() });
    const made = await this.customers.lockOf(tx, holder);
    if (!made) throw new Error('a customer cannot be found that was just made');
    return made;
  }

  /**
   * The id at Stripe of the customer that a server or realm is; both are made where they are missing. Operators never do this: Stripe
   * mails the address that is given here.
   *
   * @throws BillingProblem
   */
  async atStripe(holder: Registrant, email: string, actor?: Actor): Promise<string> {
    const { customer, name, uuid } = await this.database.transaction(async (tx) => ({
      ...(await this.lockOrMake(tx, holder)),
      ...(await nameOf(tx, holder)),
    }));
    if (customer.stripeCustomerId !== null) return customer.stripeCustomerId;
    const short = uuid.slice(0, 12);
    const metadata =
      'realmId' in holder
        ? { remote_realm_uuid: uuid, remote_realm_host: name }
        : { remote_server_uuid: uuid, remote_server_str: `${name} ${short}` };
    const details = { description: `${name} ${short}`, email, metadata };
    const made = await this.gateway.createCustomer(details, `customer:${customer.id}`);
    return this.database.transaction(async (tx) => {
      const known = { id: customer.id, stripeCustomerId: IsNull() };
      const { affected } = await tx.update(Customer, known, { stripeCustomerId: made.id });
      if (affected === 1) {
        const values = { stripe_customer_id: made.id };
        await this.audit.note(tx, holder, BILLING_EVENT.stripeCustomerCreated, values, actor);
        return made.id;
      }
      return (await tx.findOneByOrFail(Customer, { id: customer.id })).stripeCustomerId ?? made.id;
    });
  }
}

function owner(holder: Registrant): { serverId: string | null; realmId: string | null } {
  return { serverId: null, realmId: null, ...holder };
}
