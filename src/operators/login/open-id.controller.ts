import { Get, Inject, Logger, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { safeDescription } from '../../protocol/error-description.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Redirect, redirect } from '../../sessions/pages/page.js';
import { Credentials } from '../accounts/credentials.service.js';
import { bothSlashes } from './both-slashes.js';
import { nextAddress } from './next-address.js';
import { type OpenIdAttempt, OpenIdProvider } from './open-id-provider.js';
import { OperatorSessions } from './operator-session.js';

declare module 'fastify' {
  interface Session {
    /** A log-in that is under way at the OpenID Connect provider, and where to go then. */
    openId?: OpenIdAttempt & { readonly next: string };
  }
}

const FAILED = 'You could not be logged in by way of your provider. Please try again.';
const NOBODY = 'Your provider vouches for nobody who is an operator here.';

/** Logging in by way of an OpenID Connect provider, for operators whom that vouches for. Whether a second factor is asked for is the provider's business. */
@BrowserController('login/openid')
export class OpenIdController {
  private readonly logger = new Logger('OpenIdConnect');

  constructor(
    @Inject(OpenIdProvider) private readonly provider: OpenIdProvider,
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(OperatorSessions) private readonly sessions: OperatorSessions,
  ) {}

  @Get(bothSlashes())
  async start(@Req() request: FastifyRequest, @Query('next') next: unknown): Promise<Redirect> {
    this.demandProvider();
    try {
      const { address, attempt } = await this.provider.start();
      request.session.openId = { ...attempt, next: nextAddress(typeof next === 'string' ? next : undefined) };
      return redirect(address);
    } catch (error) {
      return this.refuse(request, error);
    }
  }

  @Get(bothSlashes('callback'))
  async finish(@Req() request: FastifyRequest): Promise<Redirect> {
    this.demandProvider();
    const attempt = request.session.openId;
    // Whatever comes of it, the answer is good once.
    delete request.session.openId;
    if (!attempt) return this.refuse(request);
    let email: string | undefined;
    try {
      email = await this.provider.finish(queryOf(request), attempt);
    } catch (error) {
      return this.refuse(request, error);
    }
    const operator = email === undefined ? undefined : await this.credentials.byEmail(email);
    if (!operator) {
      flash(request, 'error', NOBODY);
      return redirect('/login/');
    }
    await this.sessions.begin(request, operator, 'OpenID Connect');
    return redirect(attempt.next);
  }

  private demandProvider(): void {
    if (!this.provider.configured) throw new AppError('http.not-found');
  }

  private refuse(request: FastifyRequest, error?: unknown): Redirect {
    if (error) this.logger.warn('a log-in by OpenID Connect failed', { error: safeDescription(error) });
    flash(request, 'error', FAILED);
    return redirect('/login/');
  }
}

function queryOf({ raw }: FastifyRequest): string {
  const url = raw.url ?? '';
  return url.includes('?') ? url.slice(url.indexOf('?')) : '';
}
