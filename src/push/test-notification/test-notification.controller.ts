import { Controller, HttpCode, Inject, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBasicAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { ExactNumbers, JsonRequest } from '../../protocol/wire-parameters.decorator.js';
import { AuthenticatedServer, ServerAuthGuard } from '../../registration/servers/server-auth.guard.js';
import type { KnownServer } from '../../registration/servers/server-directory.js';
import { type TestNotificationRequest, testNotificationSchema } from './test-notification.schemas.js';
import { TestNotificationService } from './test-notification.service.js';

/** Trying a phone. */
@ApiTags('Notifications')
@ApiBasicAuth('server')
@Controller('api/v1/remotes/push')
@UseGuards(ServerAuthGuard)
@UseInterceptors(EnvelopeInterceptor)
export class TestNotificationController {
  constructor(@Inject(TestNotificationService) private readonly service: TestNotificationService) {}

  @Post('test_notification')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send a test notification to one device of a user' })
  send(
    @AuthenticatedServer() server: KnownServer,
    @JsonRequest(testNotificationSchema) request: TestNotificationRequest,
    @ExactNumbers() exact: boolean,
  ): Promise<void> {
    return this.service.send(server.id, request, exact);
  }
}
