import { ORGANIZATION_TYPES } from '../../plans/catalogue/organization-types.js';
import { TIER, tierName } from '../../plans/catalogue/tiers.js';
import { sponsorshipTarget } from '../../plans/overview/page-targets.js';
import type { PlanOverview } from '../../plans/overview/plan-overview.js';
import {
  MISSING,
  SPONSORSHIP_FIELDS,
  type SponsorshipField,
  type SponsorshipProblems,
} from '../../plans/sponsorship/sponsorship-form.js';
import type { FormFields } from '../../protocol/form-body.js';
import { type Page, page, type Redirect, redirect } from '../../sessions/pages/page.js';
import type { PortalEntity } from '../identity/current-entity.js';
import { ELIGIBILITY, eligibilityOf, OTHERS } from './eligibility.js';

/** What is in the form, and what is wrong with it. */
export interface SponsorshipEntries {
  readonly entered: FormFields;
  readonly problems?: SponsorshipProblems['problems'];
}

/** The form, the request that waits, or that it was granted; or where its visitor is to go. Answers 400 with problems. */
export function sponsorshipPage(
  { base, host, name }: PortalEntity,
  overview: PlanOverview,
  { entered, problems }: SponsorshipEntries,
): Page | Redirect {
  const target = sponsorshipTarget(overview);
  if ('goTo' in target) return redirect(`${base}/${target.goTo}/`);
  const data = { base, host, name };
  if (target.show === 'sponsored') return page('portal/sponsored', `${host} is sponsored`, data);
  if (target.show === 'pending') {
    const { requestedPlan } = overview.sponsorship;
    const isDiscount = requestedPlan === 'Basic' || requestedPlan === 'Business';
    const currentPlan = overview.complimentaryEndsAt ? COMPLIMENTARY : tierName(overview.planType);
    const view = { ...data, currentPlan, requestedPlan, isDiscount };
    return page('portal/sponsorship-pending', 'Your request is under review', view);
  }
  const view = { ...data, ...formView(entered, problems), scripts: ['forms.js', 'sponsorship.js'] };
  return page('portal/sponsorship', 'Request sponsorship or a discount', view, problems ? 400 : 200);
}

function formView(entered: FormFields, problems: SponsorshipProblems['problems'] | undefined) {
  const chosenType = entered['organization_type'] ?? '';
  const chosenPlan = entered['requested_plan'] ?? 'Community';
  const types = ORGANIZATION_TYPES.map((type) => ({
    ...type,
    hint: eligibilityOf(type.id),
    isChosen: String(type.id) === chosenType,
  })).filter(({ isHidden, isChosen, id }) => !isHidden || (isChosen && id !== UNSPECIFIED));
  return {
    fields: Object.fromEntries(SPONSORSHIP_FIELDS.map((name) => [name, fieldView(name, entered, problems)])),
    problemCount: Object.keys(problems ?? {}).length,
    types,
    hint: types.find(({ isChosen }) => isChosen)?.hint ?? OTHERS,
    isTypeChosen: types.some(({ isChosen }) => isChosen),
    plans: PLANS.map((plan) => ({ ...plan, isChosen: plan.value === chosenPlan })),
    eligibility: ELIGIBILITY,
    others: OTHERS,
  };
}

/** A field, and what is said under it: hidden until it is so, for the script. */
function fieldView(name: SponsorshipField, entered: FormFields, problems: SponsorshipProblems['problems'] = {}) {
  const firstProblem = SPONSORSHIP_FIELDS.find((field) => problems[field] !== undefined);
  return {
    value: entered[name] ?? '',
    problem: problems[name],
    text: problems[name] ?? MISSING[name],
    missing: MISSING[name],
    isFirst: firstProblem === name,
  };
}

const COMPLIMENTARY = `${tierName(TIER.basic)} (complimentary access)`;

/** The type of an organization that has not told. */
const UNSPECIFIED = 0;

const PLANS = [
  { value: 'Community', label: 'Community' },
  { value: 'Basic', label: 'Basic (discounted)' },
  { value: 'Business', label: 'Business (discounted)' },
] as const;
