import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';

/** Pages that a login may lead to; Zulip servers and documentation name them. */
export const NEXT_PAGES = ['sponsorship', 'upgrade', 'billing', 'plans', 'deactivate'] as const;

export type NextPage = (typeof NEXT_PAGES)[number];

/** Whether a text names one of the pages. A realm has none to deactivate it on. */
export function isNextPage(text: string, kind: 'realm' | 'server' = 'server'): text is NextPage {
  return (NEXT_PAGES as readonly string[]).includes(text) && !(kind === 'realm' && text === 'deactivate');
}

/**
 * The page that a form or an address wants to go on to; an empty one is none.
 *
 * @throws AppError naming `next_page`
 */
export function readNextPage(text: string | undefined, kind: 'realm' | 'server'): NextPage | undefined {
  if (text === undefined || text === '') return undefined;
  if (!isNextPage(text, kind)) throw new AppError('params.not-allowed', { name: 'next_page' });
  return text;
}

/** The page that a request was about, by the last part of its path. */
export function pageOf(request: FastifyRequest, kind: 'realm' | 'server'): NextPage | undefined {
  const path = request.raw.url?.split('?', 1)[0] ?? '';
  const last = path.split('/').filter(Boolean).at(-1) ?? '';
  return isNextPage(last, kind) ? last : undefined;
}

/** An address with `next_page` in its query, where there is one. */
export function withNextPage(address: string, next: NextPage | undefined): string {
  return next ? `${address}?next_page=${next}` : address;
}
