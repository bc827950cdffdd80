import { Get, Inject, Param, Post, Req } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { AppError } from '../../common/errors.js';
import { BillingUsers } from '../../plans/customers/billing-users.js';
import { formFields } from '../../protocol/request.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { Page, type Redirect } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { type FoundEntity, PortalEntities } from '../identity/portal-entities.js';
import { Visitors } from '../identity/visitors.js';
import { LogInMails } from '../links/log-in-mails.js';
import { UsedTokens } from '../links/used-tokens.js';
import { Finalize, type FinalStep } from '../login/finalize.js';
import { Landing } from '../login/landing.js';
import { BAD_ADDRESS, emailPage, readEmail, sentPage } from '../login/login-pages.js';
import { RealmAccess } from './realm-access.js';
import { type ReadToken, RealmTokens } from './realm-token.js';

/** What a token opens. */
interface Opened {
  readonly token: ReadToken;
  readonly entity: FoundEntity;
}

/**
 * The login for an organization, by the token that its Zulip server gave the user. At the first time an e-mail address is confirmed.
 * Tokens are good for one login.
 */
@BrowserController('remote-billing-login/:token')
export class RealmLoginController {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(RealmTokens) private readonly tokens: RealmTokens,
    @Inject(UsedTokens) private readonly used: UsedTokens,
    @Inject(PortalEntities) private readonly entities: PortalEntities,
    @Inject(RealmAccess) private readonly access: RealmAccess,
    @Inject(BillingUsers) private readonly users: BillingUsers,
    @Inject(LogInMails) private readonly mails: LogInMails,
    @Inject(Finalize) private readonly finalize: Finalize,
    @Inject(Visitors) private readonly visitors: Visitors,
    @Inject(Landing) private readonly landing: Landing,
  ) {}

  @Get()
  async show(@Param('token') text: string): Promise<Page> {
    const opened = await this.open(text);
    const obstacle = await this.access.prepare(opened.entity);
    if (obstacle) return obstacle;
    const step = await this.stepOf(text, opened);
    if (step.user) return this.finalize.page(step);
    const { token, entity } = opened;
    return emailPage({ action: confirmAddress(text), entity, email: token.email });
  }

  @Post()
  async logIn(@Req() request: FastifyRequest, @Param('token') text: string): Promise<Page | Redirect> {
    const opened = await this.open(text);
    const { token, entity } = opened;
    const obstacle = await this.access.prepare(entity);
    if (obstacle) return obstacle;
    const step = await this.stepOf(text, opened);
    if (!step.user) throw new AppError('login.no-account');
    const details = this.finalize.read(request, step);
    if (details instanceof Page) return details;
    const user = await this.finalize.note(step, details, token.userUuid, async (tx) => {
      if (!(await this.used.use(tx, token.id, token.expiresAt))) throw new AppError('login.token-used');
    });
    const { issuedAt: authenticatedAt, uriScheme } = token;
    await this.visitors.admit(request, entity, { billingUserId: user.id, authenticatedAt, uriScheme });
    return this.landing.after(entity, token.nextPage);
  }

  /** Who comes back to the address without the form is told what lacks. */
  @Get(withSlash('confirm'))
  async confirmWithoutForm(@Param('token') text: string): Promise<Page> {
    await this.open(text);
    throw new AppError('params.missing', { name: 'email' }, { var_name: 'email' });
  }

  @Post(withSlash('confirm'))
  async confirm(@Req() request: FastifyRequest, @Param('token') text: string): Promise<Page> {
    const { token, entity } = await this.open(text);
    const obstacle = await this.access.prepare(entity);
    if (obstacle) return obstacle;
    const sent = formFields(request).email;
    const email = readEmail(sent);
    if (email === undefined) {
      return emailPage({ action: confirmAddress(text), entity, email: sent ?? '', problem: BAD_ADDRESS });
    }
    const { userUuid: uuid, fullName, uriScheme, nextPage } = token;
    await this.mails.send(request.ip, { entity, email, nextPage, user: { uuid, fullName, uriScheme } });
    return sentPage(email, 'realm');
  }

  /** @throws AppError for a token that is none, too old or used, or of a realm that is gone */
  private async open(text: string): Promise<Opened> {
    const token = await this.tokens.read(text);
    if (await this.used.isUsed(token.id)) throw new AppError('login.token-used');
    const entity = await this.entities.find('realm', token.realmUuid);
    if (!entity || entity.serverUuid !== token.serverUuid) throw new AppError('login.token-invalid');
    return { token, entity };
  }

  private async stepOf(text: string, { token, entity }: Opened): Promise<FinalStep> {
    const user = await this.users.find(this.database.manager, {
      realmId: 'realmId' in entity.holder ? entity.holder.realmId : '',
      userUuid: token.userUuid,
    });
    const action = `/remote-billing-login/${text}`;
    return { action, entity, user, email: user?.email ?? token.email, name: token.fullName };
  }
}

const confirmAddress = (text: string) => `/remote-billing-login/${text}/confirm/`;
