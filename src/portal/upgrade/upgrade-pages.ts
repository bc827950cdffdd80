import { AppError } from '../../common/errors.js';
import type { UpgradePage } from '../../plans/overview/upgrade-offer.js';
import type { FormFields } from '../../protocol/form-body.js';
import { type Page, page, type Redirect, redirect } from '../../sessions/pages/page.js';
import type { PortalEntity } from '../identity/current-entity.js';
import { notUploadingPage } from '../usage-data/not-uploading.js';
import type { UpgradeChoice } from './upgrade-choice.js';
import { keptFields } from './upgrade-fields.js';
import {
  chosenLicenses,
  customerPortal,
  headingOf,
  invoiceEmail,
  priceOf,
  query,
  type UpgradeProblem,
  upgradeView,
} from './upgrade-view.js';

/** The upgrade page as it was found, and what is chosen on it. */
export interface Opened {
  readonly entity: PortalEntity;
  readonly found: UpgradePage;
  readonly choice: UpgradeChoice;
}

/** The page, or where its visitor is to go. @throws AppError for a tier that nobody can buy */
export function shownPage({ entity, found, choice }: Opened, problem?: UpgradeProblem): Page | Redirect {
  const { base, host } = entity;
  const status = problem ? 400 : 200;
  switch (found.kind) {
    case 'unknown-tier':
      throw new AppError('params.not-allowed', { name: 'tier' });
    case 'elsewhere':
      return 'goTo' in found.target ? redirect(`${base}/${found.target.goTo}/`) : notUploadingPage(found.overview);
    case 'outstanding': {
      const { invoice } = found;
      const title =
        invoice.kind === 'trial-expired' ? 'Your free trial has ended' : 'An invoice is waiting for payment';
      const again = query(base, invoice.tier, { manual: false, byInvoice: false });
      return page('portal/outstanding-invoice', title, { base, invoice, again, problem }, status);
    }
    case 'offer': {
      const view = upgradeView(found.overview, found.offer, entity, choice);
      const data = { ...view, host, problem, scripts: ['forms.js', 'upgrade.js'] };
      return page('portal/upgrade', headingOf(found.offer, host), data, status);
    }
  }
}

/** Asks once more before an invoice goes out; the script of the form asks the same without another page. */
export function shownConfirmation(opened: Opened, fields: FormFields): Page | Redirect {
  const { entity, found, choice } = opened;
  if (found.kind !== 'offer') return shownPage(opened);
  const { offer } = found;
  const licenses = chosenLicenses(offer, choice);
  if (offer.management === 'manual' && String(licenses) !== choice.licenses?.trim()) {
    return shownPage(opened, { text: `Please enter at least ${offer.fewest} licenses.`, about: 'licenses' });
  }
  const { base, billingUser } = entity;
  const schedule = fields['schedule'] === 'annual' ? 'annual' : 'monthly';
  return page('portal/confirm-invoice', 'Send the invoice?', {
    base,
    offer,
    licenses: offer.fixedPrice === null ? licenses : null,
    due: priceOf(offer.prices[schedule], licenses).due,
    isAnnual: schedule === 'annual',
    invoiceEmail: invoiceEmail(offer, billingUser.email),
    customerPortal: offer.payment.email === null ? null : customerPortal(base, offer),
    kept: keptFields(fields),
    back: query(base, offer.tier, { manual: false, byInvoice: true }),
    scripts: ['forms.js'],
  });
}
