import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { INVOICING } from '../catalogue/plan-status.js';
import type { LockedCustomer } from '../customers/customers.js';
import type { InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { Plan } from '../ledger/plan.entity.js';
import { nextInvoiceDate } from '../rules/calendar.js';

/** The end of an invoicing pass: when invoicing has to look at the plan next. */
@Injectable()
export class PassEnd {
  /** After the pass that an invoice was made for is over; nothing for invoices of another kind. */
  async of(tx: EntityManager, _owner: LockedCustomer, { planId, passTime }: InvoiceBuild): Promise<void> {
    if (planId !== null && passTime !== null) await this.at(tx, planId, passTime);
  }

  /** After a pass at some time. */
  async at(tx: EntityManager, planId: string, passTime: Date): Promise<void> {
    const plan = await tx.findOneByOrFail(Plan, { id: planId });
    // A pass ahead of the date leaves the date, also of a plan that has ended: the rest of it is billed then.
    const isAhead = plan.nextInvoiceDate !== null && plan.nextInvoiceDate > passTime;
    const next = isAhead ? plan.nextInvoiceDate : nextInvoiceDate(plan, passTime);
    await tx.update(
      Plan,
      { id: planId },
      { invoicingStatus: INVOICING.done, nextInvoiceDate: next, staleDataNoticeSent: false },
    );
  }
}
