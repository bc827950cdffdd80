import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '../../common/errors.js';
import { siteOfRequest } from '../site.js';
import { page } from './page.js';
import type { PageRenderer } from './page-renderer.js';

const TITLES: Readonly<Record<number, string>> = {
  400: 'That did not work',
  401: 'You are not logged in',
  403: 'This is not for you',
  404: 'Page not found',
  405: 'That is not possible here',
  429: 'Too many tries',
  503: 'Please try again in a moment',
};

/** Errors as pages, for people; scripts and API clients get the envelope. */
export class ErrorPages {
  constructor(private readonly renderer: PageRenderer) {}

  /** Whether the request is a browser's that wants to show a page. */
  wants(request: FastifyRequest): boolean {
    const url = request.raw.url ?? '';
    if (isScript(request) || url.startsWith('/json/')) return false;
    return siteOfRequest(request) !== undefined;
  }

  async answer(request: FastifyRequest, reply: FastifyReply, error: AppError): Promise<void> {
    const text = error.toBody().msg;
    const title = TITLES[error.status] ?? 'Something went wrong';
    const html = await this.renderer.render(
      request,
      reply,
      page('pages/error', title, { text, requestId: request.id }, error.status),
    );
    reply.send(html);
  }
}

/** Whether a page's script sent it, rather than the browser for a page of its own. */
export function isScript(request: FastifyRequest): boolean {
  return request.headers['x-requested-with']?.toString().toLowerCase() === 'xmlhttprequest';
}
