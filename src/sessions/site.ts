import type { FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings.js';

/** The two sites that people open in a browser. Their sessions are apart: neither knows the other's. */
export type SiteName = 'portal' | 'operator';

/** First segments of the paths of each site. */
const SEGMENTS: Readonly<Record<string, SiteName>> = {
  serverlogin: 'portal',
  'remote-billing-login': 'portal',
  realm: 'portal',
  server: 'portal',
  json: 'portal',
  customer: 'portal',
  logout: 'portal',
  login: 'operator',
  activity: 'operator',
  stats: 'operator',
  operator: 'operator',
};

/** Nearly all requests are of the API: they are told apart first, by their first letters. */
const API = '/api/';
/** What else is there for programs. */
const OTHERS = /^\/(health|static|stripe)\//;

/** Where a site lives, as the settings say. */
export interface Site {
  readonly name: SiteName;
  /** `https://host`, the base of its links. */
  readonly origin: string;
  /** Whether it answers on its own host alone (docs/settings.md, `PORTAL_URL`). */
  readonly ownHostOnly: boolean;
  /** Whether people reach it over TLS, whatever the connection that arrives here is. */
  readonly secure: boolean;
}

/** The sites by name. */
export type Sites = Readonly<Record<SiteName, Site>>;

export function sitesOf({ http }: Settings): Sites {
  const site = (name: SiteName, origin: string): Site => ({
    name,
    origin,
    ownHostOnly: hostOf(origin) !== hostOf(http.publicUrl),
    secure: origin.startsWith('https:'),
  });
  return { portal: site('portal', http.portalUrl), operator: site('operator', http.operatorUrl) };
}

/** The site that a path belongs to, if any; API, health and assets belong to none. */
export function siteOfPath(url: string): SiteName | undefined {
  const end = url.slice(1).search(/[/?#]/);
  const segment = end === -1 ? url.slice(1) : url.slice(1, end + 1);
  return Object.hasOwn(SEGMENTS, segment) ? SEGMENTS[segment] : undefined;
}

/**
 * The site whose ways a request is answered in: besides its own paths, whatever a browser wants to show that is none of the API (an
 * address that does not exist, above all).
 */
export function siteOfRequest(request: FastifyRequest): SiteName | undefined {
  const url = request.raw.url ?? '';
  if (url.startsWith(API)) return undefined;
  const own = siteOfPath(url);
  if (own || OTHERS.test(url)) return own;
  return request.headers.accept?.includes('text/html') ? 'portal' : undefined;
}

/** Whether a site answers on the host that a request was sent to. */
export function answersHere(sites: Sites, name: SiteName, request: FastifyRequest): boolean {
  const host = request.host.toLowerCase();
  const site = sites[name];
  const other = sites[name === 'portal' ? 'operator' : 'portal'];
  if (site.ownHostOnly) return host === hostOf(site.origin);
  return !(other.ownHostOnly && host === hostOf(other.origin));
}

function hostOf(origin: string): string {
  return new URL(origin).host;
}
