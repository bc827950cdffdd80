import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { canonicalUuid } from '../../protocol/wire-types.js';
import { isScript } from '../../sessions/pages/error-pages.js';
import { page } from '../../sessions/pages/page.js';
import { PageRenderer } from '../../sessions/pages/page-renderer.js';
import { noteEntity } from './current-entity.js';
import { pageOf, withNextPage } from './next-page.js';
import type { EntityKind } from './portal-identity.js';
import { type Standing, Visitors } from './visitors.js';

const ROUTE = /^\/(?:json\/)?(realm|server)\//;

/**
 * Only for who is logged in to the one server or realm that the path names; a session of a realm does not open its server, nor the
 * other way round. Who is not is sent to log in again, where that reveals nothing: the host of a realm is told only to those who
 * were admitted to it before. Scripts are told in JSON where to go.
 */
@Injectable()
export class PortalGuard implements CanActivate {
  constructor(
    @Inject(Visitors) private readonly visitors: Visitors,
    @Inject(PageRenderer) private readonly renderer: PageRenderer,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws AppError `portal.unauthenticated`, `portal.deactivated`, `http.not-found` for what is no UUID */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest<{ Params: { uuid?: string } }>>();
    const kind = ROUTE.exec(request.routeOptions.url ?? '')?.[1] as EntityKind | undefined;
    const uuid = canonicalUuid(request.params.uuid ?? '');
    if (!kind || !uuid) throw new AppError('http.not-found');
    const standing = await this.visitors.standing(request, kind, uuid);
    if (standing.kind === 'admitted') {
      noteEntity(request, standing.entity);
      this.visitors.surround(request, standing.entity);
      return true;
    }
    if (standing.kind === 'deactivated') {
      throw new AppError('portal.deactivated', { support: this.settings.mail.supportEmail });
    }
    const address = loginAddress(request, kind, standing);
    if (address === undefined) throw new AppError('portal.unauthenticated');
    await this.sendToLogin(request, http.getResponse<FastifyReply>(), address);
    return false;
  }

  /** Answers, and waits until that has left: what Nest makes of the refusal must find the answer sent. */
  private async sendToLogin(request: FastifyRequest, reply: FastifyReply, address: string): Promise<void> {
    const answer = await this.answer(request, reply, address);
    try {
      await answer();
    } catch {
      // Whoever asked has gone away.
    }
  }

  private async answer(request: FastifyRequest, reply: FastifyReply, address: string) {
    if (wantsJson(request)) {
      const body = { error_message: 'You are logged out. Please log in again.', login_url: address };
      return () => reply.status(401).send(body);
    }
    const isForm = request.method !== 'GET' && request.method !== 'HEAD';
    if (isForm && !address.startsWith('/')) {
      // `form-action` of our own policy keeps browsers from following a form to another host.
      const html = await this.renderer.render(request, reply, loggedOutPage(address));
      return () => reply.send(html);
    }
    return () => reply.status(302).header('Location', address).send('');
  }
}

const loggedOutPage = (address: string) => page('portal/session-expired', 'You are logged out', { address }, 401);

/** Where to log in again; undefined where that must not be told. */
function loginAddress(request: FastifyRequest, kind: EntityKind, standing: Standing): string | undefined {
  const next = pageOf(request, kind);
  if (kind === 'server') return withNextPage('/serverlogin/', next);
  if (standing.kind !== 'expired') return undefined;
  return withNextPage(`${standing.uriScheme}${standing.found.host}/self-hosted-billing/`, next);
}

/** Scripts say who they are; a form without a script may go to the same address, and wants to see a page. */
function wantsJson(request: FastifyRequest): boolean {
  if (isScript(request)) return true;
  return request.url.startsWith('/json/') && !request.headers.accept?.includes('text/html');
}
