import { Get, Inject, Logger, Param, Post, Req } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { BillingUsers } from '../../plans/customers/billing-users.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { Page, type Redirect } from '../../sessions/pages/page.js';
import { readNextPage } from '../identity/next-page.js';
import { PortalEntities } from '../identity/portal-entities.js';
import { Visitors } from '../identity/visitors.js';
import { ConfirmationLinks } from '../links/confirmation-links.js';
import type { PortalLink } from '../links/portal-link.entity.js';
import { Finalize, type FinalStep } from '../login/finalize.js';
import { Landing } from '../login/landing.js';
import { linkProblemPage } from '../login/login-pages.js';
import { RealmAccess } from './realm-access.js';

interface LinkStep extends FinalStep {
  readonly link: PortalLink;
  readonly userUuid: string;
}

/** Thrown out of a transaction that lost the race for a link. */
class UsedMeanwhile extends Error {}

/**
 * The link that confirms an e-mail address at the first login for an organization. Opening it changes nothing, so that mail scanners do
 * no harm; the form on its page uses it up.
 */
@BrowserController('remote-billing-login/do_confirm')
export class RealmLinkController {
  private readonly logger = new Logger(RealmLinkController.name);

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(ConfirmationLinks) private readonly links: ConfirmationLinks,
    @Inject(PortalEntities) private readonly entities: PortalEntities,
    @Inject(RealmAccess) private readonly access: RealmAccess,
    @Inject(BillingUsers) private readonly users: BillingUsers,
    @Inject(Finalize) private readonly finalize: Finalize,
    @Inject(Visitors) private readonly visitors: Visitors,
    @Inject(Landing) private readonly landing: Landing,
  ) {}

  @Get(':key')
  async show(@Param('key') key: string): Promise<Page> {
    const step = await this.stepOf(key);
    return step instanceof Page ? step : this.finalize.page(step);
  }

  @Post(':key')
  async logIn(@Req() request: FastifyRequest, @Param('key') key: string): Promise<Page | Redirect> {
    const step = await this.stepOf(key);
    if (step instanceof Page) return step;
    const details = this.finalize.read(request, step);
    if (details instanceof Page) return details;
    const { entity, link, userUuid } = step;
    try {
      const user = await this.finalize.note(step, details, userUuid, async (tx) => {
        if (!(await this.links.use(tx, link))) throw new UsedMeanwhile();
      });
      const { uriScheme } = link;
      await this.visitors.admit(request, entity, { billingUserId: user.id, ...(uriScheme ? { uriScheme } : {}) });
    } catch (error) {
      if (error instanceof UsedMeanwhile) return linkProblemPage('expired', 'realm');
      throw error;
    }
    return this.landing.after(entity, readNextPage(link.nextPage ?? undefined, 'realm'));
  }

  /** What the link leads to, or why it leads nowhere. */
  private async stepOf(key: string): Promise<Page | LinkStep> {
    const lookup = await this.links.find('realm', key);
    if ('problem' in lookup) return linkProblemPage(lookup.problem, 'realm');
    const { link } = lookup;
    const { realmId, userUuid } = link;
    const entity = realmId === null ? undefined : await this.entities.byId({ realmId });
    if (!entity || realmId === null || userUuid === null) return linkProblemPage('unknown', 'realm');
    const obstacle = await this.access.prepare(entity);
    if (obstacle) return obstacle;
    const user = await this.users.find(this.database.manager, { realmId, userUuid });
    if (user && user.email !== link.email) {
      this.logger.log('a link with another address was opened; the billing user keeps theirs', {
        realmId,
        billingUserId: user.id,
      });
    }
    const action = `/remote-billing-login/do_confirm/${key}`;
    return { action, entity, user, email: user?.email ?? link.email, name: link.fullName, link, userUuid };
  }
}
