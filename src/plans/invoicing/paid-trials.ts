import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { STATUS } from '../catalogue/plan-status.js';
import type { InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { LedgerStore, newLedgerRow } from '../ledger/ledger-store.js';
import { Plan } from '../ledger/plan.entity.js';
import { rowsOfPaidTrial } from '../rules/manual-licenses.js';
import { InvoiceBuilds } from './invoice-builds.js';

/** Trials whose invoice was paid while another one was about to take its place. */
@Injectable()
export class PaidTrials {
  constructor(
    @Inject(InvoiceBuilds) private readonly builds: InvoiceBuilds,
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** The paid invoice stays, and the ledger says again for how many licenses it is; what was wished for is billed at the trial's end. */
  async stay(tx: EntityManager, wished: InvoiceBuild, paid: InvoiceBuild): Promise<void> {
    if (!(await this.builds.giveUpFor(tx, wished, paid))) return;
    const plan = await tx.findOneBy(Plan, { id: wished.planId ?? '', status: STATUS.freeTrial });
    if (!plan) return;
    const rows = rowsOfPaidTrial(licensesOf(paid), licensesOf(wished), this.clock.now());
    await this.ledger.append(
      tx,
      plan.id,
      rows.map((row) => newLedgerRow(row)),
    );
  }
}

function licensesOf({ content }: InvoiceBuild): number {
  return Number(content.metadata['licenses']);
}
