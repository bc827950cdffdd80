import { AppError } from '../../common/errors.js';
import { parseMailDomain } from '../../registration/contact-email/email-address.js';
import { type Page, page } from '../../sessions/pages/page.js';
import type { NextPage } from '../identity/next-page.js';
import type { FoundEntity } from '../identity/portal-entities.js';
import { LINK_HOURS } from '../links/log-in-mails.js';

/** The form that asks for an e-mail address. */
export interface EmailForm {
  /** Where it goes. */
  readonly action: string;
  readonly entity: FoundEntity;
  readonly email: string;
  readonly nextPage?: NextPage | undefined;
  readonly problem?: string;
}

/** Asks where the link may be mailed to. */
export function emailPage({ action, entity, email, nextPage, problem }: EmailForm): Page {
  const { host, kind } = entity;
  const title = kind === 'server' ? 'Enter log in email' : 'Enter email';
  return page('portal/login-email', title, { action, host, kind, email, nextPage, problem }, problem ? 400 : 200);
}

/** The address that was entered; undefined where it is none. @throws AppError naming `email` where it was not sent */
export function readEmail(sent: string | undefined): string | undefined {
  if (sent === undefined) throw new AppError('params.missing', { name: 'email' }, { var_name: 'email' });
  const email = sent.trim();
  return parseMailDomain(email) ? email : undefined;
}

export const BAD_ADDRESS = 'This is not a valid e-mail address.';

/** After the link was mailed. */
export function sentPage(email: string, kind: FoundEntity['kind']): Page {
  const title = kind === 'server' ? 'Log in link sent' : 'Confirm your email address';
  return page('portal/login-sent', title, { email, kind, hours: LINK_HOURS });
}

const LINK_PROBLEMS = {
  malformed: ['This link is malformed', 'Please check that you have copied the whole link.'],
  unknown: ['This link was not found', 'Please check that you have copied the whole link.'],
  expired: ['This link has expired', 'It has expired, or was used or deactivated.'],
} as const;

/** For a link that leads nowhere, with what to do. */
export function linkProblemPage(problem: keyof typeof LINK_PROBLEMS, kind: FoundEntity['kind']): Page {
  const [title, text] = LINK_PROBLEMS[problem];
  return page('portal/link-problem', title, { text, kind }, 404);
}

/** For who comes for one side, while a plan belongs to the other. */
export function unavailablePage(
  { host, kind }: FoundEntity,
  because: 'server-has-plan' | 'realm-has-plan',
  planName: string,
): Page {
  const title =
    kind === 'server' ? 'Plan management is not available for this server' : 'Plan management not available';
  return page('portal/login-unavailable', title, { host, planName, byServer: because === 'server-has-plan' });
}
