import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import type { PlanUpdate } from '../../plans/changes/plan-updates.js';
import { type BillingPage, BillingPages } from '../../plans/overview/billing-pages.js';
import { type Page, page, type Redirect, redirect } from '../../sessions/pages/page.js';
import type { PortalEntity } from '../identity/current-entity.js';
import { notUploadingPage } from '../usage-data/not-uploading.js';
import { type BillingProblem, billingView } from './billing-view.js';
import { type Confirmation, confirmationOf } from './confirmations.js';

/** Opens the billing page, for the controllers whose forms stand on it. */
@Injectable()
export class BillingViews {
  constructor(
    @Inject(BillingPages) private readonly pages: BillingPages,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async open({ holder }: PortalEntity): Promise<BillingPage> {
    const found = await this.pages.open(holder);
    if (!found) throw new AppError('http.not-found');
    return found;
  }

  /** The page, or where its visitor is to go. @param problem what was refused: the page answers 400 */
  page({ base, host }: PortalEntity, found: BillingPage, problem?: BillingProblem): Page | Redirect {
    const { target, overview, rows } = found;
    if ('goTo' in target) return redirect(`${base}/${target.goTo}/`);
    if (target.show === 'not-uploading' || !rows) return notUploadingPage(overview);
    const view = billingView(overview, rows, this.settings.plans.freeUsers, problem);
    const data = { ...view, base, scripts: ['forms.js', 'billing.js'] };
    return page('portal/billing', `Billing for ${host}`, data, problem ? 400 : 200);
  }

  /** What is asked before an update; null: nothing. */
  question({ rows }: BillingPage, update: PlanUpdate): Confirmation | null {
    return rows && confirmationOf(rows, update, this.settings.plans.freeUsers);
  }
}
