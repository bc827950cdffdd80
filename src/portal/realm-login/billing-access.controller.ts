import { Controller, HttpCode, Inject, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBasicAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import { RealmDirectory } from '../../registration/realms/realm-directory.js';
import { AuthenticatedServer, ServerAuthGuard } from '../../registration/servers/server-auth.guard.js';
import type { KnownServer } from '../../registration/servers/server-directory.js';
import { readNextPage } from '../identity/next-page.js';
import { type BillingAccess, billingAccessForm } from './billing-access.schemas.js';
import { RealmTokens } from './realm-token.js';

/** The way of an organization's owner from the menu of their Zulip server to plan management. */
@ApiTags('Plan management')
@ApiBasicAuth('server')
@Controller('api/v1/remotes/server')
@UseGuards(ServerAuthGuard)
@UseInterceptors(EnvelopeInterceptor)
export class BillingAccessController {
  private readonly origin: string;

  constructor(
    @Inject(RealmDirectory) private readonly realms: RealmDirectory,
    @Inject(RealmTokens) private readonly tokens: RealmTokens,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.origin = settings.http.portalUrl;
  }

  @Post('billing')
  @HttpCode(200)
  @ApiOperation({ summary: 'A link, good for two hours, by which a user manages the plan of an organization' })
  async access(
    @AuthenticatedServer() server: KnownServer,
    @FormParameters(billingAccessForm) { user, realm, uri_scheme: uriScheme, next_page: asked }: BillingAccess,
  ): Promise<{ billing_access_url: string }> {
    const nextPage = readNextPage(asked, 'realm');
    if (!(await this.realms.find(server.id, realm.uuid))) throw new AppError('realm.missing');
    const token = await this.tokens.sign({
      realmUuid: realm.uuid,
      serverUuid: server.uuid,
      userUuid: user.uuid,
      email: user.email,
      fullName: user.full_name,
      ...{ uriScheme, nextPage },
    });
    return { billing_access_url: `${this.origin}/remote-billing-login/${token}` };
  }
}
