import { Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { ApiBasicAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { success } from '../../protocol/envelope.js';
import { type Exchange, RequestExchange } from '../../protocol/exchange.decorator.js';
import { ExactNumbers, JsonRequest } from '../../protocol/wire-parameters.decorator.js';
import {
  AuthenticatedServer,
  NotesServerItself,
  ServerAuthGuard,
} from '../../registration/servers/server-auth.guard.js';
import type { KnownServer } from '../../registration/servers/server-directory.js';
import { type NotifyRequest, notifySchema } from './notify.schemas.js';
import { NotifyService } from './notify.service.js';

/** Forwarding. Puts its answer into the envelope itself: interceptors are a tenth of what a notification costs. */
@ApiTags('Notifications')
@ApiBasicAuth('server')
@Controller('api/v1/remotes/push')
@UseGuards(ServerAuthGuard)
export class NotifyController {
  constructor(@Inject(NotifyService) private readonly service: NotifyService) {}

  @Post('notify')
  @HttpCode(200)
  @NotesServerItself()
  @ApiOperation({ summary: 'Forward a notification to all devices of a user' })
  async notify(
    @AuthenticatedServer() server: KnownServer,
    @JsonRequest(notifySchema) request: NotifyRequest,
    @ExactNumbers() exact: boolean,
    @RequestExchange() exchange: Exchange,
  ): Promise<object> {
    return success(await this.service.notify({ serverId: server.id, request, exact, exchange }));
  }
}
