import { Controller, HttpCode, Inject, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBasicAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { AuthenticatedServer, ServerAuthGuard } from '../../registration/servers/server-auth.guard.js';
import { type KnownServer, ServerDirectory } from '../../registration/servers/server-directory.js';
import { DeactivationService } from './deactivation.service.js';

/** The end of a registration, asked for by its own server. */
@ApiTags('Registration')
@ApiBasicAuth('server')
@Controller('api/v1/remotes/server')
@UseGuards(ServerAuthGuard)
@UseInterceptors(EnvelopeInterceptor)
export class DeactivationController {
  constructor(
    @Inject(DeactivationService) private readonly deactivations: DeactivationService,
    @Inject(ServerDirectory) private readonly directory: ServerDirectory,
  ) {}

  @Post('deactivate')
  @HttpCode(200)
  @ApiOperation({ summary: 'End the registration; the body is not looked at' })
  @ApiOkResponse({ description: 'From now on every request is refused' })
  async deactivate(@AuthenticatedServer() server: KnownServer): Promise<undefined> {
    await this.deactivations.deactivate(server.id);
    this.directory.forget(server.uuid);
    return undefined;
  }
}
