import { Injectable } from '@nestjs/common';
import { type EntityManager, LessThan } from 'typeorm';
import { LIVE_BELOW, type PlanStatus, STATUS } from '../catalogue/plan-status.js';
import { INVOICE_STATUS, StripeInvoice } from '../customers/stripe-invoice.entity.js';
import { Plan } from './plan.entity.js';

/** Finds plans. */
@Injectable()
export class PlanStore {
  /** The plan that a customer holds now. */
  current(tx: EntityManager, customerId: string): Promise<Plan | null> {
    const live = LessThan(LIVE_BELOW as PlanStatus);
    return tx.findOne(Plan, { where: { customerId, status: live }, order: { id: 'ASC' } });
  }

  /** The plan that waits for the end of the current one. */
  scheduled(tx: EntityManager, customerId: string): Promise<Plan | null> {
    return tx.findOneBy(Plan, { customerId, status: STATUS.neverStarted });
  }

  /** Whether the latest invoice of a trial is paid; undefined: there is none. */
  async trialInvoicePaid(tx: EntityManager, planId: string): Promise<boolean | undefined> {
    const invoice = await tx.findOne(StripeInvoice, { where: { planId }, order: { id: 'DESC' } });
    return invoice ? invoice.status === INVOICE_STATUS.paid : undefined;
  }
}
