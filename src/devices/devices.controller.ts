import { Controller, HttpCode, Inject, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBasicAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EnvelopeInterceptor } from '../protocol/envelope.interceptor.js';
import { FormParameters } from '../protocol/wire-parameters.decorator.js';
import { AuthenticatedServer, ServerAuthGuard } from '../registration/servers/server-auth.guard.js';
import type { KnownServer } from '../registration/servers/server-directory.js';
import {
  type RegisterDevice,
  registerDeviceSchema,
  type UnregisterAll,
  type UnregisterDevice,
  unregisterAllSchema,
  unregisterDeviceSchema,
} from './devices.schemas.js';
import { DevicesService } from './devices.service.js';

/** Devices of a server's users. */
@ApiTags('Devices')
@ApiBasicAuth('server')
@Controller('api/v1/remotes/push')
@UseGuards(ServerAuthGuard)
@UseInterceptors(EnvelopeInterceptor)
export class DevicesController {
  constructor(@Inject(DevicesService) private readonly devices: DevicesService) {}

  @Post('register')
  @HttpCode(200)
  @ApiOperation({ summary: 'Register a device for a user' })
  register(
    @AuthenticatedServer() server: KnownServer,
    @FormParameters(registerDeviceSchema) request: RegisterDevice,
  ): Promise<void> {
    return this.devices.register(server.id, request);
  }

  @Post('unregister')
  @HttpCode(200)
  @ApiOperation({ summary: 'Forget one device of a user' })
  unregister(
    @AuthenticatedServer() server: KnownServer,
    @FormParameters(unregisterDeviceSchema) request: UnregisterDevice,
  ): Promise<void> {
    return this.devices.unregister(server.id, request);
  }

  @Post('unregister/all')
  @HttpCode(200)
  @ApiOperation({ summary: 'Forget all devices of a user' })
  unregisterAll(
    @AuthenticatedServer() server: KnownServer,
    @FormParameters(unregisterAllSchema) request: UnregisterAll,
  ): Promise<void> {
    return this.devices.unregisterAll(server.id, request);
  }
}
