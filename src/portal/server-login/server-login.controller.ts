import { Get, Inject, Param, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { formFields } from '../../protocol/request.js';
import { canonicalUuid } from '../../protocol/wire-types.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page, type Redirect, redirect } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { type NextPage, readNextPage, withNextPage } from '../identity/next-page.js';
import { PortalEntities } from '../identity/portal-entities.js';
import { Visitors } from '../identity/visitors.js';
import { LogInMails } from '../links/log-in-mails.js';
import { BAD_ADDRESS, emailPage, readEmail, sentPage } from '../login/login-pages.js';
import { ServerCredentialsGuard, Verdict } from './server-credentials.guard.js';
import type { CredentialsVerdict } from './server-credentials.js';

const REFUSALS = {
  unknown: 'This zulip_org_id is not registered with the billing system.',
  'wrong-key': 'The zulip_org_key does not match this zulip_org_id.',
  deactivated: 'The registration of this server has been deactivated.',
} as const;

/** The login for a whole server: its id and key, then an address that the link is mailed to. */
@BrowserController('serverlogin')
export class ServerLoginController {
  constructor(
    @Inject(PortalEntities) private readonly entities: PortalEntities,
    @Inject(Visitors) private readonly visitors: Visitors,
    @Inject(LogInMails) private readonly mails: LogInMails,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get(withSlash())
  form(@Req() request: FastifyRequest): Page {
    const fields = formFields(request);
    // Whoever made such a link would have a key in histories and logs.
    if (fields.zulip_org_id && fields.zulip_org_key) throw new AppError('http.method-not-allowed');
    return credentialsPage(readNextPage(fields.next_page, 'server'));
  }

  @Post(withSlash())
  @UseGuards(ServerCredentialsGuard)
  async check(@Req() request: FastifyRequest, @Verdict() verdict: CredentialsVerdict | null): Promise<Page> {
    const { next_page: asked, zulip_org_id: id } = formFields(request);
    const nextPage = readNextPage(asked, 'server');
    if (!verdict) return credentialsPage(nextPage);
    if ('refused' in verdict) return credentialsPage(nextPage, REFUSALS[verdict.refused], id);
    const entity = await this.entities.find('server', verdict.serverUuid);
    if (!entity) return credentialsPage(nextPage, REFUSALS.unknown, id);
    await this.visitors.admit(request, entity, { billingUserId: null });
    return emailPage({ action: confirmAddress(entity.uuid), entity, email: '', nextPage });
  }

  /** Nothing is to be seen here: whoever comes back to the address without the form is told what lacks, or starts again. */
  @Get(withSlash(':uuid/confirm'))
  confirmWithoutForm(@Req() request: FastifyRequest, @Param('uuid') uuid: string): Promise<Page | Redirect> {
    return this.mailLink(request, uuid, {});
  }

  @Post(withSlash(':uuid/confirm'))
  confirm(@Req() request: FastifyRequest, @Param('uuid') uuid: string): Promise<Page | Redirect> {
    return this.mailLink(request, uuid, formFields(request));
  }

  private async mailLink(
    request: FastifyRequest,
    uuid: string,
    fields: { readonly email?: string; readonly next_page?: string },
  ): Promise<Page | Redirect> {
    const standing = await this.visitors.standing(request, 'server', canonicalUuid(uuid) ?? uuid);
    if (standing.kind === 'deactivated') {
      throw new AppError('portal.deactivated', { support: this.settings.mail.supportEmail });
    }
    const nextPage = readNextPage(fields.next_page, 'server');
    if (standing.kind !== 'partial') return redirect(withNextPage('/serverlogin/', nextPage));
    const entity = standing.found;
    const email = readEmail(fields.email);
    if (email === undefined) {
      const form = { action: confirmAddress(entity.uuid), entity, email: fields.email ?? '', nextPage };
      return emailPage({ ...form, problem: BAD_ADDRESS });
    }
    await this.mails.send(request.ip, { entity, email, nextPage });
    return sentPage(email, 'server');
  }
}

const confirmAddress = (uuid: string) => `/serverlogin/${uuid}/confirm/`;

function credentialsPage(nextPage: NextPage | undefined, problem?: string, id?: string): Page {
  return page('portal/login-server', 'Authenticate your Zulip server', { nextPage, problem, id });
}
