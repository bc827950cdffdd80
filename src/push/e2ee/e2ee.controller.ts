import { Controller, HttpCode, Inject, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBasicAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { success } from '../../protocol/envelope.js';
import { type Exchange, RequestExchange } from '../../protocol/exchange.decorator.js';
import { HOLDS_RETRY_LATER } from '../../protocol/held-answers.hook.js';
import { ExactNumbers, FormParameters, JsonRequest } from '../../protocol/wire-parameters.decorator.js';
import {
  AuthenticatedServer,
  NotesServerItself,
  ServerAuthGuard,
} from '../../registration/servers/server-auth.guard.js';
import type { KnownServer } from '../../registration/servers/server-directory.js';
import {
  type NotifyEncrypted,
  notifyEncryptedSchema,
  type RegisterEncrypted,
  registerEncryptedSchema,
} from './e2ee.schemas.js';
import { E2eeNotifyService } from './e2ee-notify.service.js';
import { E2eeRegistrationService } from './e2ee-registration.service.js';

/** Notifications that nobody between a Zulip server and the app can read. */
@ApiTags('End-to-end-encrypted notifications')
@ApiBasicAuth('server')
@Controller('api/v1/remotes/push/e2ee')
@UseGuards(ServerAuthGuard)
export class E2eeController {
  constructor(
    @Inject(E2eeRegistrationService) private readonly registrations: E2eeRegistrationService,
    @Inject(E2eeNotifyService) private readonly notifications: E2eeNotifyService,
  ) {}

  @Post('register')
  @UseInterceptors(EnvelopeInterceptor)
  @HttpCode(200)
  @ApiOperation({ summary: 'Register a device that sealed its registration' })
  register(
    @AuthenticatedServer() server: KnownServer,
    @FormParameters(registerEncryptedSchema) request: RegisterEncrypted,
  ): Promise<{ device_id: number }> {
    return this.registrations.register(server.id, request);
  }

  @Post('notify')
  @HttpCode(200)
  @NotesServerItself()
  @RouteConfig(HOLDS_RETRY_LATER)
  @ApiOperation({ summary: 'Forward encrypted notifications to devices' })
  async notify(
    @AuthenticatedServer() server: KnownServer,
    @JsonRequest(notifyEncryptedSchema) request: NotifyEncrypted,
    @ExactNumbers() exact: boolean,
    @RequestExchange() exchange: Exchange,
  ): Promise<object> {
    return success(await this.notifications.notify({ serverId: server.id, request, exact, exchange }));
  }
}
