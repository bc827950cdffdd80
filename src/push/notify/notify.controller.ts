import { Controller, HttpCode, Inject, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBasicAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { ExactNumbers, JsonRequest } from '../../protocol/wire-parameters.decorator.js';
import { AuthenticatedServer, ServerAuthGuard } from '../../registration/servers/server-auth.guard.js';
import type { KnownServer } from '../../registration/servers/server-directory.js';
import { type NotifyRequest, notifySchema } from './notify.schemas.js';
import { type NotifyAnswer, NotifyService } from './notify.service.js';

/** Forwarding. */
@ApiTags('Notifications')
@ApiBasicAuth('server')
@Controller('api/v1/remotes/push')
@UseGuards(ServerAuthGuard)
@UseInterceptors(EnvelopeInterceptor)
export class NotifyController {
  constructor(@Inject(NotifyService) private readonly service: NotifyService) {}

  @Post('notify')
  @HttpCode(200)
  @ApiOperation({ summary: 'Forward a notification to all devices of a user' })
  notify(
    @AuthenticatedServer() server: KnownServer,
    @JsonRequest(notifySchema) request: NotifyRequest,
    @ExactNumbers() exact: boolean,
  ): Promise<NotifyAnswer> {
    return this.service.notify(server.id, request, exact);
  }
}
