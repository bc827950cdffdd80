import type { ErrorDefinition } from './errors.js';

/** What people are told in their browsers, and scripts of pages in JSON; a part of the catalogue in `errors.ts`. */
export const PAGE_ERRORS = {
  'page.forged': {
    status: 403,
    code: 'CSRF_FAILED',
    msg: 'The form could not be accepted. Please reload the page and send it again.',
  },
  'page.too-many-tries': {
    status: 429,
    code: 'RATE_LIMIT_HIT',
    msg: 'There were too many tries. Please wait some minutes before the next one.',
  },
  'page.wait': {
    status: 429,
    code: 'RATE_LIMIT_HIT',
    msg: 'There were too many tries. Please try again in {wait}.',
  },
  'chart.unknown': { status: 400, code: 'BAD_REQUEST', msg: 'There is no such chart.' },
  'chart.start-after-end': { status: 400, code: 'BAD_REQUEST', msg: 'The first day must not lie behind the last one.' },
  'chart.no-data': { status: 400, code: 'BAD_REQUEST', msg: 'No usage statistics were uploaded.' },
  'portal.unauthenticated': {
    status: 401,
    code: 'REMOTE_BILLING_UNAUTHENTICATED_USER',
    msg: 'You are not logged in here. Please open plan management from the main menu of your Zulip organization.',
  },
  'portal.deactivated': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'The registration is deactivated. Please contact {support}.',
  },
  'login.address-mails': {
    status: 429,
    code: 'RATE_LIMIT_HIT',
    msg: 'You have exceeded the limit of mails with links. Please try again in {wait}.',
  },
  'login.server-mails': {
    status: 429,
    code: 'RATE_LIMIT_HIT',
    msg: 'Your server has exceeded the limit of mails with links. Please try again in {wait}.',
  },
  'login.token-expired': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'The access token has expired. Please open plan management again from the menu of your Zulip organization.',
  },
  'login.token-invalid': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'Invalid access token. Please open plan management again from the menu of your Zulip organization.',
  },
  'login.token-used': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'The access token was used already. Please open plan management again from the menu of your Zulip organization.',
  },
  'login.no-account': {
    status: 400,
    code: 'BAD_REQUEST',
    msg: 'Your account for plan management does not exist yet. Please confirm your e-mail address first.',
  },
  'login.barred': {
    status: 403,
    code: 'BAD_REQUEST',
    msg: 'This account may not manage plans any more. Please contact {support}.',
  },
  'operator.may-not-act': {
    status: 403,
    code: 'OPERATOR_MAY_NOT_ACT',
    msg: 'Your account may look at everything and change nothing.',
  },
} as const satisfies Record<string, ErrorDefinition>;
