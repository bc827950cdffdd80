import { Get, HttpCode, Inject, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { planUpdateForm, toPlanUpdate } from '../../plans/changes/plan-update-form.js';
import { PlanUpdates } from '../../plans/changes/plan-updates.js';
import type { FormFields } from '../../protocol/form-body.js';
import { formFields } from '../../protocol/request.js';
import { checkWire } from '../../protocol/wire-parameters.decorator.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Page, page, type Redirect, seeOther } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';
import type { BillingProblem } from './billing-view.js';
import { BillingViews } from './billing-views.js';
import { FREQUENCY_UPDATED, resultOf } from './plan-update-result.js';

/** The page that shows a plan and what is paid for it, and its forms. What costs or loses something is asked once more before. */
@BrowserController(['realm/:uuid', 'server/:uuid'])
@UseGuards(PortalGuard)
export class BillingPageController {
  constructor(
    @Inject(BillingViews) private readonly views: BillingViews,
    @Inject(PlanUpdates) private readonly updates: PlanUpdates,
  ) {}

  @Get(withSlash('billing'))
  async show(@CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    return this.views.page(entity, await this.views.open(entity));
  }

  /** Changes the plan as the JSON endpoint does. Without a script, the question comes as a page of its own. */
  @Post(withSlash('billing/plan'))
  @HttpCode(200)
  async change(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    const fields = formFields(request);
    return this.orAgain(entity, problemIn(fields), async () => {
      const update = toPlanUpdate(checkWire(planUpdateForm, fields, 'form'));
      if (fields['confirmed'] !== 'true') {
        const question = this.views.question(await this.views.open(entity), update);
        if (question) {
          const { base } = entity;
          return page('portal/confirm-change', question.title, { base, question, kept: keptFields(fields) });
        }
      }
      await this.updates.update(entity.holder, update, entity.actor);
      const { address, message } = resultOf(update, entity.base, fields['undoes'] === 'next-plan');
      flash(request, 'success', message);
      return seeOther(address);
    });
  }

  /** The frequency that was chosen; what has to be asked for to get it depends on the plan. */
  @Post(withSlash('billing/frequency'))
  @HttpCode(200)
  async changeFrequency(
    @Req() request: FastifyRequest,
    @CurrentEntity() entity: PortalEntity,
  ): Promise<Page | Redirect> {
    const chosen = formFields(request)['frequency'];
    return this.orAgain(entity, { about: 'frequency' }, async () => {
      const { rows } = await this.views.open(entity);
      const change = rows?.frequency.change;
      // It is that way already: another window was faster, or the button was pressed without a choice.
      if (change && String(change.to) === chosen) {
        const { status, schedule } = change;
        await this.updates.update(entity.holder, { status, schedule }, entity.actor);
        flash(request, 'success', FREQUENCY_UPDATED);
      }
      return seeOther(`${entity.base}/billing/`);
    });
  }

  /** What is refused is told on the page, beside the form that it is about. */
  private async orAgain(
    entity: PortalEntity,
    about: Omit<BillingProblem, 'text'>,
    work: () => Promise<Page | Redirect>,
  ): Promise<Page | Redirect> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 400) throw error;
      return this.views.page(entity, await this.views.open(entity), { ...about, text: error.clientMessage });
    }
  }
}

/** Which form was sent, and what was entered into it. */
function problemIn(fields: FormFields): Omit<BillingProblem, 'text'> {
  if (fields['licenses'] !== undefined) return { about: 'licenses', entered: fields['licenses'] };
  const next = fields['licenses_at_next_renewal'];
  return next === undefined ? { about: 'other' } : { about: 'next-licenses', entered: next };
}

/** Fields that are sent again with the answer to a question. */
const KEPT = ['status', 'licenses', 'licenses_at_next_renewal', 'toggle_license_management', 'undoes'] as const;

function keptFields(fields: FormFields): readonly { readonly name: string; readonly value: string }[] {
  return KEPT.flatMap((name) => {
    const value = fields[name];
    return value === undefined ? [] : [{ name, value }];
  });
}
