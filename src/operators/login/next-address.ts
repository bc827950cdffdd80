import { siteOfPath } from '../../sessions/site.js';
import { LANDING_PAGE } from './operator-navigation.js';

const ANY_ORIGIN = 'http://any.invalid';

/**
 * Where to go after the login: the address that was asked for if it is a page of the operators', else the landing page. Addresses come
 * from outside, and must not lead anywhere else (OWASP, Unvalidated Redirects and Forwards).
 */
export function nextAddress(asked: string | undefined): string {
  if (asked === undefined || !/^\/[\x21-\x7e]*$/.test(asked) || !URL.canParse(asked, ANY_ORIGIN)) return LANDING_PAGE;
  const { origin, pathname, search } = new URL(asked, ANY_ORIGIN);
  const isOurs = origin === ANY_ORIGIN && siteOfPath(pathname) === 'operator' && !/^\/login(\/|$)/.test(pathname);
  return isOurs ? pathname + search : LANDING_PAGE;
}
