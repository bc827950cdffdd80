import type { FastifyRequest } from 'fastify';
import { siteOfPath } from '../site.js';

/**
 * The path of a page as its controller names it, so that it is served with a slash at its end: the framework takes one slash from
 * the end of a path, and keeps a second one. Who leaves the slash out is sent to the page (`slashedAddress`).
 */
export function withSlash(path = ''): string {
  return `${path}//`;
}

/** Where a page of the portal is that was asked for without the slash at its end, as people type it; undefined for all else. */
export function slashedAddress(request: FastifyRequest): string | undefined {
  if (!request.is404 || (request.method !== 'GET' && request.method !== 'HEAD')) return undefined;
  const [path = '', query] = (request.raw.url ?? '').split(/\?(.*)/s, 2);
  if (siteOfPath(path) !== 'portal' || path.endsWith('/') || path.startsWith('/json/')) return undefined;
  return query ? `${path}/?${query}` : `${path}/`;
}
