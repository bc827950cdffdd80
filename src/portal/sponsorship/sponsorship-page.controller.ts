import { Get, Inject, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { ORGANIZATION_TYPES } from '../../plans/catalogue/organization-types.js';
import { tierName } from '../../plans/catalogue/tiers.js';
import { sponsorshipTarget } from '../../plans/overview/page-targets.js';
import type { PlanOverview } from '../../plans/overview/plan-overview.js';
import { PlanOverviews } from '../../plans/overview/plan-overviews.js';
import { readSponsorshipForm, type SponsorshipProblems } from '../../plans/sponsorship/sponsorship-form.js';
import { Sponsorships } from '../../plans/sponsorship/sponsorships.js';
import type { FormFields } from '../../protocol/form-body.js';
import { formFields } from '../../protocol/request.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Page, page, type Redirect, redirect, seeOther } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';
import { ELIGIBILITY } from './eligibility.js';

/** Where organizations ask for sponsorship or a discount, and see how their request stands. */
@BrowserController(['realm/:uuid', 'server/:uuid'])
@UseGuards(PortalGuard)
export class SponsorshipPageController {
  constructor(
    @Inject(PlanOverviews) private readonly overviews: PlanOverviews,
    @Inject(Sponsorships) private readonly sponsorships: Sponsorships,
  ) {}

  @Get(withSlash('sponsorship'))
  async show(@CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    const overview = await this.overview(entity);
    return shown(entity, overview, { organization_type: String(overview.orgType) });
  }

  @Post(withSlash('sponsorship'))
  async request(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    const fields = formFields(request);
    const read = readSponsorshipForm(fields);
    if (!read.ok) return shown(entity, await this.overview(entity), fields, read.problems);
    const { holder, base, billingUser, actor } = entity;
    try {
      await this.sponsorships.request(holder, read.form, { name: billingUser.name, email: billingUser.email }, actor);
      flash(request, 'success', 'Your request was sent. We answer by mail.');
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 400) throw error;
      flash(request, 'error', error.clientMessage);
    }
    return seeOther(`${base}/sponsorship/`);
  }

  private async overview({ holder }: PortalEntity): Promise<PlanOverview> {
    const overview = await this.overviews.of(holder);
    if (!overview) throw new AppError('http.not-found');
    return overview;
  }
}

function shown(
  { base, host, name }: PortalEntity,
  overview: PlanOverview,
  entered: FormFields | Readonly<Record<string, string>>,
  problems?: SponsorshipProblems['problems'],
): Page | Redirect {
  const target = sponsorshipTarget(overview);
  if ('goTo' in target) return redirect(`${base}/${target.goTo}/`);
  const data = {
    base,
    host,
    name,
    currentPlan: tierName(overview.planType),
    requestedPlan: overview.sponsorship.requestedPlan,
  };
  if (target.show === 'sponsored') return page('portal/sponsored', `${host} is sponsored`, data);
  if (target.show === 'pending') return page('portal/sponsorship-pending', 'Your request is under review', data);
  const types = ORGANIZATION_TYPES.filter(
    ({ id, isHidden }) => !isHidden || String(id) === entered['organization_type'],
  );
  return page(
    'portal/sponsorship',
    'Request sponsorship or a discount',
    {
      ...data,
      entered,
      problems,
      hasProblems: problems !== undefined,
      types: types.map((type) => ({ ...type, isChosen: String(type.id) === entered['organization_type'] })),
      plans: PLANS.map((plan) => ({ ...plan, isChosen: plan.value === (entered['requested_plan'] ?? 'Community') })),
      eligibility: ELIGIBILITY,
      scripts: ['forms.js'],
    },
    problems ? 400 : 200,
  );
}

const PLANS = [
  { value: 'Community', label: 'Community (sponsored)' },
  { value: 'Basic', label: 'Basic (discounted)' },
  { value: 'Business', label: 'Business (discounted)' },
] as const;
