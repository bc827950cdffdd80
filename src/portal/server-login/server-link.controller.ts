import { Get, Inject, Param, Post, Req } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { BillingUsers } from '../../plans/customers/billing-users.js';
import { PlanManagements } from '../../plans/moving/plan-management.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { Page, type Redirect } from '../../sessions/pages/page.js';
import { type NextPage, readNextPage } from '../identity/next-page.js';
import { PortalEntities } from '../identity/portal-entities.js';
import { Visitors } from '../identity/visitors.js';
import { ConfirmationLinks } from '../links/confirmation-links.js';
import { Finalize, type FinalStep } from '../login/finalize.js';
import { Landing } from '../login/landing.js';
import { linkProblemPage, unavailablePage } from '../login/login-pages.js';

/**
 * The link that was mailed at the login for a whole server. It is good for as long as it says, in any browser and more than once:
 * mail scanners open links too, and an administrator may have to come back.
 */
@BrowserController('serverlogin/do_confirm')
export class ServerLinkController {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(ConfirmationLinks) private readonly links: ConfirmationLinks,
    @Inject(PortalEntities) private readonly entities: PortalEntities,
    @Inject(BillingUsers) private readonly users: BillingUsers,
    @Inject(PlanManagements) private readonly managements: PlanManagements,
    @Inject(Finalize) private readonly finalize: Finalize,
    @Inject(Visitors) private readonly visitors: Visitors,
    @Inject(Landing) private readonly landing: Landing,
    @Inject(SETTINGS) private readonly settings: Settings,
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
    const { entity } = step;
    const details = this.finalize.read(request, step);
    if (details instanceof Page) return details;
    if (!step.forDeactivation) {
      const management = await this.managements.ofServer(this.database.manager, entity.serverId);
      if (!management.available) return unavailablePage(entity, management.because, management.planName);
    }
    const user = await this.finalize.note(step, details, null);
    await this.visitors.admit(request, entity, { billingUserId: user.id });
    return this.landing.after(entity, step.nextPage);
  }

  /** What the link leads to, or why it leads nowhere. */
  private async stepOf(key: string): Promise<Page | (FinalStep & { readonly nextPage: NextPage | undefined })> {
    const found = await this.links.find('server', key);
    if ('problem' in found) return linkProblemPage(found.problem, 'server');
    const { serverId, email, nextPage: asked } = found.link;
    const entity = await this.entities.byId({ serverId });
    if (!entity) return linkProblemPage('unknown', 'server');
    if (entity.isDeactivated) {
      throw new AppError('portal.deactivated', { support: this.settings.mail.supportEmail });
    }
    const user = await this.users.find(this.database.manager, { serverId, email });
    const nextPage = readNextPage(asked ?? undefined, 'server');
    const forDeactivation = nextPage === 'deactivate';
    return { action: `/serverlogin/do_confirm/${key}`, entity, email, user, forDeactivation, nextPage };
  }
}
