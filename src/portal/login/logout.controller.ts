import { Get, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page, type Redirect, redirect } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';

/** Ends the session of a browser. */
@BrowserController('logout')
export class LogoutController {
  @Post(withSlash())
  async logOut(@Req() request: FastifyRequest): Promise<Page> {
    await request.session.destroy();
    return page('portal/logged-out', 'You are logged out');
  }

  /** Who reloads the page that said so. */
  @Get(withSlash())
  reload(): Redirect {
    return redirect('/serverlogin/');
  }
}
