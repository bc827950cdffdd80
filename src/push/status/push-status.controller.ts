import { Controller, Get, Inject, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBasicAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AppError } from '../../common/errors.js';
import { EnvelopeInterceptor } from '../../protocol/envelope.interceptor.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import { uuid } from '../../protocol/wire-types.js';
import { RealmDirectory } from '../../registration/realms/realm-directory.js';
import { AuthenticatedServer, ServerAuthGuard } from '../../registration/servers/server-auth.guard.js';
import type { KnownServer } from '../../registration/servers/server-directory.js';
import { statusAnswer } from './push-status.answer.js';
import { PushStatuses } from './push-statuses.js';

const schema = z.object({
  realm_uuid: uuid().optional().describe('UUID of one organization; without it, the answer is about the whole server'),
});

/** Whether pushes arrive, for the server's own administrator. */
@ApiTags('Notifications')
@ApiBasicAuth('server')
@Controller('api/v1/remotes/server')
@UseGuards(ServerAuthGuard)
@UseInterceptors(EnvelopeInterceptor)
export class PushStatusController {
  constructor(
    @Inject(PushStatuses) private readonly statuses: PushStatuses,
    @Inject(RealmDirectory) private readonly realms: RealmDirectory,
  ) {}

  @Get('push_status')
  @ApiOperation({ summary: 'Whether the server may send, what became of its pushes, and what to do' })
  @ApiQuery({
    name: 'realm_uuid',
    required: false,
    description: 'As the parameter of the form',
    schema: { type: 'string' },
  })
  async status(
    @AuthenticatedServer() server: KnownServer,
    @FormParameters(schema) { realm_uuid: realmUuid }: z.output<typeof schema>,
  ): Promise<object> {
    const realmId = await this.realms.find(server.id, realmUuid);
    if (realmUuid !== undefined && realmId === undefined) throw new AppError('realm.missing');
    const status = await this.statuses.of({ serverId: server.id, realmId });
    // Deleted since the guard looked.
    if (!status) throw new AppError('auth.server-unknown', { role: server.uuid });
    return statusAnswer(status);
  }
}
