import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { Registrants } from '../../registration/registrants/registrants.js';
import { Customer } from './customer.entity.js';

/** A customer whose row is locked, as it stood when it was. */
export interface LockedCustomer {
  readonly customer: Customer;
  /** The server or realm that the customer is. */
  readonly holder: Registrant;
  /** That server, or the realm's. */
  readonly serverId: string;
}

const MANAGED = `
  SELECT c.id FROM customers c
  JOIN plans p ON p.customer_id = c.id AND p.status < 10 AND p.automanage_licenses
  WHERE c.server_id = $1 OR c.realm_id = ANY ($2::bigint[])
  ORDER BY array_position($2::bigint[], c.realm_id)`;

/**
 * Finds and locks customers. Whoever changes a plan comes here first: the server's row is locked before the customer's, always in this
 * order, since an upload holds the server's row when it comes to the ledgers.
 */
@Injectable()
export class Customers {
  constructor(@Inject(Registrants) private readonly registrants: Registrants) {}

  /** Locks the customer that a server or realm is; undefined where it is none. */
  async lockOf(tx: EntityManager, holder: Registrant): Promise<LockedCustomer | undefined> {
    const serverId = await this.registrants.lockServerOf(tx, holder);
    if (serverId === undefined) return undefined;
    const customer = await tx.findOne(Customer, { where: holder, lock: { mode: 'for_no_key_update' } });
    return customer ? { customer, holder, serverId } : undefined;
  }

  /** Locks a customer by its id; undefined where there is none. */
  async lock(tx: EntityManager, customerId: string): Promise<LockedCustomer | undefined> {
    const seen = await tx.findOneBy(Customer, { id: customerId });
    if (!seen) return undefined;
    const locked = await this.lockOf(tx, holderOf(seen));
    // Meanwhile it may have moved to a realm of the same server, whose row is locked now: it cannot move again.
    if (locked?.customer.id === customerId) return locked;
    const moved = await tx.findOneBy(Customer, { id: customerId });
    return moved ? this.lockOf(tx, holderOf(moved)) : undefined;
  }

  /** Customers whose licenses follow their users, of these realms and then of the server itself. */
  async managedOf(tx: EntityManager, serverId: string, realmIds: readonly string[]): Promise<string[]> {
    return (await tx.query<{ id: string }[]>(MANAGED, [serverId, realmIds])).map(({ id }) => id);
  }
}

/** The server or realm that a customer is. */
export function holderOf({ serverId, realmId }: Pick<Customer, 'serverId' | 'realmId'>): Registrant {
  if (realmId !== null) return { realmId };
  if (serverId !== null) return { serverId };
  throw new Error('a customer is neither a server nor a realm');
}
