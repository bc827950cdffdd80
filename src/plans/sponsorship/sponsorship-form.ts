import { ORGANIZATION_TYPES, organizationTypeName } from '../catalogue/organization-types.js';
import type { SponsorshipRequest } from '../customers/sponsorship-request.entity.js';

/** What somebody fills in who asks for sponsorship, checked by whoever takes it in. */
export interface SponsorshipForm
  extends Pick<
    SponsorshipRequest,
    | 'orgType'
    | 'orgWebsite'
    | 'orgDescription'
    | 'expectedTotalUsers'
    | 'planToUse'
    | 'paidUsersCount'
    | 'paidUsersDescription'
    | 'requestedPlan'
  > {
  /** Name of the type, for people. */
  readonly orgTypeName: string;
}

/** The fields of the form by the names under which they are sent. */
export const SPONSORSHIP_FIELDS = [
  'organization_type',
  'website',
  'description',
  'expected_total_users',
  'plan_to_use_zulip',
  'paid_users_count',
  'paid_users_description',
  'requested_plan',
] as const;

export type SponsorshipField = (typeof SPONSORSHIP_FIELDS)[number];

/** What is wrong with a form: for each field at most one sentence, and all of them as one text. */
export interface SponsorshipProblems {
  readonly problems: Readonly<Partial<Record<SponsorshipField, string>>>;
  readonly message: string;
}

const PLANS = ['', 'Community', 'Basic', 'Business'] as const;
const WEBSITE_LIMIT = 200;
/** Nobody writes more by hand; what is longer is not mailed to people. */
const TEXT_LIMIT = 10_000;

/** What is said where a field that is required is empty. */
export const MISSING: Readonly<Partial<Record<SponsorshipField, string>>> = {
  organization_type: 'Please choose the type of your organization.',
  description: 'Please describe your organization.',
  expected_total_users: 'Please say how many users you expect.',
  plan_to_use_zulip: 'Please say how you plan to use Zulip.',
  paid_users_count: 'Please say how many paid staff you have.',
};

/** Reads the form as it was sent. Every field is looked at, so that people are told of all that is wrong at once. */
export function readSponsorshipForm(
  fields: Readonly<Record<string, string | undefined>>,
): ({ readonly ok: true } & { readonly form: SponsorshipForm }) | ({ readonly ok: false } & SponsorshipProblems) {
  const problems: Partial<Record<SponsorshipField, string>> = {};
  const text = (name: SponsorshipField): string => {
    const value = (fields[name] ?? '').trim();
    const missing = value === '' ? MISSING[name] : undefined;
    if (missing !== undefined) problems[name] = missing;
    else if (value.length > TEXT_LIMIT) problems[name] = `Please write at most ${TEXT_LIMIT} characters.`;
    // A zero byte is no text to PostgreSQL.
    return value.replaceAll('\0', '');
  };
  const typeText = text('organization_type');
  const type = ORGANIZATION_TYPES.find(({ id }) => String(id) === typeText);
  if (!type) problems.organization_type = MISSING.organization_type ?? '';
  const orgWebsite = website(text('website'));
  if (orgWebsite === undefined) problems.website = 'Please enter a valid URL.';
  const wanted = text('requested_plan');
  const requestedPlan = PLANS.find((plan) => plan === wanted);
  if (requestedPlan === undefined) problems.requested_plan = 'Please choose a plan.';
  const form = {
    orgType: type?.id ?? 0,
    orgTypeName: organizationTypeName(type?.id ?? 0),
    orgWebsite: orgWebsite ?? '',
    orgDescription: text('description'),
    expectedTotalUsers: text('expected_total_users'),
    planToUse: text('plan_to_use_zulip'),
    paidUsersCount: text('paid_users_count'),
    paidUsersDescription: text('paid_users_description'),
    requestedPlan: requestedPlan ?? '',
  };
  const all = SPONSORSHIP_FIELDS.flatMap((name) => problems[name] ?? []);
  return all.length === 0 ? { ok: true, form } : { ok: false, problems, message: all.join(' ') };
}

/** A website as it is kept, https assumed; empty: none was given; undefined: it is not one. */
function website(text: string): string | undefined {
  if (text === '') return '';
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (url.length > WEBSITE_LIMIT || /\s/.test(url) || !URL.canParse(url)) return undefined;
  const { protocol, hostname } = new URL(url);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && /^[^.]+(\.[^.]+)+$/.test(hostname) ? url : undefined;
}
