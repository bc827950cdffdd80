import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, IsNull } from 'typeorm';
import { Customer } from '../customers/customer.entity.js';
import { BalanceCredit } from '../ledger/balance-credit.entity.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import { BillingFault } from './billing-fault.js';

const DESCRIPTION = 'Credit from early termination of active plan';

/** Gives customers what they are credited, as a balance at Stripe that their next invoices use up. */
@Injectable()
export class BalanceCredits {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
  ) {}

  /** Gives all that is noted and was not given yet; to be done before any invoice that is to use it. */
  async settle(customerId: string): Promise<void> {
    const { manager } = this.database;
    const open = await manager.find(BalanceCredit, {
      where: { customerId, stripeTransactionId: IsNull() },
      order: { id: 'ASC' },
    });
    if (open.length === 0) return;
    const customer = await manager.findOneByOrFail(Customer, { id: customerId });
    if (customer.stripeCustomerId === null) throw new BillingFault('no-stripe-customer');
    for (const { id, amount } of open) {
      const key = `balance_credit:${id}`;
      const stripeId = customer.stripeCustomerId;
      const stripeTransactionId =
        (await this.gateway.findCredit(stripeId, key)) ??
        (await this.gateway.creditCustomer(stripeId, amount, DESCRIPTION, key));
      await manager.update(BalanceCredit, { id }, { stripeTransactionId });
    }
  }

  /** The customers who wait for a credit. */
  async waiting(): Promise<string[]> {
    const open = await this.database.manager.findBy(BalanceCredit, { stripeTransactionId: IsNull() });
    return [...new Set(open.map(({ customerId }) => customerId))];
  }
}
