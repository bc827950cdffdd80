import { Get, HttpCode, Inject, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { descriptionOf } from '../../plans/catalogue/refusals.js';
import { TIER } from '../../plans/catalogue/tiers.js';
import type { UpgradePage } from '../../plans/overview/upgrade-offer.js';
import { UpgradePages } from '../../plans/overview/upgrade-pages.js';
import type { PurchaseResult } from '../../plans/purchase/purchase-request.js';
import { upgradeForm } from '../../plans/purchase/upgrade-form.js';
import { type FormFields } from '../../protocol/form-body.js';
import { formFields } from '../../protocol/request.js';
import { checkWire } from '../../protocol/wire-parameters.decorator.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Page, page, type Redirect, redirect, seeOther } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';
import { notUploadingPage } from '../usage-data/not-uploading.js';
import { rememberChoice, rememberedChoice, type UpgradeChoice } from './upgrade-choice.js';
import { headingOf, query, upgradeView } from './upgrade-view.js';
import { Upgrades } from './upgrades.js';

/** The page on which a plan is bought. All of it works as plain forms; a script only reckons while one types. */
@BrowserController(['realm/:uuid', 'server/:uuid'])
@UseGuards(PortalGuard)
export class UpgradePageController {
  constructor(
    @Inject(UpgradePages) private readonly pages: UpgradePages,
    @Inject(Upgrades) private readonly upgrades: Upgrades,
  ) {}

  @Get(withSlash('upgrade'))
  show(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    return this.page(entity, formFields(request), rememberedChoice(request, entity));
  }

  @Post(withSlash('upgrade'))
  @HttpCode(200)
  async buy(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    const fields = formFields(request);
    const choice = choiceOf(fields);
    try {
      const result = await this.upgrades.buy(entity, checkWire(upgradeForm, fields, 'form'));
      delete request.session.upgradeChoice;
      return seeOther(this.after(request, entity, fields, result));
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 400) throw error;
      const isCard = descriptionOf(error) === 'card error';
      return this.page(entity, fields, choice, { text: error.clientMessage, isCard });
    }
  }

  /** To the provider's page for a card; what was chosen waits in the session. */
  @Post(withSlash('upgrade/card'))
  async card(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    const fields = formFields(request);
    rememberChoice(request, entity, choiceOf(fields));
    try {
      const visit = await this.upgrades.startCard(entity, tierOf(fields), fields['license_management'] === 'manual');
      return seeOther(visit.url);
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 400) throw error;
      return this.page(entity, fields, choiceOf(fields), { text: error.clientMessage, isCard: false });
    }
  }

  private async page(
    entity: PortalEntity,
    fields: FormFields,
    choice: UpgradeChoice,
    problem?: { readonly text: string; readonly isCard: boolean },
  ): Promise<Page | Redirect> {
    const found = await this.pages.open(entity.holder, {
      tier: tierOf(fields),
      manual: isTrue(fields['manual_license_management']) || fields['license_management'] === 'manual',
      byInvoice: isTrue(fields['setup_payment_by_invoice']) || fields['billing_modality'] === 'send_invoice',
    });
    if (!found) throw new AppError('http.not-found');
    return shown(entity, found, choice, problem);
  }

  private after(request: FastifyRequest, { base }: PortalEntity, fields: FormFields, result: PurchaseResult): string {
    if (result.kind !== 'invoice') {
      const isLater = fields['remote_server_plan_start_date'] === 'billing_cycle_end_date';
      flash(request, 'success', isLater ? 'Your upgrade is scheduled.' : 'Your free trial has started.');
      return `${base}/billing/`;
    }
    if (fields['billing_modality'] !== 'send_invoice') {
      return `${base}/billing/event_status/?stripe_invoice_id=${encodeURIComponent(result.stripeInvoiceId)}`;
    }
    return query(base, tierOf(fields), { manual: false, byInvoice: true });
  }
}

function shown(
  { base, host }: PortalEntity,
  found: UpgradePage,
  choice: UpgradeChoice,
  problem: { readonly text: string; readonly isCard: boolean } | undefined,
): Page | Redirect {
  const status = problem ? 400 : 200;
  switch (found.kind) {
    case 'unknown-tier':
      throw new AppError('params.not-allowed', { name: 'tier' });
    case 'elsewhere':
      return 'goTo' in found.target ? redirect(`${base}/${found.target.goTo}/`) : notUploadingPage(found.overview);
    case 'outstanding':
      return page('portal/outstanding-invoice', outstandingTitle(found.invoice.kind), { base, ...found }, status);
    case 'offer': {
      const view = upgradeView(found.overview, found.offer, base, choice);
      const data = { ...view, host, problem, scripts: ['forms.js', 'upgrade.js'] };
      return page('portal/upgrade', headingOf(found.offer, host), data, status);
    }
  }
}

function outstandingTitle(kind: 'ordinary' | 'fixed-price' | 'trial-expired'): string {
  return kind === 'trial-expired' ? 'Your free trial has ended' : 'An invoice is waiting for payment';
}

function choiceOf(fields: FormFields): UpgradeChoice {
  return {
    schedule: fields['schedule'] === 'annual' ? 'annual' : 'monthly',
    ...(fields['license_management'] === 'manual' ? { licenses: fields['licenses'] } : {}),
    startDate: fields['remote_server_plan_start_date'],
  };
}

/** @throws AppError for what is no number */
function tierOf(fields: FormFields): number {
  const text = fields['tier'];
  if (text === undefined) return TIER.business;
  if (!/^\d{1,4}$/.test(text)) throw new AppError('params.not-allowed', { name: 'tier' });
  return Number(text);
}

function isTrue(text: string | undefined): boolean {
  return text === 'true';
}
