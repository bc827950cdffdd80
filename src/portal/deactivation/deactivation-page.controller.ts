import { Get, Inject, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../common/errors.js';
import { descriptionOf } from '../../plans/catalogue/refusals.js';
import { DeactivationService } from '../../plans/deactivation/deactivation.service.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import { ServerDirectory } from '../../registration/servers/server-directory.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page } from '../../sessions/pages/page.js';
import { surround } from '../../sessions/pages/page-renderer.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';

const confirmation = z.object({ confirmed: z.literal('true') });

/** Ends the registration of a server, with all its organizations. Only operators can take it up again. */
@BrowserController('server/:uuid')
@UseGuards(PortalGuard)
export class DeactivationPageController {
  constructor(
    @Inject(DeactivationService) private readonly deactivations: DeactivationService,
    @Inject(ServerDirectory) private readonly directory: ServerDirectory,
  ) {}

  @Get(withSlash('deactivate'))
  show(@CurrentEntity() { host, base }: PortalEntity): Page {
    return formPage(host, base);
  }

  @Post(withSlash('deactivate'))
  async deactivate(
    @Req() request: FastifyRequest,
    @CurrentEntity() { host, base, serverId, uuid, actor }: PortalEntity,
    @FormParameters(confirmation) _confirmed: object,
  ): Promise<Page> {
    try {
      await this.deactivations.deactivate(serverId, { actor, reason: 'owner_request' });
    } catch (error) {
      if (error instanceof AppError && descriptionOf(error) === 'paid-plan') return formPage(host, base, true);
      throw error;
    }
    this.directory.forget(uuid);
    surround(request, { navigation: [], identity: host, logOutAddress: '/logout/' });
    return page('portal/deactivated', 'Registration deactivated', { host });
  }
}

function formPage(host: string, base: string, hasPaidPlan = false): Page {
  return page('portal/deactivate', `Deactivate the registration of ${host}`, { host, base, hasPaidPlan });
}
