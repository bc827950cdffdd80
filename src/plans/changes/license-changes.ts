import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { isTrial } from '../catalogue/plan-status.js';
import { generalFailure, refusal } from '../catalogue/refusals.js';
import { BilledUsers } from '../customers/billed-users.js';
import { InvoiceBuilder } from '../invoicing/invoice-builder.js';
import type { InvoiceBuild } from '../ledger/invoice-build.entity.js';
import { LedgerStore, newLedgerRow, type StoredLedger } from '../ledger/ledger-store.js';
import { PlanStore } from '../ledger/plan-store.js';
import { fewestLicenses, type LicenseNeeds, minimumLicenses, mostLicenses } from '../rules/licenses.js';
import { addLicenses, type LicenseChange, setNextLicenses } from '../rules/manual-licenses.js';
import { type LiveWork, PlanWork } from './plan-work.js';
import { TrialInvoices } from './trial-invoices.js';

type Last = NonNullable<StoredLedger['last']>;

/** Changes of the number of licenses where the customer chooses it. */
@Injectable()
export class LicenseChanges {
  private readonly logger = new Logger(LicenseChanges.name);

  constructor(
    @Inject(PlanWork) private readonly work: PlanWork,
    @Inject(LedgerStore) private readonly ledger: LedgerStore,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(BilledUsers) private readonly users: BilledUsers,
    @Inject(TrialInvoices) private readonly trialInvoices: TrialInvoices,
    @Inject(InvoiceBuilder) private readonly builder: InvoiceBuilder,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Licenses for the running cycle; charged at the next invoice date. */
  addNow(holder: Registrant, licenses: number): Promise<void> {
    return this.work.onLivePlan(holder, async (work) => {
      const { live, now } = work;
      const { last, needs } = await this.facts(work, false);
      await this.apply(work, licenses, last, needs, addLicenses(live, last, licenses, needs, now));
    });
  }

  /** Licenses to renew with. While the invoice of a trial is unpaid, another one takes its place. */
  async setNext(holder: Registrant, licenses: number): Promise<void> {
    const build = await this.work.onLivePlan(holder, async (work) => {
      const { live, now, tx } = work;
      const byInvoice = isTrial(live.status) && !live.chargeAutomatically;
      const { last, needs } = await this.facts(work, byInvoice);
      const paid = byInvoice && (await this.plans.trialInvoicePaid(tx, live.id)) === true;
      const change = setNextLicenses(live, last, licenses, needs, now, paid);
      return this.apply(work, licenses, last, needs, change, true);
    });
    if (!build) return;
    // It is noted; where Stripe cannot be reached now, the next pass goes on.
    await this.builder.complete(build.id).catch(() => this.logger.warn('a trial is invoiced anew later'));
  }

  private async apply(
    work: LiveWork,
    licenses: number,
    last: Last,
    needs: LicenseNeeds,
    change: LicenseChange,
    isNext = false,
  ): Promise<InvoiceBuild | undefined> {
    if ('refusal' in change) {
      const minimum = fewestLicenses(needs);
      switch (change.refusal) {
        case 'below-minimum':
          throw refusal('too-few-licenses', { minimum });
        case 'above-maximum':
          throw refusal('too-many-licenses', { maximum: mostLicenses(work.live.pricePerLicense ?? 0) });
        case 'unchanged':
          throw refusal(isNext ? 'already-scheduled-with' : 'already-on', { licenses });
        case 'already-paid':
          throw refusal('already-paid', { licenses: last.licenses });
        default:
          throw refusal(change.refusal);
      }
    }
    await this.ledger.append(work.tx, work.live.id, [newLedgerRow(change.row)]);
    return change.reissueTrialInvoice ? this.trialInvoices.planAnew(work, licenses) : undefined;
  }

  private async facts(
    { tx, owner, live, now }: LiveWork,
    invoicedTrial: boolean,
  ): Promise<{ readonly last: Last; readonly needs: LicenseNeeds }> {
    const { customer, holder, serverId } = owner;
    const { last } = await this.ledger.state(tx, live.id);
    const users = await this.users.count(tx, holder, serverId, now);
    if (!last || users === null) {
      throw generalFailure(this.settings.mail.supportEmail, 'user counts are missing');
    }
    const minimum = minimumLicenses(customer, live.tier, invoicedTrial);
    return { last, needs: { users, minimum, exempt: customer.exemptFromLicenseNumberCheck } };
  }
}
