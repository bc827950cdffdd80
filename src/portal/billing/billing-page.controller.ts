import { Get, Inject, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { SCHEDULE } from '../../plans/catalogue/plan-status.js';
import { planUpdateForm, toPlanUpdate } from '../../plans/changes/plan-update-form.js';
import { PlanUpdates } from '../../plans/changes/plan-updates.js';
import { type BillingPage, BillingPages } from '../../plans/overview/billing-pages.js';
import { formFields } from '../../protocol/request.js';
import { checkWire } from '../../protocol/wire-parameters.decorator.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Page, page, type Redirect, redirect, seeOther } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';
import { notUploadingPage } from '../usage-data/not-uploading.js';
import { billingView } from './billing-view.js';
import { confirmationOf } from './license-confirmation.js';
import { pageAfter, sentenceAfter } from './plan-update-result.js';

/** The page that shows a plan and what is paid for it, and its forms. What costs money is asked for twice. */
@BrowserController(['realm/:uuid', 'server/:uuid'])
@UseGuards(PortalGuard)
export class BillingPageController {
  constructor(
    @Inject(BillingPages) private readonly pages: BillingPages,
    @Inject(PlanUpdates) private readonly updates: PlanUpdates,
  ) {}

  @Get(withSlash('billing'))
  async show(@CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    return this.page(entity, await this.open(entity));
  }

  /** Changes the plan as the JSON endpoint does. A number of licenses that costs money is shown once more before. */
  @Post(withSlash('billing/plan'))
  async change(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    const fields = formFields(request);
    try {
      const update = toPlanUpdate(checkWire(planUpdateForm, fields, 'form'));
      if (fields['confirmed'] !== 'true') {
        const { overview, rows } = await this.open(entity);
        const confirmation = rows && confirmationOf(rows, update);
        if (confirmation) {
          return page('portal/confirm-licenses', confirmation.title, {
            base: entity.base,
            ...confirmation,
            host: overview.host,
          });
        }
      }
      await this.updates.update(entity.holder, update, entity.actor);
      flash(request, 'success', sentenceAfter(update));
      return seeOther(pageAfter(update, entity.base, fields['undoes'] === 'next-plan'));
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 400) throw error;
      return this.page(entity, await this.open(entity), error.clientMessage);
    }
  }

  private async open({ holder }: PortalEntity): Promise<BillingPage> {
    const found = await this.pages.open(holder);
    if (!found) throw new AppError('http.not-found');
    return found;
  }

  private page({ base, host }: PortalEntity, found: BillingPage, problem?: string): Page | Redirect {
    const { target, overview, rows } = found;
    if ('goTo' in target) return redirect(`${base}/${target.goTo}/`);
    if (target.show === 'not-uploading' || !rows) return notUploadingPage(overview);
    const data = { ...billingView(overview, rows), base, problem, SCHEDULE, scripts: ['forms.js', 'billing.js'] };
    return page('portal/billing', `Billing for ${host}`, data, problem ? 400 : 200);
  }
}
