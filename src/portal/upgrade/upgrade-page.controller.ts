import { Get, HttpCode, Inject, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { descriptionOf } from '../../plans/catalogue/refusals.js';
import { PlanOverviews } from '../../plans/overview/plan-overviews.js';
import { UpgradePages } from '../../plans/overview/upgrade-pages.js';
import { upgradeForm } from '../../plans/purchase/upgrade-form.js';
import { formFields } from '../../protocol/request.js';
import { checkWire } from '../../protocol/wire-parameters.decorator.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Page, type Redirect, seeOther } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';
import { rememberChoice, rememberedChoice } from './upgrade-choice.js';
import { choiceOf, startsLater, tierOf, viewOf } from './upgrade-fields.js';
import { type Opened, shownConfirmation, shownPage } from './upgrade-pages.js';
import { resultOf } from './upgrade-result.js';
import type { UpgradeProblem } from './upgrade-view.js';
import { Upgrades } from './upgrades.js';

type Answer = Promise<Page | Redirect>;

/** The page on which a plan is bought. All of it works as plain forms; a script only reckons while one types. */
@BrowserController(['realm/:uuid', 'server/:uuid'])
@UseGuards(PortalGuard)
export class UpgradePageController {
  constructor(
    @Inject(UpgradePages) private readonly pages: UpgradePages,
    @Inject(PlanOverviews) private readonly overviews: PlanOverviews,
    @Inject(Upgrades) private readonly upgrades: Upgrades,
  ) {}

  @Get(withSlash('upgrade'))
  async show(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Answer {
    const fields = formFields(request);
    return shownPage(await this.open(entity, fields, rememberedChoice(request, entity)));
  }

  @Post(withSlash('upgrade'))
  @HttpCode(200)
  buy(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Answer {
    return this.orAgain(request, entity, async (fields) => {
      const form = checkWire(upgradeForm, fields, 'form');
      const sendsInvoice = form.billing_modality === 'send_invoice' && !startsLater(fields);
      if (sendsInvoice && fields['confirmed'] !== 'true') {
        rememberChoice(request, entity, choiceOf(fields));
        return shownConfirmation(await this.open(entity, fields, choiceOf(fields)), fields);
      }
      const result = await this.upgrades.buy(entity, form);
      delete request.session.upgradeChoice;
      const overview = result.kind === 'invoice' ? undefined : await this.overviews.of(entity.holder);
      const { address, message } = resultOf(entity.base, fields, result, overview);
      if (message) flash(request, 'success', message);
      return seeOther(address);
    });
  }

  /** To the provider's page for a card; what was chosen waits in the session. */
  @Post(withSlash('upgrade/card'))
  card(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Answer {
    return this.orAgain(request, entity, async (fields) => {
      rememberChoice(request, entity, choiceOf(fields));
      const manual = fields['license_management'] === 'manual';
      return seeOther((await this.upgrades.startCard(entity, tierOf(fields), manual)).url);
    });
  }

  /** What is refused is told above the form, with everything that was entered. */
  private async orAgain(
    request: FastifyRequest,
    entity: PortalEntity,
    work: (fields: ReturnType<typeof formFields>) => Answer,
  ): Answer {
    const fields = formFields(request);
    try {
      return await work(fields);
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 400) throw error;
      return shownPage(await this.open(entity, fields, choiceOf(fields)), problemOf(error));
    }
  }

  private async open(
    entity: PortalEntity,
    fields: ReturnType<typeof formFields>,
    choice: ReturnType<typeof choiceOf>,
  ): Promise<Opened> {
    const found = await this.pages.open(entity.holder, viewOf(fields));
    if (!found) throw new AppError('http.not-found');
    return { entity, found, choice };
  }
}

function problemOf(error: AppError): UpgradeProblem {
  const description = descriptionOf(error);
  const about = description === 'card error' ? 'card' : LICENSES.has(description) ? 'licenses' : 'other';
  return { text: error.clientMessage, about };
}

/** Refusals that are about the number in the form. */
const LICENSES = new Set(['too-few-licenses', 'too-many-licenses']);
