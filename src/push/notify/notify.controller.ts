import { Controller, HttpCode, Inject, Post, Res, UseGuards } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBasicAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { success } from '../../protocol/envelope.js';
import { type Exchange, RequestExchange } from '../../protocol/exchange.decorator.js';
import { HOLDS_RETRY_LATER } from '../../protocol/held-answers.hook.js';
import { ExactNumbers, JsonRequest } from '../../protocol/wire-parameters.decorator.js';
import {
  AuthenticatedServer,
  NotesServerItself,
  ServerAuthGuard,
} from '../../registration/servers/server-auth.guard.js';
import type { KnownServer } from '../../registration/servers/server-directory.js';
import { type NotifyRequest, notifySchema, usualNotify } from './notify.schemas.js';
import { NotifyService } from './notify.service.js';

/** Forwarding. Writes its answer itself: interceptors, and what Nest does to find out how to send one, cost more than a look-up. */
@ApiTags('Notifications')
@ApiBasicAuth('server')
@Controller('api/v1/remotes/push')
@UseGuards(ServerAuthGuard)
export class NotifyController {
  constructor(@Inject(NotifyService) private readonly service: NotifyService) {}

  @Post('notify')
  @HttpCode(200)
  @NotesServerItself()
  @RouteConfig(HOLDS_RETRY_LATER)
  @ApiOperation({ summary: 'Forward a notification to all devices of a user' })
  async notify(
    @AuthenticatedServer() server: KnownServer,
    @JsonRequest(notifySchema, usualNotify) request: NotifyRequest,
    @ExactNumbers() exact: boolean,
    @RequestExchange() exchange: Exchange,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.service.notify({ serverId: server.id, request, exact, exchange });
    reply.header('Content-Type', 'application/json').send(JSON.stringify(success(answer)));
  }
}
